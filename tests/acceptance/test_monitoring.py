"""A service and a worker, watched as an operator watches them: by Prometheus, and by a collector of traces."""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import pytest
import yaml
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from app.api import pictures
from bench.galleries import Killer, database
from bench.service import Service, free_port
from tests.docs import test_observability as documents
from tools import debian

FACE = Path(pictures.__file__).parent / "example_face.jpg"
PATIENCE_SECONDS = 40
NEEDS_MORE = {"face_search_samples_total", "face_ingress_messages_total", "face_photos_total"}
"""Metrics without a sample before there is an index, a queue of SQS or a gallery."""


def eventually(found: Callable[[], Any], what: str) -> Any:
    """What is found, once there is any."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (value := found()):
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.1)
    return value


@dataclass
class Inbox:
    """All that is POSTed to it, by path: the receiver of webhooks, of traces, and of alerts in Alertmanager's place."""

    url: str = ""
    came: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)

    def of(self, path: str) -> list[tuple[dict[str, str], bytes]]:
        return [(headers, body) for at, headers, body in self.came if at == path]

    def alerts(self) -> list[tuple[str, str]]:
        """Names and states of the alerts that Prometheus told of, in their order."""
        told = [alert for _, body in self.of("/api/v2/alerts") for alert in json.loads(body)]
        return [(alert["labels"]["alertname"], _state(alert)) for alert in told]

    def spans(self) -> list[Any]:
        sent = [ExportTraceServiceRequest.FromString(body) for _, body in self.of("/v1/traces")]
        return [s for each in sent for r in each.resource_spans for scope in r.scope_spans for s in scope.spans]


def _state(alert: dict[str, Any]) -> str:
    """An alert that fires is good for some minutes yet; one that is over ended in the past."""
    return "firing" if datetime.fromisoformat(alert["endsAt"]) > datetime.now(UTC) else "resolved"


@contextmanager
def inbox() -> Iterator[Inbox]:
    box = Inbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            box.came.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    box.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield box
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def running(folder: Path, program: str, *words: str) -> Iterator[None]:
    """A program of Debian's, as long as this lasts."""
    with (folder / f"{program}.log").open("wb") as log:
        process = subprocess.Popen([debian.find(program), *words], cwd=folder, stdout=log, stderr=log)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


@dataclass
class Watched:
    service: Service
    worker: Killer
    prometheus: str
    worker_metrics: str
    inbox: Inbox

    def query(self, expression: str) -> list[dict[str, Any]]:
        """What Prometheus answers now; nothing while it starts."""
        try:
            answer = httpx2.get(f"{self.prometheus}/api/v1/query", params={"query": expression}, trust_env=False)
        except httpx2.TransportError:
            return []
        return list(answer.json()["data"]["result"]) if answer.is_success else []


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    folder, port, metrics = tmp_path_factory.mktemp("watched"), free_port(), free_port()
    with ExitStack() as stack:
        box = stack.enter_context(inbox())
        url, _ = stack.enter_context(database(folder))
        settings = {
            "DATABASE_URL": url,
            "ENCRYPTION_KEY": "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "WORKER_IN_PROCESS": "false",
            "WORKER_METRICS_PORT": str(metrics),
            "WORKER_HEARTBEAT_SECONDS": "0.5",
            "WORKER_STALLED_SECONDS": "2",
            "OPS_LOOK_SECONDS": "0.5",
            "WEBHOOK_ALLOW_NETWORKS": "127.0.0.0/8",
            "OTEL_EXPORTER_OTLP_ENDPOINT": box.url,
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }
        service = Service(folder, settings).start()
        stack.callback(service.stop)
        worker = Killer(service.environment, folder / "workers.log", 0, None)
        worker.start(1)
        stack.callback(worker.stop)
        configure(folder, service.url, metrics, box)
        listen = f"--web.listen-address=127.0.0.1:{port}"
        stack.enter_context(
            running(folder, "prometheus", "--config.file=prometheus.yml", listen, "--storage.tsdb.path=tsdb")
        )
        yield Watched(service, worker, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{metrics}/metrics", box)


def configure(folder: Path, service: str, worker_port: int, box: Inbox) -> None:
    """Prometheus's own files, with the addresses and the patience of a test."""
    shutil.copytree(documents.PLACE / "prometheus" / "rules", folder / "rules")
    alerts = folder / "rules" / "alerts.yml"
    alerts.write_text(re.sub(r"for: \w+", "for: 1s", alerts.read_text()))
    config = yaml.safe_load((documents.PLACE / "prometheus" / "prometheus.yml").read_text())
    config["global"] = {"scrape_interval": "500ms", "scrape_timeout": "500ms", "evaluation_interval": "500ms"}
    targets = {"svc-face-recon": _place(service), "svc-face-worker": f"127.0.0.1:{worker_port}"}
    config["scrape_configs"] = [
        {"job_name": job, "static_configs": [{"targets": [target]}]} for job, target in targets.items()
    ]
    config["alerting"]["alertmanagers"] = [{"static_configs": [{"targets": [_place(box.url)]}]}]
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))


def _place(url: str) -> str:
    return url.removeprefix("http://")


