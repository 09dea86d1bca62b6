"""A small index of documents of our own, and items made by hand."""

import pytest

from tenfold.serp import (
    Answer,
    Definition,
    Document,
    ImageCard,
    Item,
    News,
    Passage,
    QuestionList,
    SearchIndex,
    WebSnippet,
)

TREE = "A spanning tree of a graph holds all its nodes. It has no cycle. Kruskal sorts the edges first."
DOCUMENTS = (
    Document("docs:graphs.spanning_tree", "docs", "graphs.spanning_tree", TREE, "graphs", "1.0"),
    Document(
        "docs:graphs.shortest_path",
        "docs",
        "graphs.shortest_path",
        "The shortest path between two nodes. Dijkstra needs weights that are not negative.",
        "graphs",
        "1.0",
        signature="shortest_path(graph, source)",
    ),
    Document(
        "guide:graphs-1", "guide", "graphs: Install", "To install graphs use your tool.", "graphs", "1.0"
    ),
    Document(
        "change:graphs-1.0",
        "change",
        "graphs 1.0",
        "Spanning trees are found faster. Nodes may be names.",
        "graphs",
        "1.0",
        date="2024-05-06",
    ),
    Document(
        "data:sunspots", "data", "Yearly sunspots", "Sunspots counted each year.\n\nMore.", "statsmodels", "0"
    ),
    Document(
        "dialogue:1",
        "dialogue",
        "Would you rather be a tree?",
        "Do you like a tree house?\nYes!\nWhat kind of tree?",
        "chats",
        "1",
    ),
    Document("docs:cooking.soup", "docs", "cooking.soup", "Soup of beans. Boil the beans.", "cooking", "2"),
)


@pytest.fixture(scope="session")
def index() -> SearchIndex:
    return SearchIndex.build(DOCUMENTS)


def make_item(
    kind: str = "web", name: str = "a", *, score: float = 0.5, text: str = "Some text", title: str = "Title"
) -> Item:
    """An item of a kind that shows the one document "docs:NAME"."""
    common = {
        "id": f"{kind}:{name}",
        "documents": (f"docs:{name}",),
        "score": score,
        "title": title,
        "source": "source",
    }
    passage = Passage(parts=(text,))
    if kind == "image":
        return ImageCard(**common, figure="sunspots", alt="a figure", caption=passage)
    if kind == "questions":
        return QuestionList(**common, questions=(text,))
    forms = {"web": WebSnippet, "answer": Answer, "definition": Definition, "news": News}
    facts = {"facts": ((title, "a.b"), ("Package", title))} if kind == "definition" else {}
    return forms[kind](**common, **facts, passage=passage)


@pytest.fixture(scope="session")
def item():
    """The function that makes an item."""
    return make_item


@pytest.fixture
def one_of_each() -> tuple[Item, ...]:
    kinds = ("web", "answer", "definition", "image", "questions", "news")
    return tuple(make_item(kind, f"{kind}-{n}", score=0.3 + 0.1 * n) for n, kind in enumerate(kinds))


@pytest.fixture(scope="session")
def world():
    """Forty docstrings in two packages; each pair (2n, 2n + 1) shares three words that nothing else has."""
    letters = "abcdefghijklmnopqrst"
    documents = []
    for n in range(40):
        pair = letters[n // 2]
        words = f"{pair}alpha {pair}beta {pair}gamma everywhere"
        package = "even" if n % 2 == 0 else "odd"
        name = f"{package}.make_{pair}alpha"
        documents.append(Document(f"docs:{name}", "docs", name, f"{words} again.", package, "1.0"))
        version = f"1.{n}"
        change = f"Fixed number {n} everywhere."
        documents.append(
            Document(
                f"change:{package}-{version}", "change", f"{package} {version}", change, package, version
            )
        )
    return SearchIndex.build(documents)
