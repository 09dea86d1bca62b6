"""Verdicts as callouts of one form: icon and word, the paper's number, ours with its interval, the reason."""

from markupsafe import Markup

from tenfold.book.page.publish import facts
from tenfold.book.page.strip import strips
from tenfold.claims import (
    DIRECTION_ONLY,
    INCONCLUSIVE,
    NOT_REPRODUCED,
    NOT_TESTABLE,
    REPRODUCED,
    Verdict,
    Verdicts,
)

_ICONS = {
    REPRODUCED: "✓",
    DIRECTION_ONLY: "↗",
    NOT_REPRODUCED: "✗",
    INCONCLUSIVE: "?",
    NOT_TESTABLE: "\N{EN DASH}",
}

# the styles keep it readable in JupyterLab, which knows nothing of the book's style sheet
_CALLOUT = '<div class="tf-verdict {}" id="verdict-{}" style="margin: 1em 0">{}{}</div>'
_ESTIMATE = '<div class="tf-estimate" style="display: flex; flex-wrap: wrap">{}{}</div>'


def verdicts_html(verdicts: Verdicts) -> Markup:
    """One callout a claim; a link to `#verdict-C1` leads to the callout of claim C1."""
    return Markup('<div class="tf-verdicts">{}</div>').format(Markup("").join(map(_callout, verdicts)))


def _callout(verdict: Verdict) -> Markup:
    claim = verdict.claim
    css = "tf-" + verdict.verdict.replace(" ", "-")
    badge = Markup('<strong class="tf-badge"><span aria-hidden="true">{}</span> {}</strong>').format(
        _ICONS[verdict.verdict], verdict.verdict
    )
    head = Markup('<p class="tf-verdict-head">{} <span class="tf-claim-id">{}</span> {}</p>').format(
        badge, claim.id, claim.text
    )
    rows = {
        "Paper": Markup("{} <small>{}</small>").format(claim.reported, claim.where),
        "Here": _here(verdict),
        "Why": Markup("{} <small>Reproduced if {}.</small>").format(
            verdict.reason, claim.criterion.describe()
        ),
    }
    if claim.amended:
        rows["Amended"] = "; ".join(f"{change.date}: {change.reason}" for change in claim.amended)
    return Markup(_CALLOUT).format(css, claim.id, head, facts(rows))


def _here(verdict: Verdict) -> Markup:
    """Our numbers, one line each, with how many observations stand behind them, and drawn."""
    drawn = strips(verdict)
    lines = []
    for name, text in verdict.here().items():
        estimate = verdict.estimates.get(name)
        n = Markup(" <small>n = {}</small>").format(estimate.n) if estimate and estimate.n else ""
        words = Markup('<span style="flex: 1 1 13em">{}{}{}</span>').format(
            f"{name}: " if name else "", text, n
        )
        lines.append(Markup(_ESTIMATE).format(words, drawn.get(name, "")))
    return Markup("").join(lines) or Markup("not tested")
