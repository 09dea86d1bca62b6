"""A chapter's claims as they were registered, before any result."""

import textwrap

from markupsafe import Markup

from tenfold.claims import Claim, Ledger

_WIDTH = 110


def ledger_html(ledger: Ledger) -> Markup:
    """A table of the claims: what the paper says, its number and place, our prediction, how we decide."""
    head = Markup("").join(
        Markup('<th scope="col" style="text-align: left">{}</th>').format(name) for name in _COLUMNS
    )
    body = Markup("").join(_row(claim) for claim in ledger.claims)
    table = '<table class="tf-claims"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>'
    return Markup(table).format(head, body)


def ledger_text(ledger: Ledger) -> str:
    return "\n".join(_paragraph(claim) for claim in ledger.claims)


def _paragraph(claim: Claim) -> str:
    lines = [
        f"{claim.id:5} {claim.text}",
        f"Paper: {claim.reported} ({claim.where})",
        f"Prediction: {claim.prediction}",
        f"Reproduced if {claim.criterion.describe()}; {claim.evidence}, registered {claim.registered}",
        *(f"Amended {change.date}: {change.reason}" for change in claim.amended),
    ]
    indents = ["", *[" " * 6] * (len(lines) - 1)]
    return "\n".join(
        textwrap.fill(line, _WIDTH, initial_indent=indent, subsequent_indent=" " * 6)
        for line, indent in zip(lines, indents, strict=True)
    )


def _row(claim: Claim) -> Markup:
    cells = Markup("").join(
        Markup('<td data-label="{}" style="text-align: left">{}</td>').format(name, cell(claim))
        for name, cell in _COLUMNS.items()
    )
    return Markup("<tr>{}</tr>").format(cells)


def _claim(claim: Claim) -> Markup:
    return Markup('<strong class="tf-claim-id">{}</strong> {}').format(claim.id, claim.text)


def _reported(claim: Claim) -> Markup:
    return Markup("{} <small>{}</small>").format(claim.reported, _place(claim))


def _place(claim: Claim) -> str:
    """The claim's place, and where its number was read or why there is none."""
    source = claim.reported.source if claim.reported.printable else claim.reported.unknown
    return "; ".join(filter(None, [claim.where, source]))


def _decision(claim: Claim) -> Markup:
    notes = [Markup("{}, registered <time>{}</time>").format(claim.evidence, claim.registered)]
    notes += [
        Markup("amended <time>{}</time>: {}").format(change.date, change.reason) for change in claim.amended
    ]
    return Markup("{} <small>{}</small>").format(claim.criterion.describe(), Markup("; ").join(notes))


_COLUMNS = {
    "Claim": _claim,
    "Paper": _reported,
    "Prediction here": lambda claim: claim.prediction,
    "Reproduced if": _decision,
}
