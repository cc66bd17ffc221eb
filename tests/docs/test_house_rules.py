"""Rules of the house that no linter knows."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import app

ROOT = Path(app.__file__).parent
SOURCES = sorted(ROOT.rglob("*.py"))
READS_THE_ENVIRONMENT = {
    "config.py",
    "serve.py",  # sets it for the processes that it starts
    "telemetry.py",  # asks for the folder that serve.py named
    "store/cluster.py",  # hands it on to Postgres, less what Postgres would read as settings
}
RUNS_SQL = {"execute", "executemany", "copy", "stream"}


def reads_environment(tree: ast.AST) -> Iterator[int]:
    """Lines with os.environ or os.getenv: settings are read once, by app.config."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}:
            yield node.lineno


def composes_sql(tree: ast.AST) -> Iterator[int]:
    """Lines where a query is put together from text: values are bound. A constant of the module may stand in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in RUNS_SQL:
            yield from (query.lineno for query in node.args[:1] if _is_composed(query))


def reads_request_state(tree: ast.AST) -> Iterator[int]:
    """Lines with request.state: only the HTTP layer knows what lies there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr == "state" and ast.unparse(node.value).endswith("request"):
            yield node.lineno


def _is_composed(query: ast.expr) -> bool:
    if isinstance(query, ast.JoinedStr):
        parts = [part.value for part in query.values if isinstance(part, ast.FormattedValue)]
        return not all(isinstance(part, ast.Name) and part.id.isupper() for part in parts)
    formats = isinstance(query, ast.Call) and isinstance(query.func, ast.Attribute) and query.func.attr == "format"
    return formats or isinstance(query, ast.BinOp)


def _offenders(rule: object, files: list[Path]) -> list[str]:
    assert callable(rule)
    return [f"{file.relative_to(ROOT)}:{line}" for file in files for line in rule(ast.parse(file.read_text()))]


def test_only_the_settings_and_the_command_line_read_the_environment() -> None:
    others = [file for file in SOURCES if str(file.relative_to(ROOT)) not in READS_THE_ENVIRONMENT]

    assert _offenders(reads_environment, others) == []


def test_no_query_is_put_together_from_text() -> None:
    assert _offenders(composes_sql, SOURCES) == []


def test_only_the_http_layer_reads_the_state_of_a_request() -> None:
    others = [file for file in SOURCES if file.parent != ROOT / "api"]

    assert _offenders(reads_request_state, others) == []


@pytest.mark.parametrize(
    ("rule", "offence"),
    [
        (reads_environment, "os.environ['HOME']"),
        (reads_environment, "os.getenv('HOME')"),
        (composes_sql, "conn.execute(f'SELECT {x}')"),
        (composes_sql, "conn.execute('SELECT ' + x)"),
        (composes_sql, "conn.execute('SELECT {}'.format(x))"),
        (reads_request_state, "request.state.services"),
    ],
)
def test_a_rule_sees_what_breaks_it(rule: object, offence: str) -> None:
    assert callable(rule)

    assert list(rule(ast.parse(offence))) == [1]
