import re

import pytest

from tenfold.serp import Material, fixed_template, render
from tenfold.serp.faults import FAULTS, with_fault


@pytest.fixture
def html(one_of_each):
    return render(fixed_template(Material("q", one_of_each)))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_changes_the_style_and_no_word(html, fault):
    broken = with_fault(html, fault)
    assert FAULTS[fault] in broken
    assert re.sub(r"(?s)<style>.*?</style>", "", broken) == re.sub(r"(?s)<style>.*?</style>", "", html)


def test_what_cannot_be_broken_is_refused(html):
    with pytest.raises(ValueError, match="fault is 'typo': use one of text runs out"):
        with_fault(html, "typo")
    with pytest.raises(ValueError, match="html has no <style>"):
        with_fault("<p>x</p>", "items overlap")
