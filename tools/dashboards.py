"""Write Grafana's dashboards, each a table of panels here: `make docs`. Grafana reads them as they are provisioned."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "observability" / "grafana" / "provisioning" / "dashboards"
SOURCE = {"type": "prometheus", "uid": "prometheus"}
WIDTH, HEIGHT = 24, 8
"""Columns of Grafana's grid, and rows that a panel takes of it."""
SCHEMA = 39
"""Grafana's schemaVersion that this was written for: Grafana 10 and later bring older ones up by themselves."""


@dataclass(frozen=True, slots=True)
class Panel:
    """queries: expression and legend. unit: Grafana's name of it. kind: timeseries, stat, table or heatmap."""

    title: str
    queries: Sequence[tuple[str, str]]
    unit: str = "short"
    kind: str = "timeseries"
    says: str = ""


@dataclass(frozen=True, slots=True)
class Dashboard:
    uid: str
    title: str
    panels: Sequence[Panel]


def rate(metric: str, by: str = "") -> str:
    """How often a second, summed over processes."""
    return f"sum{_by(by)}(rate({metric}[$__rate_interval]))"


def quantile(part: float, metric: str, by: str = "") -> str:
    """Of a histogram over all processes. part: 0–1."""
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({part}, sum by ({labels}) (rate({metric}_bucket[$__rate_interval])))"


def mean(metric: str, by: str = "") -> str:
    """Mean of a histogram's observations."""
    return f"{rate(f'{metric}_sum', by)} / {rate(f'{metric}_count', by)}"


def _by(labels: str) -> str:
    return f" by ({labels}) " if labels else ""


def buckets(metric: str, where: str) -> str:
    """A histogram as a heatmap draws it."""
    return f"sum by (le) (rate({metric}_bucket{where}[$__rate_interval]))"


OVERVIEW = Dashboard(
    "face-fastapi",
    "FastAPI overview",
    [
        Panel("Processes that answer", [('sum by (job) (up{job=~"svc-face-.*"})', "{{job}}")], kind="stat"),
        Panel("Requests that fail on our side", [("face:http_errors:ratio5m", "5xx")], "percentunit", "stat"),
        Panel("Alerts that fire", [('count(ALERTS{alertstate="firing"}) or vector(0)', "firing")], kind="stat"),
        Panel("Release", [("max by (version) (face_build_info)", "{{version}}")], kind="table"),
        Panel("Requests a second, by route", [(rate("face_http_requests_total", "handler"), "{{handler}}")], "reqps"),
        Panel("Requests a second, by status", [(rate("face_http_requests_total", "status"), "{{status}}")], "reqps"),
        Panel(
            "Time of a request",
            [
                (quantile(part, "face_http_request_duration_highr_seconds"), f"{part:.0%}".replace("%", " %"))
                for part in (0.5, 0.95, 0.99)
            ],
            "s",
        ),
        Panel("95 % of requests take less, by route", [("face:http_seconds:p95_5m", "{{handler}}")], "s"),
        Panel(
            "Bytes a second",
            [
                (rate("face_http_request_size_bytes_sum"), "in"),
                (rate("face_http_response_size_bytes_sum"), "out"),
            ],
            "Bps",
        ),
        Panel("Processor", [(rate("process_cpu_seconds_total", "instance"), "{{instance}}")], says="Cores in use."),
        Panel("Memory", [("process_resident_memory_bytes", "{{instance}}")], "bytes"),
        Panel(
            "Memory of containers",
            [('max by (name) (container_memory_working_set_bytes{name!=""})', "{{name}}")],
            "bytes",
        ),
        Panel(
            "Disk that is left",
            [("node_filesystem_avail_bytes / node_filesystem_size_bytes", "{{mountpoint}}")],
            "percentunit",
        ),
    ],
)

