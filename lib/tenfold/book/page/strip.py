"""Intervals drawn against the region in which their claim is reproduced, one strip an interval."""

import math
from collections.abc import Iterator

from markupsafe import Markup

from tenfold.claims import Verdict
from tenfold.claims.numbers import exact_text

_WIDTH, _HEIGHT, _LABELS = 260, 18, 14  # pixels; the labels stand below the last strip
_MARGIN = 0.08  # of the range, left and right
_LABEL_ROOM = 36


def strips(verdict: Verdict) -> dict[str, Markup]:
    """An SVG for each estimate by name, all on one scale; empty when the verdict rests on no interval.

    They show nothing that the text beside them does not say, so screen readers skip them.
    """
    estimates = verdict.estimates
    if not estimates:
        return {}
    scale = _Scale(verdict)
    last = list(estimates)[-1]
    return {name: _strip(scale, name, labelled=name == last) for name in estimates}


class _Scale:
    """From values to pixels; infinite ends lie on the strip's edge."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self.region = verdict.claim.criterion.region()
        self.marks = sorted(set(verdict.claim.criterion.marks()))
        ends = [x for e in verdict.estimates.values() for x in (e.low, e.value, e.high) if math.isfinite(x)]
        low, high = min(*ends, *self.marks), max(*ends, *self.marks)
        room = _MARGIN * (high - low) or 1.0
        self.low, self.high = low - room, high + room

    def __call__(self, x: float) -> float:
        share = (min(max(x, self.low), self.high) - self.low) / (self.high - self.low)
        return round(_WIDTH * share, 1)


def _strip(scale: _Scale, name: str, *, labelled: bool) -> Markup:
    estimate = scale.verdict.estimates[name]
    left, right = map(scale, scale.region)
    middle = _HEIGHT // 2
    parts = [
        Markup('<rect x="{}" width="{}" height="{}" fill="currentColor" fill-opacity="0.14"/>').format(
            left, round(right - left, 1), _HEIGHT
        ),
        *(_line(scale(mark), 0, scale(mark), _HEIGHT, 1) for mark in scale.marks),
        _line(scale(estimate.low), middle, scale(estimate.high), middle, 3),
        Markup('<circle cx="{}" cy="{}" r="4.5" fill="currentColor"/>').format(scale(estimate.value), middle),
        *(_labels(scale) if labelled else ()),
    ]
    svg = '<svg class="tf-strip" viewBox="0 0 {0} {1}" width="{0}" height="{1}" aria-hidden="true">{2}</svg>'
    return Markup(svg).format(_WIDTH, _HEIGHT + _LABELS * labelled, Markup("").join(parts))


def _line(x1: float, y1: float, x2: float, y2: float, width: int) -> Markup:
    line = '<line x1="{}" y1="{}" x2="{}" y2="{}" stroke="currentColor" stroke-width="{}"/>'
    return Markup(line).format(x1, y1, x2, y2, width)


def _labels(scale: _Scale) -> Iterator[Markup]:
    """The marks' numbers; one that would run into its left neighbour is left out."""
    free = -math.inf
    for mark in scale.marks:
        if scale(mark) >= free:
            free = scale(mark) + _LABEL_ROOM
            label = '<text x="{}" y="{}" font-size="11" text-anchor="middle" fill="currentColor">{}</text>'
            yield Markup(label).format(scale(mark), _HEIGHT + _LABELS - 3, exact_text(mark))
