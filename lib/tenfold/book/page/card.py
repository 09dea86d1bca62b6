"""The card at the head of a chapter: what it asks, and what reading and running it costs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

from markupsafe import Markup

from tenfold.book.page.provenance import time_text
from tenfold.book.page.publish import facts, publish
from tenfold.claims import Ledger, Profile


@dataclass(frozen=True)
class Cost:
    """What one profile takes: minutes, GB of memory, and the device."""

    minutes: float
    memory_gb: float
    device: str

    def __str__(self) -> str:
        return f"about {time_text(60 * self.minutes)}, {self.memory_gb:g} GB memory, {self.device}"


def card(
    ledger: Ledger, *, question: str, prerequisites: str, read_minutes: int, profiles: Mapping[str, Cost]
) -> None:
    """Show a chapter's card. question: one sentence.  profiles: the cost of each profile, keyed by its name.

    Raises ValueError for an unknown profile.
    """
    unknown = [name for name in profiles if name not in get_args(Profile)]
    if unknown:
        raise ValueError(
            f"card: profiles must be among {', '.join(get_args(Profile))}, got {', '.join(unknown)}"
        )
    paper = ledger.paper
    link = Markup('<a href="https://arxiv.org/abs/{0}">arXiv {0}</a>').format(paper.arxiv)
    authors = ", ".join(paper.authors)
    costs = {name: str(cost) for name, cost in profiles.items()}
    rows = {
        "Paper": Markup("<cite>{}</cite>, {}. {}, {}").format(paper.title, authors, link, paper.version),
        "You need": prerequisites,
        "To read": f"{read_minutes} minutes",
        "To run": Markup("<br>").join(Markup("<code>{}</code>: {}").format(*cost) for cost in costs.items()),
    }
    html = Markup('<div class="tf-card"><p class="tf-question"><strong>{}</strong></p>{}</div>')
    text = [question, f"{paper.title}, {authors}. arXiv {paper.arxiv}, {paper.version}"]
    text += [f"You need: {prerequisites}", f"To read: {read_minutes} minutes"]
    text += [f"To run ({name}): {cost}" for name, cost in costs.items()]
    publish(html.format(question, facts(rows)), "\n".join(text))
