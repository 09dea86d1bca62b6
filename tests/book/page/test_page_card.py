import pytest

from tenfold.book.page import Cost, card

COSTS = {
    "smoke": Cost(0.25, 1, "2 cores"),
    "laptop": Cost(4, 1.5, "2 cores"),
    "gpu": Cost(300, 40, "one <GPU>"),
}


def test_a_card_says_what_reading_and_running_take(shown, ledger_of):
    card(
        ledger_of({"id": "C1"}),
        question="Does it <fall>?",
        prerequisites="gradient descent",
        read_minutes=20,
        profiles=COSTS,
    )
    for part in (
        "Does it <fall>?",
        "gradient descent",
        "20 minutes",
        "A. Author, B. Author",
        "A <i>paper</i>",
    ):
        assert part in shown.page.text
        assert part in shown.text
    assert shown.page.all("a") == [{"href": "https://arxiv.org/abs/2409.19913"}]
    assert "To run (smoke): about 15 s, 1 GB memory, 2 cores" in shown.text
    assert "To run (laptop): about 4 min, 1.5 GB memory, 2 cores" in shown.text
    assert "gpu : about 5 h, 40 GB memory, one <GPU>" in shown.page.text


def test_an_unknown_profile_is_refused(ledger_of):
    with pytest.raises(ValueError, match="profiles must be among smoke, laptop, gpu, got cluster"):
        card(
            ledger_of({"id": "C1"}),
            question="?",
            prerequisites="-",
            read_minutes=1,
            profiles={"cluster": Cost(1, 1, "x")},
        )
