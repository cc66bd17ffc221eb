"""An evaluation to read: JSON, plots, and a page that holds both. No photo and no embedding is in any of them."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from html import escape

import numpy as np

from app.domain.calibration import Curve
from app.domain.comparisons import Counts, thresholds
from app.domain.evaluation import Operation, Searched, Share, member_rate, stranger_rate
from app.services.evaluate import Evaluation
from app.services.plot import Axis, Line, svg

SHARES = Axis("part", [(part / 10, f"{part / 10:g}") for part in range(0, 11, 2)])
SIMILARITIES = Axis("cosine similarity", [(tenth / 10, f"{tenth / 10:g}") for tenth in range(-2, 11, 2)])
RATES = Axis("FMR: part of different people who match", [(float(-n), f"1e-{n}") for n in range(6, -1, -1)])

_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;margin:1rem 0}td,th{border:1px solid #8886;padding:.2rem .6rem;text-align:left}"
)


def files(evaluation: Evaluation, skipped: Mapping[str, int]) -> dict[str, str]:
    """What to write, by file name: report.html, report.json and the plots."""
    figures, plots = as_json(evaluation, skipped), pictures(evaluation)
    pages = {"report.html": page(figures, plots), "report.json": json.dumps(figures, indent=2) + "\n"}
    return pages | {f"{name}.svg": plot for name, plot in plots.items()}


def curve_json(curve: Curve) -> dict[str, object]:
    """A curve as `PUT /collections/{name}/calibration` takes it."""
    points = [[_digits(rate), round(similarity, 4)] for rate, similarity in curve.points]
    told = {"people": curve.people, "comparisons": curve.comparisons, "source": curve.source}
    return {"points": points, "measured_to": _digits(curve.measured_to), **told}


def as_json(evaluation: Evaluation, skipped: Mapping[str, int]) -> dict[str, object]:
    """All figures. Fixed keys; what could not be measured is an empty list."""
    found = evaluation.identification
    return {
        "model": evaluation.model.name,
        "recogniser_sha256": evaluation.model.recogniser_sha256,
        "photos": evaluation.photos,
        "people": evaluation.people,
        "skipped": dict(skipped),
        "equal_error_rate": _digits(evaluation.verification.equal_error),
        "verification": [_operation(each, "fmr", "tmr") for each in evaluation.verification.operations],
        "identification": {
            "gallery": found.gallery if found else 0,
            "members": found.members if found else 0,
            "strangers": found.strangers if found else 0,
            "rank1": _share(found.rank1) if found else _share(Share(0.0, 0.0, 1.0)),
            "open_set": [_operation(each, "fpir", "tpir") for each in found.operations] if found else [],
        },
        "groups": [
            {
                "group": group.name,
                "people": group.people,
                "photos": group.photos,
                "verification": [_operation(each, "fmr", "tmr") for each in group.operations],
            }
            for group in evaluation.groups
        ],
        "recommended": [
            {
                "task": "verify" if each.faces == 1 else "identify",
                "risk": each.risk,
                "faces": each.faces,
                "target": each.target,
                "threshold": round(each.threshold, 4),
                "calibration": each.basis,
            }
            for each in evaluation.advice
        ],
    }


def roc(evaluation: Evaluation) -> list[list[float]]:
    """Points of the ROC curve, [FMR, TMR], from few false matches to many: what the plot of that name shows."""
    points = _roc(evaluation.compared.false_matches(), evaluation.compared.true_matches())
    return [[_digits(10**rate), round(part, 5)] for rate, part in points]


def pictures(evaluation: Evaluation) -> dict[str, str]:
    """The plots, by name."""
    compared = evaluation.compared
    false, true = compared.false_matches(), compared.true_matches()
    by_similarity = [
        Line("same person", _every(thresholds(), true)),
        Line("different people", _every(thresholds(), false)),
    ]
    drawn = {
        "roc": svg("1:1, all pairs", RATES, _titled("TMR"), [Line(evaluation.model.name, _roc(false, true))]),
        "similarities": svg("Pairs at least so similar", SIMILARITIES, SHARES, by_similarity),
    }
    if evaluation.searched:
        lines = _open_set(evaluation.searched)
        drawn["search"] = svg("1:N, by threshold", SIMILARITIES, SHARES, lines)
    return drawn


def _titled(title: str) -> Axis:
    return Axis(title, SHARES.ticks)


def _roc(false: Counts, true: Counts) -> list[tuple[float, float]]:
    seen = [(math.log10(f), float(t)) for f, t in zip(false[::-20], true[::-20], strict=True) if f > 0]
    return [point for at, point in enumerate(seen) if at == 0 or point != seen[at - 1]]


def _every(x: Counts, y: Counts) -> list[tuple[float, float]]:
    shown = np.flatnonzero((x >= SIMILARITIES.ticks[0][0]) & (np.arange(len(x)) % 100 == 0))
    return [(float(x[at]), float(y[at])) for at in shown]


def _open_set(searched: Searched) -> list[Line]:
    at = [float(threshold) for threshold in np.linspace(0, 1, 101)]
    members = [(threshold, member_rate(searched, threshold).value) for threshold in at]
    return [
        Line("members named rightly", members),
        Line("strangers named", [(threshold, stranger_rate(searched, threshold)) for threshold in at]),
    ]


def _operation(operation: Operation, false: str, true: str) -> dict[str, object]:
    return {
        false: _digits(operation.false),
        "threshold": round(operation.threshold, 4),
        true: _share(operation.true),
    }


def _share(share: Share) -> dict[str, float]:
    return {"value": round(share.value, 5), "low": round(share.low, 5), "high": round(share.high, 5)}


def _digits(rate: float) -> float:
    return float(f"{rate:.3g}")


def page(figures: Mapping[str, object], plots: Mapping[str, str]) -> str:
    """Figures and plots as one page of HTML."""
    parts = [f"<h1>{escape(str(figures['model']))}</h1>", *plots.values(), *_tables(figures)]
    return (
        "<!doctype html><html lang='en'><meta charset='utf-8'><title>Evaluation</title>"
        f"<style>{_STYLE}</style><body>{''.join(parts)}</body></html>\n"
    )


def _tables(figures: Mapping[str, object]) -> Iterable[str]:
    """Each part of the figures: a list of rows as a table, numbers of their own together in one."""
    single = {name: value for name, value in figures.items() if not isinstance(value, list)}
    yield _table("figures", [{"what": name, "figure": value} for name, value in single.items()])
    for name, value in figures.items():
        if isinstance(value, list) and value:
            yield _table(name, value)


def _table(title: str, rows: Sequence[Mapping[str, object]]) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{escape(_cell(cell))}</td>" for cell in row.values()) + "</tr>" for row in rows
    )
    return f"<h2>{escape(title)}</h2><table><tr>{head}</tr>{body}</table>"


def _cell(value: object) -> str:
    if isinstance(value, dict) and value.keys() == {"value", "low", "high"}:
        return f"{value['value']} ({value['low']}–{value['high']})"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_cell(each)}" for name, each in value.items())
    return "; ".join(map(_cell, value)) if isinstance(value, list) else str(value)
