import pytest

from tenfold.serp import Document, SearchIndex, UserModel, estimated_need
from tenfold.serp.intents import estimated_intents, several_intents_judge

FILLER = [
    Document(f"docs:filler{n}", "docs", f"filler{n}", "Nothing to see here.", "p", "1") for n in range(40)
]
DOCUMENTS = [
    Document("docs:a", "docs", "a", "Kruskal builds a spanning forest.", "p", "1"),
    Document("docs:b", "docs", "b", "Boil the soup with beans.", "p", "1"),
    Document("docs:c", "docs", "c", "Beans grow fast.", "p", "1"),
    Document("docs:d", "docs", "d", "A forest of beans.", "p", "1"),
]


@pytest.fixture(scope="module")
def index():
    return SearchIndex.build([*DOCUMENTS, *FILLER])


def test_words_of_two_documents_are_two_intents(index, item):
    items = (item("web", "a", score=0.5), item("web", "b", score=0.4), item("web", "c", score=0.2))
    first, second = estimated_intents("kruskal spanning soup beans", items, index).intents
    assert first.share == second.share == 0.5
    soup, tree = (first, second) if "docs:b" in first.relevance else (second, first)
    assert set(tree.relevance) == {"docs:a"}
    assert set(soup.relevance) == {"docs:b", "docs:c"}
    assert soup.relevance["docs:b"] > soup.relevance["docs:c"] > 0


def test_a_document_meets_its_intent_as_if_the_group_were_the_query(index, item):
    items = (item("web", "a", score=0.3), item("web", "b", score=0.3))
    need = estimated_intents("kruskal spanning soup boil", items, index)
    weights = {term: index.weight(term) for term in ("kruskal", "spanning", "soup", "boil")}
    part = weights["kruskal"] + weights["spanning"]
    expected = 0.3 * sum(weights.values()) / part
    found = [intent.relevance["docs:a"] for intent in need.intents if "docs:a" in intent.relevance]
    assert found == [pytest.approx(expected)]


def test_a_document_with_words_of_both_joins_them(index, item):
    items = (item("web", "a"), item("web", "b"), item("web", "d"))
    query = "kruskal forest soup beans"
    assert estimated_intents(query, items, index) == estimated_need(items)


def test_one_word_and_no_items_are_one_intent(index, item):
    items = (item("web", "a", score=0.5),)
    assert estimated_intents("kruskal", items, index) == estimated_need(items)
    assert len(estimated_intents("kruskal soup", (), index).intents) >= 1
    assert several_intents_judge("kruskal", items, index).need == estimated_need(items)


def test_a_light_word_is_no_intent_of_its_own(index, item):
    items = (item("web", "a", score=0.5), item("web", "filler0", score=0.1))
    need = estimated_intents("kruskal spanning forest nothing", items, index)
    assert len(need.intents) == 1


def test_the_judge_prefers_a_page_for_both_intents(index, item):
    from tenfold.serp import Page, Placement

    items = (item("web", "a", score=0.5), item("web", "b", score=0.4), item("news", "a", score=0.5))
    judge = several_intents_judge("kruskal spanning soup beans", items, index)
    assert isinstance(judge, UserModel)

    def page(*chosen):
        return Page(query="q", placements=tuple(Placement(item=i, region="main") for i in chosen))

    assert judge.score(page(items[0], items[1])) > judge.score(page(items[0], items[2]))
