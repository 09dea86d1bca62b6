"""Queries composed by many strategies, budgets and judges: what chapter 10 runs."""

from dataclasses import asdict, dataclass, fields
from functools import lru_cache, partial
from typing import Any

import numpy as np

from tenfold.corpora import ChangedCorpus
from tenfold.serp.composing import estimated_judge, prepare, search
from tenfold.serp.controls import BlindProposer, random_pages, refined_pages, skeletons_only
from tenfold.serp.corpus import open_index
from tenfold.serp.exhaustive import optimum
from tenfold.serp.gathering import Gathered, best_score, noisy_or
from tenfold.serp.index import SearchIndex
from tenfold.serp.intents import estimated_intents
from tenfold.serp.items import Item
from tenfold.serp.judges import BiasedJudge, Judge, NoisyJudge, fullness, share_of_frames, share_of_images
from tenfold.serp.proposers import Material, Proposer
from tenfold.serp.queries import SearchTask, make_queries
from tenfold.serp.rule_proposer import RuleProposer, fixed_template
from tenfold.serp.strategies import Strategy, beam, best_of_n, coarse_to_fine, greedy
from tenfold.serp.templates import CLASS_TEMPLATES, lay_out
from tenfold.serp.toolbox import all_tools
from tenfold.serp.user_model import UserModel

PARTS = ("search", "templates", "small world", "gathering")
SMALL = 3
"""Items of a small world: the best of each of three kinds."""
SECONDS = 120.0
"""For a tool; so long that none times out on a busy machine."""
FEATURES = {"frames": share_of_frames, "full": fullness, "images": share_of_images}


def _named(name: str, strategy: Strategy, **settings: float) -> Strategy:
    made = partial(strategy, **settings)
    made.__name__ = name
    return made


STRATEGIES: dict[str, tuple[Strategy, Proposer]] = {
    "random": (random_pages, RuleProposer()),
    "greedy": (_named("greedy", greedy, depth=4), RuleProposer(temperature=0.2)),
    "best-of-n": (best_of_n, RuleProposer(temperature=0.3)),
    "beam": (_named("beam", beam, width=4, depth=3), RuleProposer(temperature=0.3)),
    "coarse-to-fine": (_named("coarse-to-fine", coarse_to_fine, coarse=0.2), RuleProposer(temperature=0.6)),
    "coarse-to-fine beam": (
        _named("coarse-to-fine beam", coarse_to_fine, coarse=0.4, width=4),
        RuleProposer(temperature=0.6),
    ),
    "pages, refined": (_named("pages, refined", refined_pages, coarse=0.4), RuleProposer(temperature=0.3)),
    "skeletons only": (skeletons_only, RuleProposer(temperature=0.6)),
    "coarse-to-fine, blind": (
        _named("coarse-to-fine", coarse_to_fine, coarse=0.2),
        BlindProposer(temperature=0.6),
    ),
}
"""The settings are the best of a pilot at 64 calls of the honest judge, on 80 other queries (seed 101): of
temperatures 0.1, 0.2, 0.3, 0.6 and 1, depths 2, 3, 4 and 6, and coarse shares 0.1, 0.2 and 0.4."""
STRATEGIES |= {
    f"beam of {width}": (_named("beam", beam, width=width, depth=3), RuleProposer(temperature=0.3))
    for width in (1, 2, 8)
}
STRATEGIES |= {
    f"{name}, temperature {t:g}": (_named(name, strategy, **settings), RuleProposer(temperature=t))
    for t in (0.1, 0.2, 0.6, 1.0, 3.0)
    for name, strategy, settings in (
        ("greedy", greedy, {"depth": 4}),
        ("coarse-to-fine", coarse_to_fine, {"coarse": 0.2}),
        ("best-of-n", best_of_n, {}),
    )
}


@dataclass(frozen=True)
class PageConfig:
    """One run: some queries of a class.

    index: fingerprint of the documents.  query_seed, per_class: of `make_queries`.  query_class, numbers:
    which of these queries.  part: one of `PARTS`.  judge: "honest", "noise D", "FEATURE W" of `FEATURES`,
    "one intent" or "several intents"; the judge of all pages of the run.  strategies, budgets: every pair.
    """

    index: str
    query_class: str
    numbers: tuple[int, ...]
    part: str = "search"
    judge: str = "honest"
    strategies: tuple[str, ...] = ()
    budgets: tuple[int, ...] = ()
    query_seed: int = 0
    per_class: int = 60

    def __post_init__(self) -> None:
        if self.part not in PARTS:
            raise ValueError(f"part is {self.part!r}: use one of {', '.join(PARTS)}")
        if unknown := [name for name in self.strategies if name not in STRATEGIES]:
            raise ValueError(f"unknown strategy {unknown[0]!r}: use some of {', '.join(STRATEGIES)}")
        if outside := [number for number in self.numbers if not 0 <= number < self.per_class]:
            raise ValueError(f"numbers hold {outside[0]}: use 0 to {self.per_class - 1}, of {self.per_class}")

    def to_json(self) -> dict[str, Any]:
        """The configuration as `tenfold.runs` records it."""
        return {name: list(v) if isinstance(v, tuple) else v for name, v in asdict(self).items()}

    @classmethod
    def from_json(cls, config: dict[str, Any]) -> "PageConfig":
        """Raises ValueError for an unknown name or a value out of range."""
        if unknown := set(config) - {field.name for field in fields(cls)}:
            raise ValueError(f"unknown settings of a run of pages: {', '.join(sorted(unknown))}")
        return cls(**{name: tuple(v) if isinstance(v, list) else v for name, v in config.items()})