PIPELINE = Dashboard(
    "face-pipeline",
    "Pipeline: stages and faces",
    [
        Panel(
            "Model",
            [("max by (pack, licence, dimensions, provider) (face_model_info)", "{{pack}}")],
            kind="table",
            says="What is loaded, and by what licence it may be used.",
        ),
        Panel("Pictures a second", [(rate("face_faces_per_picture_count"), "pictures")], kind="stat"),
        Panel("Faces a picture", [(mean("face_faces_per_picture"), "mean")], kind="stat"),
        Panel("Faces that the recogniser embeds at once", [(mean("face_embed_batch_faces"), "mean")], kind="stat"),
        Panel("95 % of a stage takes less", [("face:stage_seconds:p95_5m", "{{stage}}")], "s"),
        Panel("Mean time of a stage", [(mean("face_stage_seconds", "stage"), "{{stage}}")], "s"),
        Panel(
            "Where the time goes",
            [(rate("face_stage_seconds_sum", "stage"), "{{stage}}")],
            "percentunit",
            says="Seconds of each stage a second: 2 is two cores, but for fetch and search, which wait.",
        ),
        Panel("Faces a picture", [(buckets("face_faces_per_picture", ""), "{{le}}")], kind="heatmap"),
        Panel("Room in use", [("face:pixels:ratio", "{{instance}}")], "percentunit", says="At 100 % callers get 503."),
        Panel(
            "Pictures asked of sources",
            [(rate("face_source_reads_total", "source, outcome"), "{{source}}: {{outcome}}")],
            "ops",
        ),
    ],
)

SEARCH = Dashboard(
    "face-search",
    "Search: similarities and recall",
    [
        Panel("Faces that are kept", [('max(face_kept{what="faces"})', "faces")], kind="stat"),
        Panel("Faces in indexes", [("max(face_search_index_faces)", "faces")], kind="stat"),
        Panel("Recall of the index", [("face:search_recall:ratio1h", "1 h")], "percentunit", "stat"),
        Panel("Left to a person", [("face:review:ratio1h", "{{task}}")], "percentunit", "stat"),
        Panel("Searches a second", [(rate("face_searches_total", "backend"), "{{backend}}")], "ops"),
        Panel("Time of a search", [(quantile(0.95, "face_stage_seconds", "stage"), "{{stage}}")], "s"),
        Panel("Samples of the index", [(rate("face_search_samples_total", "outcome"), "{{outcome}}")], "ops"),
        Panel(
            "Decisions a second", [(rate("face_similarity_count", "task, decision"), "{{task}}: {{decision}}")], "ops"
        ),
        Panel("Similarity of matches", [(buckets("face_similarity", '{decision="match"}'), "{{le}}")], kind="heatmap"),
        Panel(
            "Similarity of the best who were no match",
            [(buckets("face_similarity", '{decision!="match"}'), "{{le}}")],
            kind="heatmap",
            says="Two hills apart are good. Where they touch, the threshold cuts through one: docs/thresholds.md.",
        ),
    ],
)

WORK = Dashboard(
    "face-work",
    "Galleries, queue and dead letters",
    [
        Panel("Workers", [("max(face_queue_workers)", "workers")], kind="stat"),
        Panel(
            "The first of the due tasks has waited",
            [("max by (priority) (face_queue_oldest_seconds)", "{{priority}}")],
            "s",
            "stat",
        ),
        Panel("Dead letters", [("max by (kind) (face_dead_letters)", "{{kind}}")], kind="stat"),
        Panel("What the service raised itself", [("max by (alert) (face_alerts)", "{{alert}}")], kind="stat"),
        Panel("Tasks in the queue", [("max by (lane, state) (face_queue_tasks)", "{{lane}}: {{state}}")]),
        Panel("Tasks a second", [(rate("face_task_seconds_count", "task, outcome"), "{{task}}: {{outcome}}")], "ops"),
        Panel("95 % of a task takes less", [(quantile(0.95, "face_task_seconds", "task"), "{{task}}")], "s"),
        Panel("Photos a second", [(rate("face_photos_total", "outcome"), "{{outcome}}")], "ops"),
        Panel(
            "Deliveries a second",
            [(rate("face_deliveries_total", "channel, outcome"), "{{channel}}: {{outcome}}")],
            "ops",
        ),
        Panel("Messages from SQS", [(rate("face_ingress_messages_total", "outcome"), "{{outcome}}")], "ops"),
        Panel("What is kept", [("max by (what) (face_kept)", "{{what}}")]),
    ],
)

