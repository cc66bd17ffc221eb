"""Write what can be written from the code: .env.example and the table in docs/problems.md. `make docs`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_origin

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

from app.config import Settings
from app.domain.errors import FaceReconError
from tools.remedies import REMEDIES

ROOT = Path(__file__).parent.parent
ENVIRONMENT = ROOT / ".env.example"
PROBLEMS = ROOT / "docs" / "problems.md"
BEGIN, END = "<!-- written by `make docs` from app/domain/errors.py -->", "<!-- until here -->"

HEAD = """\
# Every setting, with what it does and its default. Written by `make docs` from app/config.py.
# Copy what you change to .env, which the service reads from the folder it is started in, and docker compose too.
# The environment comes before .env. An empty value counts as unset.

# --- docker-compose.local.yaml ---

# Password of its Postgres: letters and digits only, since it becomes part of an address. Required there.
#POSTGRES_PASSWORD=

# Password of Grafana's `admin`. Required there.
#GRAFANA_PASSWORD=

# Who is told of alerts by Alertmanager: an address that is POSTed to, an SNS topic and its region.
#ALERT_WEBHOOK_URL=
#ALERT_SNS_TOPIC_ARN=
#ALERT_SNS_REGION=us-east-1

# Key and site of Datadog, for the profile `datadog`.
#DD_API_KEY=
#DD_SITE=datadoghq.com
"""


def main() -> None:
    """Rewrite both files."""
    ENVIRONMENT.write_text(environment())
    PROBLEMS.write_text(problems(PROBLEMS.read_text()))


def environment() -> str:
    """The text of .env.example."""
    groups = Settings.model_fields.items()
    return "\n".join([HEAD, *(_group(name, field.annotation) for name, field in groups)])


def problems(page: str) -> str:
    """The page with its table as the error classes have it. Raises ValueError where the marks are not in it."""
    before, _, rest = page.partition(BEGIN)
    _, found, after = rest.partition(END)
    if not found:
        msg = f"the marks are missing: {BEGIN} … {END}"
        raise ValueError(msg)
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def table() -> str:
    """One line for each error: its code, status, title, whether trying again helps, and what to do."""
    head = ["| code | status | what it says | again? | what to do |", "|---|---|---|---|---|"]
    return "\n".join(head + [_row(kind) for kind in sorted(errors(), key=lambda kind: (kind.status, kind.slug))])


def errors(kind: type[FaceReconError] = FaceReconError) -> Iterator[type[FaceReconError]]:
    """The error class and all below it that the service itself defines: a test may define its own."""
    yield kind
    for below in kind.__subclasses__():
        if below.__module__ == FaceReconError.__module__:
            yield from errors(below)


def variables(group: type[BaseSettings]) -> Iterator[tuple[str, FieldInfo]]:
    """The environment variables of a group of settings."""
    prefix = group.model_config.get("env_prefix", "")
    for name, field in group.model_fields.items():
        yield f"{prefix}{name}".upper(), field


def _row(kind: type[FaceReconError]) -> str:
    again = "yes" if kind.retryable else "no"
    return f"| `{kind.slug}` | {kind.status} | {kind.title()} | {again} | {REMEDIES.get(kind.slug, '')} |"


def _group(name: str, group: Any) -> str:  # noqa: ANN401 - pydantic calls an annotation Any
    lines = (f"# {_described(field)}\n#{variable}={_default(field)}" for variable, field in variables(group))
    return "\n".join([f"# --- {name} ---", "", "\n\n".join(lines), ""])


def _described(field: FieldInfo) -> str:
    """The description, and the values it may have where they are few."""
    choices = get_args(field.annotation) if "Literal" in str(get_origin(field.annotation)) else ()
    return f"{field.description} ({', '.join(choices)})" if len(choices) > 1 else str(field.description)


def _default(field: FieldInfo) -> str:
    """As it would stand in the environment."""
    value = field.default
    if value is None or isinstance(value, SecretStr):
        return ""
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


if __name__ == "__main__":
    main()
