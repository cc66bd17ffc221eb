"""Line plots as SVG, plain enough to need no library: axes, lines, a legend."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 560, 340
LEFT, RIGHT, TOP, BOTTOM = 64, 16, 34, 46
COLOURS = ("#1f6feb", "#d1242f", "#2da44e", "#8250df")
FONT = "font-family='system-ui, sans-serif' font-size='12'"


@dataclass(frozen=True, slots=True)
class Line:
    """points: (x, y) from left to right, in the units of the plot's axes."""

    name: str
    points: Sequence[tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Axis:
    """ticks: where to write what. The outer two are the axis's ends."""

    title: str
    ticks: Sequence[tuple[float, str]]

    def share(self, value: float) -> float:
        """How far along the axis a value lies, 0–1."""
        low, high = self.ticks[0][0], self.ticks[-1][0]
        return min(1.0, max(0.0, (value - low) / (high - low)))


def svg(title: str, x: Axis, y: Axis, lines: Sequence[Line]) -> str:
    """A picture of some lines."""
    parts = [f"<text x='{LEFT}' y='20' font-weight='bold'>{escape(title)}</text>", *_grid(x, y)]
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        points = " ".join(f"{_x(x, a):.1f},{_y(y, b):.1f}" for a, b in line.points)
        parts.append(f"<polyline points='{points}' fill='none' stroke='{colour}' stroke-width='2'/>")
        parts.append(
            f"<text x='{WIDTH - RIGHT - 8}' y='{TOP + 18 + 16 * number}' text-anchor='end' fill='{colour}'>"
            f"{escape(line.name)}</text>"
        )
    size = f"viewBox='0 0 {WIDTH} {HEIGHT}' width='{WIDTH}' height='{HEIGHT}'"
    return f"<svg xmlns='http://www.w3.org/2000/svg' {size} {FONT}>{''.join(parts)}</svg>\n"


def _grid(x: Axis, y: Axis) -> list[str]:
    bottom = HEIGHT - BOTTOM
    parts = [f"<rect x='0' y='0' width='{WIDTH}' height='{HEIGHT}' fill='none'/>"]
    for value, label in x.ticks:
        at = f"{_x(x, value):.1f}"
        parts.append(f"<line x1='{at}' x2='{at}' y1='{TOP}' y2='{bottom}' stroke='#8883'/>")
        parts.append(f"<text x='{at}' y='{bottom + 16}' text-anchor='middle'>{escape(label)}</text>")
    for value, label in y.ticks:
        at = f"{_y(y, value):.1f}"
        parts.append(f"<line x1='{LEFT}' x2='{WIDTH - RIGHT}' y1='{at}' y2='{at}' stroke='#8883'/>")
        parts.append(f"<text x='{LEFT - 6}' y='{at}' dy='4' text-anchor='end'>{escape(label)}</text>")
    middle = (TOP + bottom) / 2
    parts.append(f"<text x='{(LEFT + WIDTH) / 2}' y='{HEIGHT - 8}' text-anchor='middle'>{escape(x.title)}</text>")
    parts.append(f"<text transform='translate(14 {middle}) rotate(-90)' text-anchor='middle'>{escape(y.title)}</text>")
    return parts


def _x(axis: Axis, value: float) -> float:
    return LEFT + axis.share(value) * (WIDTH - LEFT - RIGHT)


def _y(axis: Axis, value: float) -> float:
    return HEIGHT - BOTTOM - axis.share(value) * (HEIGHT - TOP - BOTTOM)
