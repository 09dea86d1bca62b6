"""`tenfold serp`: a result page for a query, as a file to open."""

import sys
from pathlib import Path

import numpy as np

from tenfold.serp import (
    STRATEGIES,
    Composition,
    Judge,
    RuleProposer,
    SearchIndex,
    all_tools,
    compose,
    estimated_judge,
    open_index,
    render,
)
from tenfold.serp.intents import several_intents_judge

JUDGES = ("intents", "one-intent", "layout", "vision")
FOLDER = Path("build", "serp", "pages")


class ResultPageError(ValueError):
    """A query or an option that no page can be made with."""


def write_page(
    root: Path, query: str, *, strategy: str, judge: str, budget: int, seed: int, out: Path | None
) -> int:
    """Compose a page for a query, write it, and say what was done; the exit status.

    judge: "intents" and "one-intent" are the user model with a need guessed from what the tools found,
    "layout" sees the page in a browser and reads nothing, "vision" is the model that TENFOLD_CHAT names.
    Raises ResultPageError, ProjectNotFound, MissingDataPackage, and what the judge raises.
    """
    if strategy not in STRATEGIES:
        raise ResultPageError(f"--strategy is {strategy!r}: use one of {', '.join(STRATEGIES)}")
    if judge not in JUDGES:
        raise ResultPageError(f"--judge is {judge!r}: use one of {', '.join(JUDGES)}")
    print("opening the index (the first time it is built, about half a minute)", file=sys.stderr)
    index = open_index()
    chosen = _judge(judge, query, index)
    try:
        made = compose(
            query,
            all_tools(index),
            RuleProposer(),
            chosen,
            strategy=strategy,
            budget=budget,
            rng=np.random.default_rng(seed),
        )
    except ValueError as error:
        raise ResultPageError(str(error)) from None
    file = out or root / FOLDER / f"{made.page.key}.html"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(render(made.page), encoding="utf-8")
    print(_told(made))
    print(f"page: {file}")
    return 0


def _judge(name: str, query: str, index: SearchIndex) -> Judge:
    if name == "one-intent":
        return estimated_judge
    if name == "intents":
        return lambda items: several_intents_judge(query, items, index)
    from tenfold.serp import Browser, NoScreenshot, RasterJudge, VisionJudge

    try:
        browser = Browser()
    except NoScreenshot as error:
        raise ResultPageError(f"--judge {name} looks at the page: {error}") from None
    if name == "layout":
        return RasterJudge(browser)
    from tenfold.chat import chat_model

    return VisionJudge(chat_model(), browser)


def _told(made: Composition) -> str:
    calls = ", ".join(f"{call.tool}: {len(call.items) or call.outcome}" for call in made.gathered.calls)
    lines = [
        f"tools: {calls}",
        f"{made.strategy}: {len(made.judged)} pages judged, the best one scores {made.score:.3f}",
    ]
    lines += [
        f"  {p.region:6} {p.size:8} {'framed ' if p.emphasis else ''}{p.item.kind}: {p.item.title}"
        for p in made.page.placements
    ]
    lines += [f"note: {note}" for note in made.page.notes]
    if made.failures:
        lines.append(f"the judge gave no score {len(made.failures)} times: {made.failures[0]}")
    return "\n".join(lines)
