"""Training runs on the real dialogues, small and uncompiled."""

import math
from collections import Counter

import pytest
import torch

from tenfold.corpora import ChangedCorpus, corpus_config, load_text
from tenfold.lm import DecoderConfig, TrainingConfig, train_parameters, train_runs
from tenfold.lm.hugging_face import to_hugging_face
from tenfold.lm.training import test_loss as loss_on_test_windows


def config(**settings) -> dict:
    settings = {"steps": 40, "lr": 0.01, "test_windows": 64} | settings
    return TrainingConfig(DecoderConfig(16), corpus_config("chat"), **settings).to_json()


def test_training_beats_the_entropy_of_single_bytes():
    text = load_text("chat").test
    counts = Counter(text)
    entropy = -sum(n / len(text) * math.log(n / len(text)) for n in counts.values())
    [result] = train_runs([config(steps=300, lr=0.02, test_windows=256)])
    assert result["metrics"]["loss"] < entropy - 0.3


def test_same_configuration_gives_the_same_run_to_the_last_bit():
    assert train_runs([config()]) == train_runs([config()])


def test_another_seed_gives_another_run_and_another_rate_too():
    losses = [run["metrics"]["loss"] for run in train_runs([config(), config(seed=1), config(lr=0.003)])]
    assert len(set(losses)) == 3


def test_run_trained_among_others_is_the_run_trained_alone():
    configs = [config(), config(seed=1), config(lr=0.003)]
    together = [run["metrics"]["loss"] for run in train_runs(configs)]
    alone = [train_runs([one])[0]["metrics"]["loss"] for one in configs]
    # Rounding only: forty steps from float32 stay within 1e-5 of forty steps in float64.
    assert together == pytest.approx(alone, abs=1e-5)


def test_diverged_run_is_nan_in_its_own_row_only():
    together = train_runs([config(), config(lr=1e12), config(seed=1)])
    losses = [run["metrics"]["loss"] for run in together]
    assert math.isnan(losses[1])
    alone = [train_runs([config(seed=seed)])[0]["metrics"]["loss"] for seed in (0, 1)]
    assert [losses[0], losses[2]] == pytest.approx(alone, abs=1e-5)


def test_test_loss_is_that_of_the_hugging_face_model_on_windows_cut_by_hand():
    run = config(test_windows=50)
    parameters, _ = train_parameters([run])
    text, context = load_text("chat").test, 64
    last = (len(text) - 1) // context
    pieces = [text[start : start + context + 1] for start in (i * last // 50 * context for i in range(50))]
    tokens = torch.tensor([list(piece) for piece in pieces])
    with torch.no_grad():
        logits = to_hugging_face(parameters, DecoderConfig(16))(tokens[:, :-1]).logits
    expected = torch.nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten()).item()
    assert loss_on_test_windows(parameters, TrainingConfig.from_json(run)).item() == pytest.approx(
        expected, abs=1e-5
    )


def test_curve_falls_from_the_loss_of_the_initial_model_and_ends_at_the_last_step():
    [run] = train_runs([config(steps=48, lr=0.02)])
    steps, losses = zip(*run["curve"], strict=True)
    assert steps == tuple(range(2, 49, 2))
    assert losses[0] > math.log(256)
    assert losses[-1] < losses[0] - 2


def test_configuration_survives_its_json_form():
    assert TrainingConfig.from_json(config(schedule="wsd")).to_json() == config(schedule="wsd")


def test_horizon_is_steps_times_batch_times_context():
    assert TrainingConfig.from_json(config(steps=10, batch=3, context=7)).tokens == 210


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"steps": 0}, "steps is 0; allowed: a positive whole number"),
        ({"batch": 2.5}, "batch is 2.5"),
        ({"lr": 0.0}, "lr is 0.0; allowed: a positive number"),
        ({"lr": math.nan}, "lr is nan"),
        ({"schedule": "step"}, "schedule is 'step'; allowed: cosine, linear, wsd"),
    ],
    ids=["no steps", "half a window", "no rate", "rate nan", "unknown schedule"],
)
def test_impossible_settings_are_refused_by_name(settings, message):
    with pytest.raises(ValueError, match=message):
        config(**settings)


def test_unknown_setting_is_refused_by_name():
    with pytest.raises(ValueError, match="unknown training settings: momentum"):
        train_runs([config() | {"momentum": 0.9}])


def test_runs_of_different_shape_are_not_trained_as_one():
    with pytest.raises(ValueError, match="differ in batch: 4, 8"):
        train_runs([config(), config(batch=8)])


def test_run_longer_than_the_text_is_refused():
    with pytest.raises(ValueError, match="training text has"):
        train_runs([config(steps=100_000)])


def test_corpus_with_another_fingerprint_is_refused():
    with pytest.raises(ChangedCorpus, match="the configuration names 'feedfeedfeedfeed'"):
        train_runs([config() | {"corpus": {"name": "chat", "fingerprint": "feedfeedfeedfeed"}}])