def compose_pages(configs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Compose the pages of each run; the metrics, no curve.

    configs: `PageConfig.to_json()`.  Every metric's name begins with the number of its query and a space.
    Utilities are those of the true user model, from 0 to 1.
    search: "STRATEGY.BUDGET", the utility of the page that the judge likes best; unless the judge is honest
    also "STRATEGY.BUDGET.judged", what the judge says of it.
    templates: "template" and "class template", the utility of the pages that these give; "items", the number
    at hand; "found", the share of the targets that some item shows.
    small world: as search, and "optimum".
    gathering: for the first 1, 2, … tools "N.cost", "N.items", "N.best_score", "N.noisy_or", and
    "N.STRATEGY.BUDGET" as above.
    Raises ValueError, ChangedCorpus, MissingDataPackage.
    """
    results = []
    for config in map(PageConfig.from_json, configs):
        if _index().fingerprint != config.index:
            raise ChangedCorpus(
                f"the index has the fingerprint {_index().fingerprint}, the run {config.index}: "
                "install the versions of requirements.lock (make setup)"
            )
        metrics = {
            f"{number} {name}": round(float(value), 5)
            for number in config.numbers
            for name, value in _composed(config, number).items()
        }
        results.append({"metrics": metrics, "curve": []})
    return results


@lru_cache(maxsize=1)
def _index() -> SearchIndex:
    return open_index()


@lru_cache(maxsize=4)
def tasks(query_seed: int, per_class: int) -> dict[tuple[str, int], SearchTask]:
    """The queries of an experiment by class and number."""
    numbers: dict[str, int] = {}
    found = {}
    for task in make_queries(_index(), per_class=per_class, rng=np.random.default_rng(query_seed)):
        number = numbers.get(task.query_class, 0)
        numbers[task.query_class] = number + 1
        found[task.query_class, number] = task
    return found


@lru_cache(maxsize=1024)
def gathered(query: str) -> tuple[Material, Gathered]:
    """What all tools find for a query."""
    return prepare(query, all_tools(_index()), seconds=SECONDS)


def judge_of(name: str, task: SearchTask, items: tuple[Item, ...], seed: int) -> Judge:
    """A judge by its name. Raises ValueError."""
    true = UserModel(task.need)
    kind, _, amount = name.rpartition(" ")
    if name == "honest":
        return true
    if name == "one intent":
        return estimated_judge(items)
    if name == "several intents":
        return UserModel(estimated_intents(task.query, items, _index()))
    if kind == "noise":
        return NoisyJudge(true, deviation=float(amount), seed=seed)
    if kind in FEATURES:
        return BiasedJudge(true, feature=FEATURES[kind], weight=float(amount))
    raise ValueError(
        f"judge is {name!r}: use honest, one intent, several intents, noise D or {', '.join(FEATURES)} W"
    )


def small_world(material: Material) -> Material:
    """The best item of each kind, of the `SMALL` kinds whose best items have the largest scores."""
    best: dict[str, Item] = {}
    for item in sorted(material.items, key=lambda item: -item.score):
        best.setdefault(item.kind, item)
    return Material(material.query, tuple(best.values())[:SMALL])


def _composed(config: PageConfig, number: int) -> dict[str, float]:
    task = tasks(config.query_seed, config.per_class)[config.query_class, number]
    material, found = gathered(task.query)
    if config.part == "gathering":
        return _by_calls(config, number, task, found)
    if config.part == "small world":
        small = small_world(material)
        best = optimum(small, UserModel(task.need))[1]
        return _searched(config, number, task, small, found) | {"optimum": best}
    if config.part == "search":
        return _searched(config, number, task, material, found)
    true = UserModel(task.need)
    shown = {document for item in material.items for document in item.documents}
    return {
        "template": true.score(fixed_template(material)),
        "class template": true.score(lay_out(CLASS_TEMPLATES[task.query_class], material)),
        "items": len(material.items),
        "found": float(np.mean([target in shown for target in task.targets])),
    }


def _searched(
    config: PageConfig, number: int, task: SearchTask, material: Material, found: Gathered
) -> dict[str, float]:
    if not material.items:
        return {f"{name}.{budget}": 0.0 for name in config.strategies for budget in config.budgets}
    true = UserModel(task.need)
    seed = [config.query_seed, number, sorted(CLASS_TEMPLATES).index(task.query_class)]
    judge = judge_of(config.judge, task, material.items, number)
    metrics = {}
    for name in config.strategies:
        strategy, proposer = STRATEGIES[name]
        for budget in config.budgets:
            made = search(
                material,
                proposer,
                judge,
                strategy=strategy,
                budget=budget,
                rng=np.random.default_rng(seed),
                gathered=found,
            )
            metrics[f"{name}.{budget}"] = true.score(made.page)
            if config.judge != "honest":
                metrics[f"{name}.{budget}.judged"] = made.score
    return metrics


def _by_calls(config: PageConfig, number: int, task: SearchTask, found: Gathered) -> dict[str, float]:
    metrics: dict[str, float] = {}
    for asked in range(1, len(found.calls) + 1):
        calls = found.calls[:asked]
        unique: dict[str, Item] = {}
        for item in (item for call in calls for item in call.items):
            unique.setdefault(item.id, item)
        items = tuple(unique.values())
        row = {
            "cost": sum(call.cost for call in calls),
            "items": len(items),
            "best_score": best_score(task.query, items),
            "noisy_or": noisy_or(task.query, items),
        }
        row |= _searched(config, number, task, Material(task.query, items), found)
        metrics |= {f"{asked}.{name}": value for name, value in row.items()}
    return metrics
