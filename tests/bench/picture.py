"""Results as one picture, in SVG: how much of what its bar allows each work takes."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import groupby
from math import log10

from tests.bench.contest import Bar, Result

WIDTH = 960
_LEFT, _RIGHT, _TOP, _ROW = 300, 690, 92, 46
_LOW, _HIGH = 0.1, 10.0  # times the bar
_RADII = (3.5, 5.0, 6.5)
_STYLE = """
svg { font: 14px system-ui, sans-serif } text { fill: #1f2328 } .paper { fill: #ffffff; stroke: #d0d7de }
.grid { stroke: #d8dee4 } .bar { stroke: #1f2328; stroke-width: 1.5 } .small { font-size: 12px; fill: #59636e }
.title { font-size: 17px; font-weight: 600 } .met { fill: #0969da; stroke: #0969da } .missed { fill: #bc4c00; stroke: #bc4c00 }
.said-met { fill: #0969da } .said-missed { fill: #bc4c00 }
.size { fill-opacity: 0.3 } .spread { stroke-width: 2.5; stroke-opacity: 0.45; stroke-linecap: round } .end { text-anchor: end } .mid { text-anchor: middle }
@media (prefers-color-scheme: dark) { text { fill: #f0f6fc } .paper { fill: #0d1117; stroke: #3d444d } .grid { stroke: #30363d }
.bar { stroke: #f0f6fc } .small { fill: #9198a1 } .met { fill: #4493f8; stroke: #4493f8 } .missed { fill: #f0883e; stroke: #f0883e }
.said-met { fill: #4493f8 } .said-missed { fill: #f0883e } }
"""
_LEGEND = (
    "Full dot: the size that the bar is set for. Faint dots: the other sizes, the smallest drawn smallest. "
    "Line: lowest to highest round. What is off the scale stands at its end."
)


def x(used: float) -> float:
    """Where so much of the bar stands: a logarithmic scale that ends at a tenth and at ten times the bar."""
    share = log10(min(max(used, _LOW), _HIGH) / _LOW) / log10(_HIGH / _LOW)
    return _LEFT + share * (_RIGHT - _LEFT)


def picture(results: Iterable[Result]) -> str:
    """A row for each work that has a bar, a dot for each of its sizes, the smallest first."""
    rows = [list(same) for _, same in groupby(results, key=lambda result: (result.work.name, result.work.what))]
    barred = [(row, bar) for row in rows if (bar := _bar(row)) is not None]
    height = _TOP + _ROW * len(barred) + 58
    drawn = "\n".join(_row(row, bar, _TOP + _ROW * at) for at, (row, bar) in enumerate(barred))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" '
        f'aria-label="Each work beside its bar">\n<style>{_STYLE}</style>\n'
        f'<rect class="paper" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>\n'
        f"{_frame(height)}\n{drawn}\n</svg>\n"
    )


def _bar(row: Sequence[Result]) -> Bar | None:
    return next((result.work.bar for result in row if result.work.bar is not None), None)


def _frame(height: int) -> str:
    below = height - 50
    lines = [
        f'<line class="{"bar" if used == 1 else "grid"}" x1="{x(used):.1f}" x2="{x(used):.1f}" y1="66" y2="{below}"/>'
        f'<text class="small mid" x="{x(used):.1f}" y="58">{label}</text>'
        for used, label in (
            (0.1, "a tenth"),
            (0.25, "a quarter"),
            (0.5, "half"),
            (1, "the bar"),
            (2, "twice"),
            (4, "4x"),
            (10, "10x"),
        )
    ]
    return "\n".join(
        (
            '<text class="title" x="24" y="32">How much each work takes of what its bar allows: less is better</text>',
            *lines,
            f'<text class="small" x="24" y="{height - 20}">{_LEGEND}</text>',
        )
    )


def _row(row: Sequence[Result], bar: Bar, y: int) -> str:
    barred = next(result for result in row if result.work.bar is not None)
    peer = barred.peers[0]
    look = "met" if barred.is_met else "missed"
    ends = [x(bar.used(ratio)) for ratio in barred.spread(peer)]
    dots = "".join(_dot(result, bar, y, radius) for result, radius in zip(row, _RADII[-len(row) :], strict=True))
    return (
        f'<text class="end" x="{_LEFT - 24}" y="{y + 2}">{escape(barred.work.what)}</text>'
        f'<text class="small end" x="{_LEFT - 24}" y="{y + 18}">{escape(_sizes(row))}</text>'
        f'<line class="spread {look}" x1="{ends[0]:.1f}" x2="{ends[1]:.1f}" y1="{y + 4}" y2="{y + 4}"/>{dots}'
        f'<text class="said-{look}" x="{_RIGHT + 24}" y="{y + 2}">{barred.ratio(peer):.2f} of {escape(peer)}, {look}</text>'
        f'<text class="small" x="{_RIGHT + 24}" y="{y + 18}">bar {bar} at {escape(barred.work.size)}</text>'
    )


def _sizes(row: Sequence[Result]) -> str:
    """50, 200, 400 stories"""
    sizes = [result.work.size.partition(" ") for result in row]
    return f"{', '.join(number for number, _, _ in sizes)} {sizes[-1][2]}"


def _dot(result: Result, bar: Bar, y: int, radius: float) -> str:
    used = bar.used(result.ratio(result.peers[0]))
    look = ("met" if used <= 1 else "missed") + ("" if result.work.bar is not None else " size")
    return f'<circle class="{look}" cx="{x(used):.1f}" cy="{y + 4}" r="{radius}"/>'
