import json

import pytest
import torch

from tenfold.longcontext.documents import documents_config
from tenfold.longcontext.experiment import MemoryConfig, train_with_memory, trained_model
from tenfold.longcontext.haystack import Haystack, Haystacks
from tenfold.longcontext.knn_attention import KnnAttention
from tenfold.longcontext.measured import age_bins, ages, answers, head_measures, word_losses
from tenfold.longcontext.settings import KnnSettings

MEMORY = {"window": 32, "layers": [0, 1], "k": 8}


def config(**changes):
    arms = {"bare": {"settings": {"window": 32}}, "memory": {"settings": MEMORY}}
    return MemoryConfig(**{
        "task": "facts", "window": 32, "base": 32, "stages": [[32, 2]], "lr": 0.005, "arms": arms,
        "tested": 32,
        "d_model": 16, "tokens": 128,
    } | changes)  # fmt: skip


def run(made):
    return train_with_memory([json.loads(json.dumps(made.to_json()))])[0]["metrics"]


def text_of(metrics):
    """As text, since a bin without facts is nan, which no number equals."""
    return json.dumps(metrics, sort_keys=True)


def test_a_configuration_survives_the_record():
    made = config()
    assert MemoryConfig.from_json(json.loads(json.dumps(made.to_json()))).to_json() == made.to_json()


def test_a_run_is_a_function_of_its_configuration():
    assert text_of(run(config())) == text_of(run(config()))
    assert text_of(run(config())) != text_of(run(config(seed=1)))


@pytest.mark.slow
def test_a_trained_model_answers_near_facts_alone_and_far_ones_with_its_memory():
    metrics = run(config(
        stages=[[32, 80], [64, 60]], window=64, base=64, d_model=64, tokens=2048,
        arms={
            "bare": {"settings": {"window": 64}},
            "memory": {"settings": {"window": 64, "layers": [0, 1], "k": 8}},
            "foreign": {"settings": {"window": 64, "layers": [0, 1], "k": 8}, "stored": "foreign"},
            "frozen": {"settings": {"window": 64, "layers": [0, 1], "k": 8}, "stored": "prompt"},
        },
    ))  # fmt: skip
    assert metrics["bare.right.1"] > 0.9
    assert metrics["bare.right.8"] < 0.2
    assert metrics["memory.right.8"] > 0.8
    assert metrics["foreign.right.8"] < 0.2
    assert metrics["frozen.right.2"] < 0.25
    assert metrics["frozen.right.8"] > 0.8


def test_documents_give_losses_of_words_and_measures_of_heads():
    metrics = run(config(documents=documents_config()))
    assert {"bare.words", "memory.words.7", "left.0", "mass.8.1.3", "asked.32.0.0", "overlap.8.0.0"} <= set(
        metrics
    )
    assert all(0 <= metrics[f"mass.8.{layer}.{head}"] <= 1 for layer in (0, 1) for head in range(4))


def test_further_training_is_tested_with_and_without_the_memory():
    metrics = run(config(tuned=1))
    assert {f"{how} {arm}.right.2" for how in ("plain", "aware") for arm in ("bare", "memory")} <= set(
        metrics
    )


def test_a_majority_run_is_tested_at_all_lengths():
    metrics = run(config(task="majority"))
    assert set(metrics) == {f"{arm}.right.{n}" for arm in ("bare", "memory") for n in (1, 2, 4, 8)}


def test_ages_fall_into_the_bins_of_their_distance():
    bins = age_bins(32)
    assert [name for name, (low, high) in bins.items() if low < 33 <= high] == ["2"]
    texts = Haystack(torch.zeros(1, 256), torch.tensor([[0, 255]]), torch.zeros(1, 256))
    assert ages(texts).tolist() == [[256, 1]]


def test_answers_are_judged_against_the_text():
    model, _ = trained_model(config())
    knn = KnnAttention(model, KnnSettings(window=32))
    texts = Haystacks(None).draw(3, 32, torch.Generator().manual_seed(0))
    right, loss = answers(knn, texts.tokens)
    with torch.no_grad():
        logits = model(texts.tokens, use_cache=False).logits[:, -16::2, 136:152]
    wanted = texts.targets[:, -16::2] - 136
    assert torch.equal(right, logits.argmax(-1) == wanted)
    torch.testing.assert_close(loss, -logits.log_softmax(-1).gather(-1, wanted[..., None])[..., 0])
    assert word_losses(knn, texts, 24).isnan().all()  # drawn fillers are not predicted


def test_mass_in_all_states_is_one_and_the_largest_hold_at_least_their_share():
    model, _ = trained_model(config())
    texts = Haystacks(None).draw(2, 128, torch.Generator().manual_seed(0))
    knn = KnnAttention(model, KnnSettings(window=32, layers=(0, 1)))
    knn.read(texts.tokens)
    measures = head_measures(knn, texts.tokens, (24, 96))
    assert measures["mass.96.0.0"] == pytest.approx(1, abs=1e-5)
    assert 0.25 <= measures["mass.24.1.2"] <= 1
    assert measures["overlap.96.0.0"] == pytest.approx(1)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"task": "other"}, "task is 'other'"),
        ({"stages": [[0, 1]]}, "stages holds"),
        ({"arms": {"a": {"settings": {"window": 32}, "stored": "none"}}}, "arm 'a' is"),
        ({"arms": {"a": {"settings": {"window": 32}}}, "tuned": 1}, "needs an arm named 'memory'"),
        ({"arms": {"a": {"settings": {"windows": 32}}}}, "unknown settings of a memory"),
    ],
)
def test_wrong_configurations_are_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        config(**changes)
    with pytest.raises(ValueError, match="unknown settings of a run with memory: step"):
        MemoryConfig.from_json({"step": 1})
