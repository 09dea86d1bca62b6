"""Several intents behind a query, guessed from which of its words stand together in what was found."""

import re
from collections.abc import Sequence

from tenfold.serp.index import SearchIndex
from tenfold.serp.items import Item
from tenfold.serp.needs import Intent, Need, estimated_need
from tenfold.serp.sentences import stem
from tenfold.serp.user_model import UserModel

LEAST_WEIGHT = 0.25
"""The share of the query's weight below which a group of words is no intent of its own."""
_WORD = re.compile(r"[^\W_]+")


def estimated_intents(query: str, items: Sequence[Item], index: SearchIndex) -> Need:
    """A need with one intent for each group of the query's words that stand together in found documents.

    Two words are in one group where a document that some item shows has both, directly or through other
    words. Groups with less than a quarter of the query's weight (inverse document frequency) join the
    heaviest one. All intents have equal shares. A document meets an intent with its score, as if the group
    were the whole query, times the share of the group's weight that it has; scores as in `estimated_need`.
    With one group this is `estimated_need`. It knows nothing of which kind of item serves best.
    """
    [only] = estimated_need(items).intents
    terms = index.terms(query)
    held = {document: _held(index, document, terms) for document in only.relevance}
    weight = {term: index.weight(term) for term in terms}
    groups = _groups(terms, held.values(), weight)
    if len(groups) < 2:
        return Need(intents=(only,))
    whole = sum(weight.values())
    intents = []
    for group in groups:
        part = sum(weight[term] for term in group)
        relevance = {}
        for document, score in only.relevance.items():
            covered = sum(weight[term] for term in group & held[document]) / part
            if covered:
                relevance[document] = min(1.0, score * whole / part) * min(1.0, covered)
        intents.append(Intent(share=1 / len(groups), relevance=relevance))
    return Need(intents=tuple(intents))


def several_intents_judge(query: str, items: Sequence[Item], index: SearchIndex) -> UserModel:
    """The user model with `estimated_intents`: for an unknown need."""
    return UserModel(estimated_intents(query, items, index), name="user model, estimated intents")


def _held(index: SearchIndex, document: str, terms: Sequence[str]) -> frozenset[str]:
    found = index.get(document)
    words = {stem(word) for word in _WORD.findall(f"{found.title} {found.text}")}
    return frozenset(term for term in terms if stem(term) in words)


def _groups(terms: Sequence[str], held: Sequence[frozenset[str]], weight: dict[str, float]) -> list[set[str]]:
    """The connected words, the heaviest group first, at most 8; light groups are part of the first one."""
    groups = [{term} for term in terms]
    for together in held:
        joined = [group for group in groups if group & together]
        if len(joined) > 1:
            groups = [group for group in groups if not group & together] + [set().union(*joined)]
    ordered = sorted(groups, key=lambda group: (-sum(weight[term] for term in group), min(group)))
    least = LEAST_WEIGHT * sum(weight.values())
    heavy = [group for group in ordered if sum(weight[term] for term in group) >= least] or ordered[:1]
    rest = set(terms).difference(*heavy)
    return [heavy[0] | rest, *heavy[1:]] if heavy else []
