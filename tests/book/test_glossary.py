from tenfold.book.glossary import glossary_terms, link_terms

PAGE = """# Glossary

```{glossary}
BM25
  A score.

equivalence test
  Two tests
  in one.

margin
  Its bound.
```

not a term
  of it
"""


def test_terms_are_read_from_the_directive():
    assert glossary_terms(PAGE) == ["BM25", "equivalence test", "margin"]
    assert glossary_terms("# A page\n\nmargin\n  no directive") == []


def test_only_the_first_use_in_a_chapter_is_linked():
    linked = link_terms(["The margin is wide.", "A margin, again. Margins too."], ["margin"])
    assert linked == ["The {term}`margin <margin>` is wide.", "A margin, again. Margins too."]


def test_plurals_capitals_and_line_breaks_are_the_same_term():
    assert link_terms(["Margins differ."], ["margin"]) == ["{term}`Margins <margin>` differ."]
    assert link_terms(["An equivalence\ntest"], ["equivalence test"]) == [
        "An {term}`equivalence test <equivalence test>`"
    ]
    assert link_terms(["bm25 or BM25"], ["BM25"]) == ["bm25 or {term}`BM25 <BM25>`"]


def test_words_that_only_contain_a_term_are_left_alone():
    sources = ["marginal, submargin, margin-free"]
    assert link_terms(sources, ["margin"]) == sources


def test_longer_terms_win_over_terms_inside_them():
    linked = link_terms(["An equivalence test is a test."], ["test", "equivalence test"])
    assert linked == ["An {term}`equivalence test <equivalence test>` is a {term}`test <test>`."]


def test_code_formulas_links_headings_and_tables_are_left_alone():
    sources = [
        "# The margin\n\n`margin` and $margin$ and [margin](a.md) and {cite}`margin` and **margin**",
        "```\nmargin\n```\n\n| margin |\n| --- |\n\n$$\nmargin\n$$",
        ":::{note} margin\n:::\n<b title='margin'>",
    ]
    assert link_terms(sources, ["margin"]) == sources
