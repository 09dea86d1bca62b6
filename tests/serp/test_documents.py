import pytest

from tenfold.corpora import Dialogue, MissingDataPackage, Turn
from tenfold.serp import data_documents, description_documents, docstring_documents
from tenfold.serp.display_text import displayable, shorten


def test_docstrings_lose_examples_and_signs():
    text = (
        "Sum up.\n\nParameters\n----------\nx : int\n    See :func:`~a.b` and ``c`` [1]_.\n"
        "\n>>> f(1)\n1\n\nEnd."
    )
    assert docstring_documents.prose(text) == "Sum up.\n\nParameters:\nx : int\nSee a.b and c.\n\nEnd."


def test_reads_public_docstrings_of_a_package():
    found = {d.id: d for d in docstring_documents.docstring_documents(["joblib"])}
    parallel = found["docs:joblib.parallel.Parallel"]
    assert parallel.signature == "class Parallel"
    assert parallel.text.startswith("Helper class for readable parallel mapping.")
    assert ">>>" not in parallel.text
    assert not any("._" in name for name in found)


def test_a_description_is_cut_at_its_headings():
    text = "Intro.\n\n# One\ntext one\n\nTwo\n---\ntext two\n```\n# no heading\n```\n"
    found = list(description_documents.sections(text, "name"))
    assert [(s.title, s.text.strip()) for s in found] == [
        ("name", "Intro."),
        ("One", "text one"),
        ("Two", "text two"),
    ]


def test_a_changelog_becomes_entries_with_versions_and_dates():
    found = [d for d in description_documents.description_documents(["fonttools"]) if d.kind == "change"]
    assert len(found) > 50
    entry = next(d for d in found if d.version == "4.47.0")
    assert (entry.title, entry.date) == ("fonttools 4.47.0", "2023-12-18")


def test_parts_of_an_entry_belong_to_it():
    sections = description_documents.sections(
        "# 1.2 (2024-01-02)\n\na\n\n## Fixes\n\nb\n\n# Licence\n\nc", "name"
    )
    joined = [s for s in description_documents._joined(sections) if s.text.strip()]
    assert [(s.title, s.version, s.text.split()) for s in joined] == [
        ("1.2 (2024-01-02)", "1.2", ["a", "b"]),
        ("Licence", "", ["c"]),
    ]


def test_markup_of_descriptions_goes():
    text = "![badge](x.png) A [link](http://a.b) and `code <http://c>`_ in **bold** <b>tags</b>."
    assert description_documents.plain(text) == "A link and code in bold tags."


def test_chats_of_two_writers_become_documents(monkeypatch):
    def chat(name, *texts):
        return Dialogue(name, "Why?", tuple(Turn(str(n), (text,)) for n, text in enumerate(texts)), {})

    chats = (chat("long", "a" * 80, "b" * 80), chat("short", "a", "b"), chat("alone", "a" * 200))
    monkeypatch.setattr(data_documents, "load_dialogues", lambda: chats)
    [found] = data_documents.dialogue_documents()
    assert (found.id, found.title, found.text) == ("dialogue:long", "Why?", "a" * 80 + "\n" + "b" * 80)


def test_a_missing_package_is_named():
    with pytest.raises(MissingDataPackage, match="no-such-package"):
        list(docstring_documents.docstring_documents(["no-such-package"]))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\u202eb\u2066c\u200bd\x00e", "abcde"),
        ("  a \n\t b ", "a b"),
        ("\ud800x\U000e0041", "x"),
        ("e" + "\u0301" * 50, "é" + "\u0301" * 2),
        ("plain", "plain"),
        ("\u061c\ufeff", ""),
    ],
)
def test_displayable_keeps_only_what_is_seen(text, shown):
    assert displayable(text) == shown


def test_shorten_keeps_whole_words_and_the_limit():
    assert shorten("one two three", 9) == "one two…"
    assert shorten("one", 9) == "one"
    assert shorten("x" * 50, 10) == "x" * 9 + "…"
    with pytest.raises(ValueError, match="limit is 1"):
        shorten("long", 1)
