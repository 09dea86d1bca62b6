from itertools import product

import numpy as np
import pytest

from tenfold.serp import Material, UserModel, estimated_need, fixed_template
from tenfold.serp.grammar import REGIONS, SIZES
from tenfold.serp.templates import CLASS_TEMPLATES, Slot, fit_template, lay_out, template


@pytest.fixture
def material(item):
    kinds = ("web", "web", "answer", "definition", "image", "questions", "news", "web")
    return Material("q", tuple(item(k, str(n), score=0.1 * (n + 1)) for n, k in enumerate(kinds)))


def test_words_make_a_template():
    assert template("main web full framed", "rail news compact") == (
        Slot(region="main", kind="web", size="full", emphasis=True),
        Slot(region="rail", kind="news", size="compact"),
    )


def test_slots_take_the_best_items_of_their_kind_in_turn(material):
    page = lay_out(
        template("main web full", "main web compact", "rail web standard", "main image full"), material
    )
    assert [(p.item.id, p.size) for p in page.placements] == [
        ("web:7", "full"),
        ("web:1", "compact"),
        ("image:4", "full"),
    ]


def test_in_standard_size_it_is_the_fixed_template(material):
    slots = [
        "banner answer",
        *["main web"] * 4,
        "main questions",
        "rail definition",
        "rail image",
        "rail news",
    ]
    assert lay_out(template(*(f"{slot} standard" for slot in slots)), material) == fixed_template(material)


def test_every_class_has_a_template_that_the_grammar_allows():
    assert set(CLASS_TEMPLATES) == {"known-item", "informational", "multi-intent", "transactional"}
    for found in CLASS_TEMPLATES.values():
        assert all(slot.kind in REGIONS[slot.region].kinds for slot in found)


def test_a_climb_finds_the_best_template_of_one_slot(item):
    material = Material("q", (item("answer", "a", score=0.5),))
    judge = UserModel(estimated_need(material.items))
    found, value = fit_template([(material, judge)], start=(), steps=400, rng=np.random.default_rng(0))
    brute = max(
        judge.score(lay_out((Slot(region=r, kind="answer", size=s, emphasis=e),), material))
        for r, s, e in product(("banner", "main"), SIZES, (False, True))
    )
    assert value == pytest.approx(brute)
    assert judge.score(lay_out(found, material)) == value


def test_a_climb_never_ends_below_its_start(material):
    worlds = [(material, UserModel(estimated_need(material.items)))]
    start = CLASS_TEMPLATES["informational"]
    before = worlds[0][1].score(lay_out(start, material))
    assert fit_template(worlds, start=start, steps=30, rng=np.random.default_rng(1))[1] >= before
