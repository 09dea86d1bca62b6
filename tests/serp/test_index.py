import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold.serp import Document, SearchIndex
from tenfold.serp.documents import content_fingerprint, distinct


def document(name: str, text: str, *, kind: str = "docs", title: str = "heading") -> Document:
    return Document(f"{kind}:{name}", kind, title, text, "package", "1")


def test_ranks_by_bm25_as_computed_by_hand():
    texts = ["apple banana", "apple apple cherry banana plum", "cherry", "plum plum fig", "grape", "melon"]
    index = SearchIndex.build([document(str(n), text) for n, text in enumerate(texts)])
    # the formula of Robertson et al. with k1 = 1.2, b = 0.75; a row's length counts all of its columns
    lengths = [1 + len(text.split()) for text in texts]
    average = sum(lengths) / len(texts)
    idf = math.log((6 - 2 + 0.5) / (2 + 0.5))
    expected = {}
    for n, text in enumerate(texts):
        tf = text.split().count("apple")
        if tf:
            expected[f"docs:{n}"] = idf * tf * 2.2 / (tf + 1.2 * (1 - 0.75 + 0.75 * lengths[n] / average))
    hits = index.search("apple")
    assert {hit.document.id: hit.rank for hit in hits} == pytest.approx(expected)
    assert [hit.score for hit in hits] == pytest.approx([hit.rank / (idf * 2.2) for hit in hits])
    assert [hit.document.id for hit in hits] == sorted(expected, key=expected.get, reverse=True)


def test_a_word_in_the_title_counts_double():
    index = SearchIndex.build(
        [document("a", "pear plum", title="fig"), document("b", "pear fig", title="plum")]
        + [document(str(n), "nothing here", title="none") for n in range(4)]
    )
    assert [hit.document.id for hit in index.search("fig")] == ["docs:a", "docs:b"]


def test_finds_what_a_plain_scan_finds(index):
    for query in ("nodes", "tree node", "SOUP", "beans weights"):
        words = [word.lower().rstrip("s") for word in query.split()]
        expected = {
            d.id
            for d in index.documents()
            if any(
                re.search(rf"\b{word}s?\b", f"{d.title} {d.text}".replace("_", " "), re.I) for word in words
            )
        }
        assert {hit.document.id for hit in index.search(query)} == expected


def test_kinds_limit_and_titles_restrict(index):
    assert {hit.document.kind for hit in index.search("tree", kinds=["dialogue"])} == {"dialogue"}
    assert len(index.search("tree", limit=2)) == 2
    assert {h.document.id for h in index.search("tree", titles_only=True)} == {
        "docs:graphs.spanning_tree",
        "dialogue:1",
    }
    assert index.with_all(["spanning", "nodes"], limit=9) == [
        "docs:graphs.spanning_tree",
        "change:graphs-1.0",
    ]


def test_marks_the_matched_words_of_the_passage(index):
    [hit] = index.search("Dijkstra")
    assert "\x02Dijkstra\x03" in hit.passage


def test_very_common_words_count_only_alone():
    documents = [document(str(n), f"common word{n}") for n in range(20)]
    index = SearchIndex.build(documents)
    assert index.terms("common word3") == ["word3"]
    assert index.terms("common") == ["common"]
    assert len(index.search("common", limit=50)) == 20


@given(st.text(max_size=60))
def test_any_text_is_a_query(index, query):
    for hit in index.search(query):
        assert 0 <= hit.score <= 1


@pytest.mark.parametrize(
    "query",
    [
        '"',
        "tree' OR 1=1 --",
        "NEAR(tree soup, 3)",
        "title:tree",
        "*",
        "tree AND NOT soup",
        "(",
        "\0tree",
        "^a",
        "-",
    ],
)
def test_signs_in_a_query_have_no_meaning(index, query):
    plain = " ".join(re.findall(r"\w+", query))
    assert [h.document.id for h in index.search(query)] == [h.document.id for h in index.search(plain)]


def test_is_the_same_after_being_stored(tmp_path, index):
    path = tmp_path / "index.sqlite"
    built = SearchIndex.build(index.documents(), path)
    built.close()
    again = SearchIndex(path)
    assert (again.count, again.fingerprint) == (index.count, index.fingerprint)
    assert again.search("tree nodes") == index.search("tree nodes")
    assert again.get("data:sunspots").title == "Yearly sunspots"
    with pytest.raises(KeyError, match="no document"):
        again.get("docs:none")


def test_ten_thousand_matches_give_the_asked_number():
    index = SearchIndex.build([document(str(n), f"same thing {n}") for n in range(10_000)])
    assert len(index.search("same thing", limit=8)) == 8


def test_text_that_utf8_cannot_hold_is_indexed():
    index = SearchIndex.build([document("a", "broken \ud800 half and \0 zero")])
    assert index.search("half")[0].document.text == "broken ? half and  zero"


def test_refuses_what_is_no_index(tmp_path):
    with pytest.raises(FileNotFoundError, match="build one"):
        SearchIndex(tmp_path / "none")
    (tmp_path / "bad").write_bytes(b"this is no database" * 100)
    with pytest.raises(ValueError, match="no search index"):
        SearchIndex(tmp_path / "bad")
    with pytest.raises(ValueError, match="exists"):
        SearchIndex.build([document("a", "text")], tmp_path / "bad")
    with pytest.raises(ValueError, match="empty"):
        SearchIndex.build([])
    with pytest.raises(ValueError, match="twice"):
        SearchIndex.build([document("a", "text"), document("a", "other")])


def test_refuses_bad_arguments(index):
    with pytest.raises(ValueError, match="limit"):
        index.search("tree", limit=0)
    with pytest.raises(ValueError, match="unknown kind 'books'"):
        index.search("tree", kinds=["books"])
    with pytest.raises(ValueError, match="kind of document"):
        Document("a", "books", "title", "text", "p", "1")


def test_fingerprint_and_distinct_follow_the_content():
    first, second = document("a", "text"), document("b", "other")
    assert content_fingerprint([first, second]) != content_fingerprint([second, first])
    assert list(distinct([first, second, document("a", "third"), document("c", "text")])) == [first, second]
