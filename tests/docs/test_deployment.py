"""The deployment files, as far as they can be judged without an engine that runs them."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.config import Settings
from tools.reference import variables

ROOT = Path(__file__).parent.parent.parent
LOCAL, COOLIFY = "docker-compose.local.yaml", "docker-compose.coolify.yaml"
ONE_SHOT = {"models"}
WRITES_BESIDE_ITSELF = {"datadog"}
IMAGES = ["Dockerfile", "Dockerfile.gpu"]

# Coolify's own keys, which the compose specification does not know (Coolify takes them out before it deploys).
OF_COOLIFY = {"exclude_from_hc"}

# Variables that are not the service's settings: those of the compose files and of the images they use.
OF_COMPOSE = {
    *("POSTGRES_DB", "POSTGRES_USER", "POSTGRES_PASSWORD", "GRAFANA_PASSWORD", "DD_API_KEY", "DD_SITE"),
    *("ALERT_WEBHOOK_URL", "ALERT_SNS_TOPIC_ARN", "ALERT_SNS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
}


def _read(name: str) -> dict[str, Any]:
    composed = yaml.safe_load((ROOT / name).read_text())
    assert isinstance(composed, dict)
    return composed


def _environment(service: dict[str, Any]) -> dict[str, str]:
    """The environment of a service, whether it is written as a map or as a list."""
    given = service.get("environment", {})
    pairs = given.items() if isinstance(given, dict) else (entry.partition("=")[::2] for entry in given)
    return {name: str(value) for name, value in pairs}


def _settings() -> set[str]:
    groups = (group.annotation for group in Settings.model_fields.values())
    return {name for group in groups for name, _ in variables(group)}  # type: ignore[arg-type]  # all are settings


@pytest.mark.parametrize("name", [LOCAL, COOLIFY])
def test_a_compose_file_follows_the_compose_specification(name: str, tmp_path: Path) -> None:
    composed = _read(name)
    for service in composed["services"].values():
        for key in OF_COOLIFY:
            service.pop(key, None)
    bare = tmp_path / "compose.yaml"
    bare.write_text(yaml.safe_dump(composed))

    checked = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", bare],
        capture_output=True,
        text=True,
        check=False,
    )

    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("name", [LOCAL, COOLIFY])
def test_a_compose_file_sets_only_settings_that_exist(name: str) -> None:
    named = set(_environment(_read(name)["services"]["face"]))

    assert {variable for variable in named if not variable.startswith("SERVICE_")} <= _settings()


@pytest.mark.parametrize("name", [LOCAL, COOLIFY])
def test_a_compose_file_asks_for_variables_that_are_known(name: str) -> None:
    asked = set(re.findall(r"(?<!\$)\$\{(\w+)", (ROOT / name).read_text()))

    assert {variable for variable in asked if not variable.startswith("SERVICE_")} <= _settings() | OF_COMPOSE


@pytest.mark.parametrize("name", [LOCAL, COOLIFY])
def test_a_service_beyond_loopback_has_a_key_and_a_pack(name: str) -> None:
    environment = _environment(_read(name)["services"]["face"])

    assert environment["HOST"] == "0.0.0.0"
    assert environment["ADMIN_TOKEN"].startswith("${")
    assert environment["FACE_MODEL_PACK"] == "${FACE_MODEL_PACK:-buffalo_l}"


@pytest.mark.parametrize("name", [LOCAL, COOLIFY])
def test_somebody_works_in_the_background(name: str) -> None:
    services = _read(name)["services"]

    assert services["worker"]["command"] == ["worker"]
    assert _environment(services["face"])["WORKER_IN_PROCESS"] == "false"
    assert _environment(services["worker"])["DATABASE_URL"] == _environment(services["face"])["DATABASE_URL"]


@pytest.mark.parametrize("name", [LOCAL, COOLIFY])
def test_every_service_that_runs_on_has_a_healthcheck(name: str) -> None:
    services = _read(name)["services"]

    assert {service for service, body in services.items() if "healthcheck" not in body} == ONE_SHOT


@pytest.mark.parametrize("name", [LOCAL, COOLIFY])
def test_no_secret_has_a_default(name: str) -> None:
    defaults = re.findall(r"\$\{(\w*(?:PASSWORD|TOKEN|SECRET|KEY)\w*):-([^}]*)\}", (ROOT / name).read_text())

    assert [variable for variable, default in defaults if default] == []


def test_the_local_file_requires_its_secrets() -> None:
    text = (ROOT / LOCAL).read_text()

    secrets = {"ADMIN_TOKEN", "ENCRYPTION_KEY", "POSTGRES_PASSWORD", "GRAFANA_PASSWORD"}
    assert set(re.findall(r"\$\{(\w+):\?", text)) == secrets


def test_the_local_file_is_reached_from_this_machine_alone() -> None:
    ports = [port for service in _read(LOCAL)["services"].values() for port in service.get("ports", [])]

    assert set(ports) == {"127.0.0.1:8000:8000", "127.0.0.1:9090:9090", "127.0.0.1:3000:3000"}


def test_the_local_file_grants_no_more_than_is_needed() -> None:
    for name, service in _read(LOCAL)["services"].items():
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert service.get("read_only") is True or name in WRITES_BESIDE_ITSELF
        assert "cap_add" not in service
        assert "privileged" not in service


def test_coolify_publishes_no_port_and_names_no_network() -> None:
    composed = _read(COOLIFY)

    assert "networks" not in composed
    for service in composed["services"].values():
        assert not {"ports", "networks", "container_name"} & set(service)


def test_coolify_proxies_to_the_port_that_is_served() -> None:
    environment = _environment(_read(COOLIFY)["services"]["face"])

    assert f"SERVICE_URL_FACE_{environment['PORT']}" in environment


def test_coolify_makes_the_secrets() -> None:
    services = _read(COOLIFY)["services"]

    assert _environment(services["face"])["ADMIN_TOKEN"] == "${SERVICE_PASSWORD_64_ADMIN}"
    assert _environment(services["face"])["ENCRYPTION_KEY"] == "${SERVICE_REALBASE64_32_SECRETS}"
    assert _environment(services["postgres"])["POSTGRES_PASSWORD"] == "${SERVICE_PASSWORD_POSTGRES}"
    assert "${SERVICE_PASSWORD_POSTGRES}" in _environment(services["face"])["DATABASE_URL"]


def test_coolify_does_not_wait_for_what_ends_by_itself() -> None:
    services = _read(COOLIFY)["services"]

    assert {name for name, service in services.items() if service.get("exclude_from_hc")} == ONE_SHOT


@pytest.mark.skipif(sys.platform != "linux", reason="hadolint is packaged for Linux only")
@pytest.mark.parametrize("name", IMAGES)
def test_a_dockerfile_passes_hadolint(name: str) -> None:
    checked = subprocess.run(
        [Path(sys.executable).parent / "hadolint", ROOT / name], capture_output=True, text=True, check=False
    )

    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("name", IMAGES)
def test_an_image_runs_without_root_or_compiler_or_secret(name: str) -> None:
    final = (ROOT / name).read_text().rpartition("\nFROM ")[2]

    assert "USER 10001:10001" in final
    assert not re.search(r"\b(gcc|g\+\+|build-essential|apt-get|pip install)\b", final)
    assert not re.search(r"^\s*(ENV|ARG)\b.*(TOKEN|PASSWORD|SECRET)", final, re.MULTILINE)


def test_only_named_files_go_into_the_image() -> None:
    rules = (ROOT / ".dockerignore").read_text().splitlines()

    assert "*" in rules
    assert {rule for rule in rules if rule.startswith("!")} == {
        *("!requirements.lock", "!requirements-gpu.lock", "!requirements-sbom.lock", "!LICENSE", "!app"),
        *("!models/lite/*.onnx", "!models/lite/README.md"),
    }


def test_the_images_differ_in_their_packages_and_their_provider_alone() -> None:
    cpu, gpu = ((ROOT / name).read_text() for name in IMAGES)

    assert "FACE_PROVIDER=cuda" in gpu, "which refuses to start where CUDA is not in use"
    steps = [re.sub(r"^#.*\n", "", text, flags=re.MULTILINE) for text in (cpu, gpu)]
    same = (
        steps[1].replace("requirements-gpu.lock", "requirements.lock").replace("svc-face-recon-gpu", "svc-face-recon")
    )
    same = re.sub(r" \\\n    (FACE_PROVIDER|NVIDIA_\w+)=\S+", "", same).replace(", on NVIDIA's GPUs", "")
    assert same == steps[0]


def test_what_is_mounted_is_there() -> None:
    mounted = re.findall(r"(\./observability/[^:\"]+):", (ROOT / LOCAL).read_text())

    assert mounted
    assert [path for path in mounted if not (ROOT / path).exists()] == []


def test_prometheus_scrapes_services_at_the_ports_that_they_show() -> None:
    services = _read(LOCAL)["services"]
    jobs = yaml.safe_load((ROOT / "observability" / "prometheus" / "prometheus.yml").read_text())["scrape_configs"]
    asked = {name: each["port"] for job in jobs for each in job.get("dns_sd_configs", []) for name in each["names"]}

    assert asked == {"face": services["face"]["environment"]["PORT"], "worker": 9108}
    assert services["worker"]["environment"]["WORKER_METRICS_PORT"] == asked["worker"]
    fixed = {target.split(":")[0] for job in jobs for c in job.get("static_configs", []) for target in c["targets"]}
    assert fixed - {"127.0.0.1"} <= set(services)
