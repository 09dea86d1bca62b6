"""Blocks of slides as HTML."""

from collections.abc import Callable, Mapping

from markupsafe import Markup

from tenfold.book.errors import SiteError
from tenfold.book.fragments import badge
from tenfold.book.slides.material import Material
from tenfold.book.slides.picture import picture_html
from tenfold.book.slides.prose import block_html, fill, line_html
from tenfold.book.slides.source import Block, Slide

_WIDE = 1.85  # from this many times as wide as high a figure takes the whole width of a slide


def slide_html(slide: Slide, material: Material) -> Markup:
    """The body of a slide.  Raises SiteError, naming file and slide, for what the chapter does not have."""
    figures, others = [], []
    for block in slide.blocks:
        if block.kind == "figure":
            figures.append(picture_html(material.pictures, block.content, slide.place))
        else:
            others.append(_FILLED[block.kind](block, material, slide.place))
    words = Markup("").join(others)
    if not figures:
        return Markup('<div class="body">{}</div>').format(words)
    drawn = Markup("").join(Markup('<div class="figure">{}</div>').format(image) for image, _ in figures)
    beside = words and len(figures) == 1 and figures[0][1] < _WIDE
    return Markup('<div class="body {}">{}<div class="aside">{}</div></div>').format(
        "beside" if beside else "drawn", drawn, words
    )


def _text(block: Block, material: Material, place: str) -> Markup:
    filled = block_html(fill(block.content, material.glued, place))
    return Markup('<div class="words">{}</div>').format(filled)


def _claims(block: Block, material: Material, place: str) -> Markup:
    rows = [(_claim(record), record["paper"]) for record in _chosen(block, material.records, place)]
    return _table(("Claim", "The paper's number"), rows, "claims")


def _verdicts(block: Block, material: Material, place: str) -> Markup:
    chosen = _chosen(block, material.records, place)
    number = Markup("<strong>{} claims:</strong> ").format(len(material.records))
    counts = (Markup("{} {}").format(n, badge(v)) for v, n in material.chapter.counts.items() if n)
    summary = Markup('<p class="counts">{}{}</p>').format(number, Markup(", ").join(counts))
    rows = [(_claim(record), record["here"] or "not tested", badge(record["verdict"])) for record in chosen]
    return summary + _table(("Claim", "Here [interval]", "Verdict"), rows, "verdicts")


def _claim(record: Mapping) -> Markup:
    return Markup("<strong>{}</strong> {}").format(record["claim"], record["text"])


def _changed(block: Block, material: Material, place: str) -> Markup:
    chosen = _picked(block, material.changed, place)
    rows = [tuple(_line(cell, material, place) for cell in (name, *row)) for name, row in chosen.items()]
    return _table(("", "Paper", "Here"), rows, "changed")


def _limits(block: Block, material: Material, place: str) -> Markup:
    bullets = _picked(block, material.limits, place).values()
    items = Markup("").join(Markup("<li>{}</li>").format(_line(text, material, place)) for text in bullets)
    return Markup('<ul class="limits">{}</ul>').format(items)


def _line(text: str, material: Material, place: str) -> Markup:
    return line_html(fill(text, material.glued, place))


def _rests(block: Block, material: Material, place: str) -> Markup:
    """Nothing to see: the words of the slide hold as long as these verdicts do."""
    for part in block.content.split(","):
        claim, _, verdict = part.strip().partition(" ")
        (record,) = _chosen(Block("rests", claim), material.records, place)
        if record["verdict"] != verdict:
            raise SiteError(
                f"{place}: rests on {claim} being {verdict!r}, but the run says {record['verdict']!r}: "
                "write the slide anew"
            )
    return Markup("")


def _chosen(block: Block, known: Mapping[str, Mapping], place: str) -> list[Mapping]:
    return list(_picked(block, known, place).values())


def _picked(block: Block, known: Mapping, place: str) -> dict:
    """The entries that a block names, in its order."""
    names = [name.strip() for name in block.content.split(",")]
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SiteError(
            f"{place}: {{{block.kind}}} names {', '.join(unknown)}, which the chapter does not have; "
            f"it has {', '.join(known)}"
        )
    return {name: known[name] for name in names}


def _table(head: tuple[str, ...], rows: list[tuple], css: str) -> Markup:
    heads = Markup("").join(
        Markup('<th scope="col">{}</th>').format(cell) if cell else Markup("<td></td>") for cell in head
    )
    lines = (
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            first, Markup("").join(map(Markup("<td>{}</td>").format, rest))
        )
        for first, *rest in rows
    )
    table = Markup('<table class="{}"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>')
    return table.format(css, heads, Markup("").join(lines))


_FILLED: dict[str, Callable[[Block, Material, str], Markup]] = {
    "text": _text,
    "claims": _claims,
    "verdicts": _verdicts,
    "changed": _changed,
    "limits": _limits,
    "rests": _rests,
}
