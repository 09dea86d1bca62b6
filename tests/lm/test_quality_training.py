"""Training on selections: which windows are seen in which order, how endings are scored, what is refused."""

from collections import Counter
from dataclasses import replace
from hashlib import sha256

import pytest
import torch

from tenfold.corpora.passages import Passage
from tenfold.corpora.text import ChangedCorpus
from tenfold.lm import quality_training
from tenfold.lm.decoder import DecoderConfig, initial_parameters
from tenfold.lm.hugging_face import to_hugging_face
from tenfold.lm.quality_probes import Choice
from tenfold.lm.quality_training import QualityConfig, ending_scores, run_windows, train_quality, windows

MODEL = DecoderConfig(16)
FILES = {
    "raw": [f"raw {n} ".ljust(50, "r") for n in range(200)],
    "filtered": [f"good {n} ".ljust(50, "g") for n in range(100)],
    "synthetic": [f"made {n} {sha256(bytes([n])).hexdigest()[:42]}" for n in range(20)],
}
DATA, PROBES = {"name": "made"}, {"name": "made too"}
PHASED = [{"raw": 0.6}, {"filtered": 0.2, "synthetic": 0.2}]
SHUFFLED = [{"raw": 0.6, "filtered": 0.2, "synthetic": 0.2}]


@pytest.fixture(autouse=True)
def made(monkeypatch):
    def selected(text, seed):
        return [Passage(passage, text, "made") for passage in FILES[text]]

    probe = tuple(Passage("raw 7 ".ljust(80, "r"), "raw", "made") for _ in range(4))
    choices = [Choice("cloze.made", "made", (" r", " g")), Choice("reasoning.made", "raw 1 ", ("rrr", "ggg"))]
    monkeypatch.setattr(quality_training, "selected", selected)
    monkeypatch.setattr(quality_training, "probe_passages", lambda text: probe)
    monkeypatch.setattr(quality_training, "all_choices", lambda items: choices)
    monkeypatch.setattr(quality_training, "quality_data_config", lambda: DATA)
    monkeypatch.setattr(quality_training, "probes_config", lambda tested, items: PROBES)


def config(phases, **settings) -> QualityConfig:
    settings = {"steps": 10, "lr": 0.01, "batch": 5, "context": 24} | settings
    return QualityConfig(MODEL, DATA, PROBES, phases, **settings)


def as_set(some: torch.Tensor) -> set[bytes]:
    return {bytes(row.tolist()) for row in some}


def test_windows_overlap_by_one_byte():
    cut = windows(["abcdefg", "hij"], 4)
    assert [bytes(row.tolist()).decode() for row in cut] == ["abcde", "efg\n\n"]


def test_phases_and_shuffled_see_the_same_windows_in_another_order():
    phased, shuffled = run_windows(config(PHASED)), run_windows(config(SHUFFLED))
    assert sorted(map(bytes, phased.tolist())) == sorted(map(bytes, shuffled.tolist()))
    assert not torch.equal(phased, shuffled)


def test_the_second_phase_comes_second():
    first, second = run_windows(config(PHASED)).split([30, 20])
    assert all(ord("r") in row and ord("g") not in row for row in first.tolist())
    assert not any(row.count(ord("r")) > 5 for row in second.tolist())
    reverse = run_windows(config(PHASED[::-1]))
    assert as_set(reverse[:20]) == as_set(second)


def test_a_short_text_is_repeated_and_a_long_one_is_not(monkeypatch):
    monkeypatch.setitem(FILES, "raw", [sha256(bytes([n])).hexdigest()[:50] for n in range(200)])
    seen = run_windows(config([{"synthetic": 1.0}]))
    cut = len(windows(FILES["synthetic"], 24))
    assert cut < len(seen)
    assert len(as_set(seen)) == cut
    assert set(Counter(map(bytes, seen.tolist())).values()) == {1, 2}
    long = run_windows(config([{"raw": 1.0}]))
    assert len(as_set(long)) == len(long)


def test_arms_differ_in_their_text_and_seeds_in_their_order():
    one, other = run_windows(config([{"raw": 1.0}], seed=0)), run_windows(config([{"raw": 1.0}], seed=1))
    assert not torch.equal(one, other)


def test_endings_are_scored_as_hugging_face_scores_them():
    run = config([{"raw": 1.0}], context=24)
    parameters = initial_parameters(MODEL, 3)[None] + 0.1
    choices = [
        Choice("a", "short", ("one", "three")),
        Choice("b", "a prompt that is much longer than the context", ("x", "yes")),
    ]
    scores = ending_scores(parameters, choices, run)
    assert scores.shape == (1, 2, 2)
    model = to_hugging_face(parameters[0], MODEL)
    for row, choice in zip(scores[0], choices, strict=True):
        for score, ending in zip(row, choice.endings, strict=True):
            tokens = torch.tensor([list(("\n" + choice.prompt + ending).encode())[-25:]])
            logits = model(tokens[:, :-1]).logits.log_softmax(-1)
            each = logits.gather(-1, tokens[:, 1:, None])[0, :, 0]
            assert score.item() == pytest.approx(each[-len(ending) :].sum().item(), abs=1e-4)


def test_a_model_learns_the_text_that_it_is_trained_on():
    runs = [config([{text: 1.0}], steps=60).to_json() for text in ("raw", "filtered")]
    raw, filtered = (result["metrics"] for result in train_quality(runs))
    assert raw["loss.explanations"] < filtered["loss.explanations"] - 0.5
    assert raw["margin.reasoning"] > 0 > filtered["margin.reasoning"]
    assert (raw["reasoning"], filtered["reasoning"]) == (1, 0)


def test_a_run_comes_out_the_same_alone_and_with_others():
    alone = train_quality([config(PHASED).to_json()])[0]
    beside = train_quality([config([{"raw": 1.0}], seed=4).to_json(), config(PHASED).to_json()])[1]
    assert beside["metrics"] == pytest.approx(alone["metrics"], abs=1e-4)


def test_changed_texts_are_refused():
    with pytest.raises(ChangedCorpus, match="make setup"):
        train_quality([replace(config(PHASED), data={"name": "other"}).to_json()])


def test_runs_of_other_shapes_are_not_trained_together():
    with pytest.raises(ValueError, match="differ in steps"):
        train_quality([config(PHASED).to_json(), config(PHASED, steps=11).to_json()])


@pytest.mark.parametrize(
    "phases",
    [[{"raw": 0.5}], [{"raw": 0.5}, {"raw": 0.5}], [{"poems": 1.0}]],
    ids=["not all shares", "a text twice", "an unknown text"],
)
def test_phases_that_do_not_add_up_are_refused(phases):
    with pytest.raises(ValueError, match="phases"):
        config(phases)


@pytest.mark.parametrize("name", ["steps", "batch", "items"])
def test_counts_are_positive(name):
    with pytest.raises(ValueError, match=name):
        config(PHASED, **{name: 0})