LIMITS = Dashboard(
    "face-limits",
    "Tenants and limits",
    [
        Panel(
            "Requests refused, by why",
            [(rate('face_http_requests_total{status=~"4..|503"}', "status"), "{{status}}")],
            "reqps",
            says="401 no key, 403 not allowed, 413 too large, 422 not understood, 429 too many, 503 no room.",
        ),
        Panel(
            "Requests refused, by route",
            [(rate('face_http_requests_total{status=~"4..|503"}', "handler"), "{{handler}}")],
            "reqps",
        ),
        Panel("Calls with pictures in hand", [("sum by (instance) (face_calls_in_hand)", "{{instance}}")]),
        Panel(
            "Calls refused before they were read",
            [(rate("face_calls_refused_total", "instance"), "{{instance}}")],
            "reqps",
            says="503 for want of time, LIMIT_WAIT_SECONDS.",
        ),
        Panel("Size of a request", [(mean("face_http_request_size_bytes", "handler"), "{{handler}}")], "bytes"),
        Panel("Room in use", [("face:pixels:ratio", "{{instance}}")], "percentunit"),
        Panel("What is kept", [("max by (what) (face_kept)", "{{what}}")]),
        Panel("Database answers", [("min by (instance) (face_database_up)", "{{instance}}")]),
    ],
)

DASHBOARDS = {
    "fastapi-overview": OVERVIEW,
    "pipeline": PIPELINE,
    "search": SEARCH,
    "work": WORK,
    "limits": LIMITS,
}


def main() -> None:
    """Write all of them."""
    for name, dashboard in DASHBOARDS.items():
        (FOLDER / f"{name}.json").write_text(text(dashboard))


def text(dashboard: Dashboard) -> str:
    """A dashboard as Grafana reads it."""
    return json.dumps(_model(dashboard), indent=1, ensure_ascii=False) + "\n"


def _model(dashboard: Dashboard) -> dict[str, object]:
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "tags": ["svc-face-recon"],
        "schemaVersion": SCHEMA,
        "editable": False,
        "refresh": "15s",
        "time": {"from": "now-1h", "to": "now"},
        "panels": list(_panels(dashboard.panels)),
    }


def _panels(panels: Sequence[Panel]) -> Iterator[dict[str, object]]:
    """Side by side, small ones four in a row and large ones two, in their order."""
    x = y = 0
    row = 0
    for number, panel in enumerate(panels, 1):
        small = panel.kind in {"stat", "table"}
        width, height = (WIDTH // 4, HEIGHT // 2) if small else (WIDTH // 2, HEIGHT)
        if x + width > WIDTH or (row and height != row):
            x, y = 0, y + row
        row = height
        yield _drawn(panel, number, {"x": x, "y": y, "w": width, "h": height})
        x += width


def _drawn(panel: Panel, number: int, place: Mapping[str, int]) -> dict[str, object]:
    return {
        "id": number,
        "type": panel.kind,
        "title": panel.title,
        "description": panel.says,
        "datasource": SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [_target(panel, n, *query) for n, query in enumerate(panel.queries)],
    }


def _target(panel: Panel, number: int, expression: str, legend: str) -> dict[str, object]:
    form = {"heatmap": "heatmap", "table": "table"}.get(panel.kind, "time_series")
    return {
        "refId": chr(ord("A") + number),
        "datasource": SOURCE,
        "expr": expression,
        "legendFormat": legend,
        "format": form,
        "instant": panel.kind == "table",
    }


if __name__ == "__main__":
    main()
