"""Faults of layout, injected into a rendered page: no word of it changes."""

FAULTS = {
    "text runs out": ".item p { white-space: nowrap; }",
    "items overlap": ".item + .item { margin-top: -6rem; }",
    "column pushed out": ".main { transform: translateX(60%); }",
}
"""The style that makes each fault."""


def with_fault(html: str, fault: str) -> str:
    """A page that `render` made, with a fault of `FAULTS`. Raises ValueError."""
    if fault not in FAULTS:
        raise ValueError(f"fault is {fault!r}: use one of {', '.join(FAULTS)}")
    head, mark, rest = html.partition("</style>")
    if not mark:
        raise ValueError("html has no <style>: give a page that render() made")
    return f"{head}{FAULTS[fault]}\n{mark}{rest}"
