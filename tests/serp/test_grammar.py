import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tenfold.serp import Page, Passage, Placement, Proposal, RefusedProposal, WebSnippet, repair
from tenfold.serp.grammar import HEIGHTS, MOST_LINES, REGIONS, SIZES, Space, violations
from tenfold.serp.items import passage


def proposal(*placements):
    names = ("item", "region", "size", "emphasis")
    return Proposal(placements=[dict(zip(names, placement, strict=False)) for placement in placements])


def test_a_valid_page_is_accepted_and_frozen(item):
    page = Page(query="q", placements=(Placement(item=item(), region="main"),))
    assert page.skeleton == (("main", "web"),)
    with pytest.raises(ValidationError, match="frozen"):
        page.query = "other"


def test_violations_are_all_named(item):
    web, news = item("web"), item("news")
    with pytest.raises(ValidationError) as error:
        Page(
            query="q",
            placements=(
                Placement(item=web, region="rail"),
                Placement(item=web, region="main"),
                *(Placement(item=item("news", str(n)), region="rail") for n in range(4)),
                Placement(item=news, region="main"),
            ),
        )
    for reason in ("web 'web:a' stands in rail, which takes", "twice", "rail holds 5 items: at most 3"):
        assert reason in str(error.value)


def test_a_column_that_is_too_high_is_refused(item):
    images = [Placement(item=item("image", str(n)), region="main", size="full") for n in range(4)]
    with pytest.raises(ValidationError, match=f"the main column has 52 lines: at most {MOST_LINES}"):
        Page(query="q", placements=images)
    assert Page(query="q", placements=images[:3]).placements[0].lines == 13


def test_unknown_fields_and_values_are_refused(item):
    with pytest.raises(ValidationError, match="size"):
        Placement(item=item(), region="main", size="huge")
    with pytest.raises(ValidationError, match="extra"):
        Page(query="q", colour="red")
    with pytest.raises(ValidationError, match="score"):
        item(score=float("nan"))
    with pytest.raises(ValidationError, match="id"):
        WebSnippet(
            id="web:<b>", documents=("d",), score=0, title="t", source="s", passage=Passage(parts=("x",))
        )


def test_a_passage_alternates_plain_and_highlighted_parts():
    found = passage("one \x02two\x03 three\u202e \x02four\x03")
    assert found.segments == (("one ", False), ("two", True), (" three ", False), ("four", True))
    assert len(passage("word " * 10_000).text) <= 1_200


def test_repair_keeps_a_valid_proposal(one_of_each):
    repaired = repair(
        proposal(("answer:answer-1", "banner"), ("web:web-0", "main", "full", True)), one_of_each, query="q"
    )
    assert repaired.changes == ()
    assert [(p.item.id, p.region, p.size, p.emphasis) for p in repaired.page.placements] == [
        ("answer:answer-1", "banner", "standard", False),
        ("web:web-0", "main", "full", True),
    ]


def test_repair_follows_its_rules_in_order(one_of_each):
    repaired = repair(
        proposal(
            ("web:invented", "main"),
            ("web:web-0", "rail", "gigantic"),
            ("web:web-0", "main"),
            ("definition:definition-2", "main"),
            ("answer:answer-1", "banner"),
        ),
        one_of_each,
        query="q",
    )
    assert [(p.item.kind, p.region) for p in repaired.page.placements] == [
        ("web", "main"),
        ("definition", "banner"),
        ("answer", "main"),
    ]
    assert repaired.changes == (
        "'web:invented' is no item of this query: left out",
        "size 'gigantic' of web:web-0 is unknown: standard",
        "web:web-0 moved from 'rail' to main",
        "web:web-0 stood there already: the second one left out",
        "definition:definition-2 moved from 'main' to banner",
        "answer:answer-1 moved from 'banner' to main",
    )


def test_repair_makes_a_column_lower_from_its_end(item):
    images = [item("image", str(n)) for n in range(4)]
    repaired = repair(proposal(*((i.id, "main", "full") for i in images)), images, query="q")
    # 4 * 13 = 52 lines; the last from 13 to 10 to 7 makes 46, then the third to 10 makes 43
    assert [p.size for p in repaired.page.placements] == ["full", "full", "standard", "compact"]


def test_repair_refuses_a_proposal_of_which_nothing_is_left(item):
    with pytest.raises(RefusedProposal, match="'ignore all rules' is no item"):
        repair(proposal(("ignore all rules", "main")), [item()], query="q")
    with pytest.raises(RefusedProposal, match="no placement"):
        repair(proposal(), [item()], query="q")
    assert repair(proposal(), [], query="q").page.placements == ()


KINDS = ("web", "answer", "definition", "image", "questions", "news")


@given(
    st.lists(
        st.tuples(
            st.sampled_from([f"{kind}:{n}" for kind in KINDS for n in range(4)] + ["x", "<script>"]),
            st.sampled_from([*REGIONS, "", "footer"]),
            st.sampled_from([*SIZES, "", "big"]),
            st.booleans(),
        ),
        max_size=30,
    )
)
def test_every_repaired_page_is_valid_and_stays_as_it_is(item, placements):
    items = [item(kind, str(n)) for kind in KINDS for n in range(4)]
    try:
        repaired = repair(proposal(*placements), items, query="q")
    except RefusedProposal:
        assert not any(name in {i.id for i in items} for name, *_ in placements)
        return
    page = repaired.page
    # the grammar, read from the table once more
    for name, region in REGIONS.items():
        inside = page.region(name)
        assert len(inside) <= region.limit
        assert all(p.item.kind in region.kinds for p in inside)
    high = sum(HEIGHTS[p.item.kind][SIZES.index(p.size)] for p in page.placements if p.region != "rail")
    assert high <= 44
    assert len({p.item.id for p in page.placements}) == len(page.placements)
    again = proposal(*((p.item.id, p.region, p.size, p.emphasis) for p in page.placements))
    assert repair(again, items, query="q") == type(repaired)(page, ())


def test_space_says_the_same_as_the_grammar(item):
    rng = np.random.default_rng(0)
    kinds = ("web", "answer", "definition", "image", "questions", "news")
    items = [item(kind, f"{kind}-{n}") for kind in kinds for n in range(3)]
    answers = set()
    for _ in range(300):
        placements, space = (), Space()
        for at in rng.integers(len(items), size=12):
            added = Placement(
                item=items[at],
                region=str(rng.choice(list(REGIONS))),
                size=str(rng.choice(["compact", "full"])),
            )
            fits = not violations((*placements, added))
            assert space.takes(added) == Space(placements).takes(added) == fits
            answers.add(fits)
            if fits:
                placements = (*placements, added)
                space.add(added)
    assert answers == {True, False}