@pytest.fixture(scope="module")
def analysed(watched: Watched) -> str:
    """The id of the trace of an upload that somebody was told of: HTTP, a job, a webhook."""
    trace = "0af7651916cd43dd8448eb211c80319c"
    with watched.service.client() as http:
        http.put("/webhooks/crm", json={"url": f"{watched.inbox.url}/told"}).raise_for_status()
        http.post("/enroll", data={"member_id": "ann"}, files={"file": FACE.read_bytes()}).raise_for_status()
        http.post("/verify", data={"member_id": "ann"}, files={"file": FACE.read_bytes()}).raise_for_status()
        http.post("/identify", json={"storage_key": "s3://no/such.jpg"})
        http.post(
            "/analyses",
            files={"file": FACE.read_bytes()},
            headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"},
        ).raise_for_status()
    eventually(lambda: watched.inbox.of("/told"), "the webhook")
    return trace


@pytest.mark.own_engine  # whose stages it names
def test_one_trace_leads_from_the_request_through_the_queue_to_the_webhook(watched: Watched, analysed: str) -> None:
    def spans() -> dict[str, Any]:
        return {span.name: span for span in watched.inbox.spans() if span.trace_id.hex() == analysed}

    eventually(lambda: {"POST /analyses", "analyse", "deliver", "deliver webhook"} <= set(spans()), "all spans")

    seen = spans()
    assert seen["analyse"].parent_span_id == seen["POST /analyses"].span_id
    assert seen["deliver"].parent_span_id == seen["analyse"].span_id
    assert seen["deliver webhook"].parent_span_id == seen["deliver"].span_id
    assert {"fetch", "decode", "detect", "align", "embed", "search"} <= set(seen)
    [(headers, _)] = watched.inbox.of("/told")
    assert headers["traceparent"] == f"00-{analysed}-{seen['deliver webhook'].span_id.hex()}-01"


def test_a_trace_tells_of_nobody(watched: Watched, analysed: str) -> None:
    eventually(lambda: any(span.name == "POST /enroll" for span in watched.inbox.spans()), "the span of enrolling")

    said = {value.value.string_value for span in watched.inbox.spans() for value in span.attributes}

    assert not [text for text in said if "ann" in text.split("/") or "crm" in text]
    assert not [event for span in watched.inbox.spans() for event in span.events]


@pytest.mark.own_engine  # whose stages it names
def test_what_dashboards_and_rules_ask_for_is_there(watched: Watched, analysed: str) -> None:
    def shown() -> str:
        asked = (f"{watched.service.url}/metrics", watched.worker_metrics)
        text = "\n".join(httpx2.get(url, trust_env=False).text for url in asked)
        return text if "face_task_seconds_count{" in text and "face_kept{" in text else ""

    text = eventually(shown, "the metrics of a task and of what is kept")
    families = set(re.findall(r"^# TYPE (\S+)", text, re.MULTILINE))
    samples = set(re.findall(r"^(face_\w+)[{ ]", text, re.MULTILINE))
    boards = [expression for board in documents.boards().values() for expression in documents.expressions(board)]
    asked = set(re.findall(r"\bface_\w+", " ".join([*boards, *(rule["expr"] for rule in documents.rules())])))

    assert len(asked) > 20
    assert asked - samples == NEEDS_MORE
    assert families >= NEEDS_MORE
    assert [name for name in families if name.startswith("face_") and not described(name, text)] == []


def described(name: str, text: str) -> bool:
    return bool(re.search(rf"^# HELP {name} \S", text, re.MULTILINE))


def test_every_panel_is_answered_by_prometheus(watched: Watched, analysed: str) -> None:
    eventually(lambda: watched.query('up{job="svc-face-worker"} == 1'), "a scrape of the worker")
    eventually(lambda: watched.query('face_kept{what="faces"} == 1'), "what is kept")

    for board in documents.boards().values():
        for expression in documents.expressions(board):
            asked = httpx2.get(f"{watched.prometheus}/api/v1/query", params={"query": expression}, trust_env=False)
            assert asked.json()["status"] == "success", expression


def test_an_alert_fires_when_the_worker_is_killed_and_clears_when_it_is_back(watched: Watched) -> None:
    eventually(lambda: watched.query('up{job="svc-face-worker"} == 1'), "a scrape of the worker")
    eventually(lambda: watched.query("face_queue_workers >= 1"), "a sign of life")
    assert watched.query('ALERTS{alertname="FaceWorkerDown"}') == []
    victim = watched.worker.workers[0]

    victim.kill()
    victim.wait()
    eventually(lambda: ("FaceWorkerDown", "firing") in watched.inbox.alerts(), "the alert")
    assert watched.query('ALERTS{alertname="FaceWorkerDown", alertstate="firing"}')
    eventually(lambda: watched.query("max(face_queue_workers) == 0"), "its silence in the queue")

    watched.worker.start(1)
    eventually(lambda: ("FaceWorkerDown", "resolved") in watched.inbox.alerts(), "the end of the alert")
    assert watched.query('ALERTS{alertname="FaceWorkerDown"}') == []
