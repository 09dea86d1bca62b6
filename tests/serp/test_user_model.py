import math

import numpy as np
import pytest
from pydantic import ValidationError

from tenfold.serp import Intent, Need, Page, Placement, UserModel, UserParameters, estimated_need

PLAIN = UserParameters(patience=1.0, visible=(0.5, 0.8, 1.0), clutter=0.0, noise=0.0)


def need(*intents):
    return Need(intents=tuple(Intent(share=share, relevance=relevance) for share, relevance in intents))


def page(*placements):
    return Page(
        query="q",
        placements=tuple(
            Placement(item=item, region=region, size=size, emphasis=framed)
            for item, region, size, framed in placements
        ),
    )


def test_one_item_satisfies_by_relevance_and_size(item):
    model = UserModel(need((1.0, {"docs:a": 0.9})), PLAIN)
    for size, visible in (("compact", 0.5), ("standard", 0.8), ("full", 1.0)):
        assert model.score(page((item(), "main", size, False))) == pytest.approx(0.9 * visible)


def test_a_frame_saves_half_of_what_is_overlooked(item):
    model = UserModel(need((1.0, {"docs:a": 0.9})), PLAIN)
    assert model.score(page((item(), "main", "compact", True))) == pytest.approx(0.9 * 0.75)


def test_two_items_follow_the_cascade_by_hand(item):
    # patience 0.9 and 4 lines of a standard web snippet: 0.9^4 of those unsatisfied go on
    parameters = PLAIN.model_copy(update={"patience": 0.9})
    model = UserModel(need((1.0, {"docs:a": 0.5, "docs:b": 0.4})), parameters)
    found = model.score(
        page((item(name="a"), "main", "standard", False), (item(name="b"), "main", "full", False))
    )
    assert found == pytest.approx(0.5 * 0.8 + (1 - 0.5 * 0.8) * 0.9**4 * 0.4)


def test_the_banner_is_read_before_the_main_column(item):
    parameters = PLAIN.model_copy(update={"patience": 0.9})
    model = UserModel(need((1.0, {"docs:a": 0.5, "docs:b": 0.4})), parameters)
    web, answer = item("web", "a"), item("answer", "b")
    found = model.score(page((web, "main", "full", False), (answer, "banner", "full", False)))
    assert found == pytest.approx(0.4 + 0.6 * 0.9**9 * 0.5)


def test_a_copy_is_worth_the_stated_part(item):
    model = UserModel(need((1.0, {"docs:a": 0.5})), PLAIN)
    found = model.score(page((item("web"), "main", "full", False), (item("answer"), "main", "full", False)))
    assert found == pytest.approx(0.5 + 0.5 * 0.5 * 0.3)


def test_the_rail_is_read_on_its_own(item):
    model = UserModel(need((1.0, {"docs:a": 0.5, "docs:b": 0.4})), PLAIN)
    found = model.score(page((item(), "main", "full", False), (item("news", "b"), "rail", "full", False)))
    assert found == pytest.approx(1 - (1 - 0.5) * (1 - 0.5 * 0.4))


def test_intents_count_by_their_shares_and_kinds_by_their_suitability(item):
    wanted = Need(
        intents=(
            Intent(share=0.7, relevance={"docs:a": 1.0}, suitable={"web": 0.5}),
            Intent(share=0.3, relevance={"docs:b": 1.0}),
        )
    )
    model = UserModel(wanted, PLAIN)
    assert model.score(page((item(name="a"), "main", "full", False))) == pytest.approx(0.35)
    assert model.score(page((item(name="b"), "main", "full", False))) == pytest.approx(0.3)


def test_clutter_and_frames_drive_readers_away(item):
    parameters = PLAIN.model_copy(update={"calm": 5.0, "clutter": 0.1, "noise": 0.2})
    model = UserModel(need((1.0, {"docs:a": 1.0})), parameters)
    two = page((item(), "main", "full", True), (item(name="b"), "main", "full", True))
    assert model.score(two) == pytest.approx(math.exp(-0.1 * (12 - 5) - 0.2))


def test_an_empty_page_satisfies_nobody():
    assert UserModel(need((1.0, {"docs:a": 1.0}))).score(Page(query="q")) == 0


def test_agrees_with_simulated_readers(item):
    parameters = UserParameters(patience=0.95, rail=0.5, calm=10, clutter=0.02)
    relevance = ({"docs:a": 0.6, "docs:c": 0.5}, {"docs:b": 0.7, "docs:c": 0.2})
    model = UserModel(need((0.6, relevance[0]), (0.4, relevance[1])), parameters)
    shown = page(
        (item("answer", "a"), "banner", "compact", True),
        (item("web", "a"), "main", "standard", False),
        (item("web", "b"), "main", "full", False),
        (item("news", "c"), "rail", "standard", False),
    )
    rng = np.random.default_rng(0)
    heights = {"answer:a": 4, "web:a": 4, "web:b": 6, "news:c": 4}
    visible = {"answer:a": 1 - 0.45 * 0.5, "web:a": 0.8, "web:b": 1.0, "news:c": 0.8}
    readers, satisfied = 40_000, 0
    for _ in range(readers):
        wanted = relevance[0] if rng.random() < 0.6 else relevance[1]
        if rng.random() > math.exp(-0.02 * (18 - 10)):
            continue
        columns = [["answer:a", "web:a", "web:b"]] + [["news:c"]] * (rng.random() < 0.5)
        happy = False
        for column in columns:
            seen = set()
            for name in column:
                document = "docs:" + name[-1]
                again = 0.3 if document in seen else 1.0
                seen.add(document)
                if rng.random() < wanted.get(document, 0) * visible[name] * again:
                    happy = True
                    break
                if rng.random() > 0.95 ** heights[name]:
                    break
        satisfied += happy
    share = satisfied / readers
    assert model.score(shown) == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / readers))


def test_the_estimated_need_takes_the_best_score_of_each_document(item):
    found = estimated_need([item("web", "a", score=0.3), item("answer", "a", score=0.5), item("web", "b")])
    assert found.intents[0].relevance == {"docs:a": 0.5, "docs:b": 0.5}
    assert estimated_need([]).intents[0].relevance == {}


def test_refuses_shares_and_parameters_that_make_no_sense():
    with pytest.raises(ValidationError, match=r"add up to 0\.5"):
        need((0.5, {}))
    with pytest.raises(ValidationError, match="patience"):
        UserParameters(patience=1.5)
