"""Training on mixtures: rules on a small corpus made here, learning and testing on the real one."""

import math
from dataclasses import replace

import pytest
import torch

from tenfold.corpora import ChangedCorpus
from tenfold.corpora.catalogs import FAMILIES, LANGUAGES, ParallelCorpus, load_catalogs
from tenfold.lm import DecoderConfig, mixture
from tenfold.lm.hugging_face import to_hugging_face
from tenfold.lm.mixture import MixtureConfig, catalogs_config, train_mixtures

MODEL = DecoderConfig(8)
GROUPS = {"Germanic": ["de", "nl"], "Romance": ["fr"], "Slavic": ["ru"]}


def letters(alphabet: bytes, length: int, seed: int) -> bytes:
    drawn = torch.randint(len(alphabet), (length,), generator=torch.Generator().manual_seed(seed))
    return bytes(alphabet[i] for i in drawn)


ALPHABETS = {"de": b"abcd", "nl": b"abce", "fr": b"mnop", "ru": b"wxyz"}
SMALL = ParallelCorpus(
    train={language: letters(alphabet, 40_000, 1) for language, alphabet in ALPHABETS.items()},
    test={language: letters(alphabet, 700, 2) for language, alphabet in ALPHABETS.items()},
)


@pytest.fixture
def small(monkeypatch) -> None:
    monkeypatch.setattr(mixture, "load_catalogs", lambda: SMALL)


def config(germanic=0.5, romance=0.3, slavic=0.2, **settings) -> dict:
    shares = {"Germanic": germanic, "Romance": romance, "Slavic": slavic}
    settings = {"corpus": mixture.catalogs_config(), "groups": GROUPS, "shares": shares} | settings
    return MixtureConfig(MODEL, **{"steps": 20, "lr": 0.02} | settings).to_json()


def losses(configs: list[dict]) -> list[list[float]]:
    return [list(run["metrics"].values()) for run in train_mixtures(configs)]


def real_config(**shares: float) -> dict:
    shares = dict.fromkeys(FAMILIES, 0.0) | shares
    groups = {family: list(languages) for family, languages in FAMILIES.items()}
    return MixtureConfig(
        MODEL, corpus=catalogs_config(), groups=groups, shares=shares, steps=40, lr=0.02, test_windows=40
    ).to_json()


def test_a_model_is_better_than_another_on_the_family_it_was_trained_on():
    names = ("Germanic", "Slavic", "Sinitic")
    runs = train_mixtures([real_config(**{family: 1.0}) for family in names])
    assert list(runs[0]["metrics"]) == [f"loss.{language}" for language in LANGUAGES]
    loss = [
        [
            sum(run["metrics"][f"loss.{language}"] for language in FAMILIES[tested]) / len(FAMILIES[tested])
            for tested in names
        ]
        for run in runs
    ]
    for own in range(3):
        assert loss[own][own] < min(loss[other][own] for other in range(3) if other != own) - 0.1
        assert loss[own][own] < math.log(256) - 1


def test_reported_loss_is_that_of_the_hugging_face_model_on_windows_cut_by_hand(monkeypatch):
    parameters = torch.randn(MODEL.n_parameters, generator=torch.Generator().manual_seed(1)) * 0.3
    monkeypatch.setattr(mixture, "initial_parameters", lambda model, seed: parameters.clone())
    untouched = real_config(Germanic=1.0) | {"steps": 1, "lr": 1e-12, "test_windows": None}
    [run] = train_mixtures([untouched])
    model = to_hugging_face(parameters, MODEL)
    for language in ("de", "zh_HK"):
        text = load_catalogs().test[language]
        pieces = [text[start : start + 65] for start in range(0, len(text) - 64, 64)]
        tokens = torch.tensor([list(piece) for piece in pieces])
        with torch.no_grad():
            logits = model(tokens[:, :-1]).logits
        expected = torch.nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten()).item()
        assert run["metrics"][f"loss.{language}"] == pytest.approx(expected, abs=2e-5)


def test_a_corpus_with_another_fingerprint_is_refused(small):
    with pytest.raises(ChangedCorpus, match=r"names .*'feedfeedfeedfeed'.*make setup"):
        train_mixtures([config(corpus={"name": "catalogs", "fingerprint": "feedfeedfeedfeed"})])


def test_training_learns_the_letters_of_each_language(small):
    [run] = train_mixtures([config(steps=200, lr=0.05)])
    assert run["metrics"].keys() == {"loss.de", "loss.nl", "loss.fr", "loss.ru"}
    # Letters are drawn alike, so that no model is below log 4 but by chance.
    assert all(math.log(4) - 0.05 < loss < math.log(4) + 0.35 for loss in run["metrics"].values())


def test_a_group_of_share_zero_is_not_trained_on(small, monkeypatch):
    runs = [config(0.6, 0.4, 0.0), config(0.0, 0.4, 0.6)]
    before = train_mixtures([runs[0]])
    other_text = replace(SMALL, train=SMALL.train | {"ru": letters(b"0123", 40_000, 3)})
    monkeypatch.setattr(mixture, "load_catalogs", lambda: other_text)
    corpus = {"corpus": mixture.catalogs_config()}
    assert train_mixtures([runs[0] | corpus]) == before
    assert train_mixtures([runs[1] | corpus]) != before


def test_a_language_in_no_group_is_tested_and_not_trained_on(small, monkeypatch):
    run = config(groups={"Germanic": ["de"], "Romance": ["fr"], "Slavic": ["ru"]})
    [before] = train_mixtures([run])
    assert "loss.nl" in before["metrics"]
    other_text = replace(SMALL, train=SMALL.train | {"nl": b"0" * 40_000})
    monkeypatch.setattr(mixture, "load_catalogs", lambda: other_text)
    assert train_mixtures([run | {"corpus": mixture.catalogs_config()}]) == [before]


def test_runs_trained_as_one_are_the_runs_trained_alone(small):
    regrouped = {"groups": {"Germanic": ["ru"], "Romance": ["fr", "nl"], "Slavic": ["de"]}}
    configs = [config(), config(seed=1), config(lr=0.003), config(0.1, 0.1, 0.8), config(**regrouped)]
    together = losses(configs)
    # Rounding only, as in training on one text.
    for run, alone in zip(together, [losses([one])[0] for one in configs], strict=True):
        assert run == pytest.approx(alone, abs=1e-5)
    assert len(set(map(tuple, together))) == len(configs)


def test_same_configuration_gives_the_same_run_to_the_last_bit(small):
    assert train_mixtures([config()]) == train_mixtures([config()])


def test_diverged_run_is_nan_in_its_own_row_only(small):
    first, diverged, last = losses([config(), config(lr=1e12), config(seed=1)])
    assert all(map(math.isnan, diverged))
    assert first + last == pytest.approx(losses([config()])[0] + losses([config(seed=1)])[0], abs=1e-5)


def test_fewer_test_windows_give_the_mean_over_those(small):
    parts = []
    for count in (1, 2, 10, None):
        [run] = train_mixtures([config(steps=2, test_windows=count)])
        parts.append(run["metrics"]["loss.de"])
    assert len(set(parts[:3])) == 3
    assert parts[2] == parts[3]  # 700 bytes are 10 windows of 64


def test_curve_falls_and_ends_at_the_last_step(small):
    [run] = train_mixtures([config(steps=48, lr=0.05)])
    steps, curve = zip(*run["curve"], strict=True)
    assert steps == tuple(range(3, 49, 3))
    assert curve[-1] < curve[0] - 1


def test_horizon_is_steps_times_batch_times_context(small):
    assert MixtureConfig.from_json(config(steps=10, batch=3, context=7)).tokens == 210


def test_configuration_survives_its_json_form(small):
    assert MixtureConfig.from_json(config(seed=3)).to_json() == config(seed=3)


IMPOSSIBLE = {
    "no steps": ({"steps": 0}, "steps is 0; allowed: a positive whole number"),
    "half a window": ({"batch": 2.5}, "batch is 2.5"),
    "no context": ({"context": -1}, "context is -1"),
    "rate zero": ({"lr": 0.0}, "lr is 0.0; allowed: a positive number"),
    "rate nan": ({"lr": math.nan}, "lr is nan"),
    "no test windows": ({"test_windows": 0}, "test_windows is 0; allowed: a positive whole number, or None"),
    "unknown language": ({"groups": GROUPS | {"Slavic": ["xx"]}}, "'Slavic' has 'xx'; allowed: de, nl"),
    "language twice": ({"groups": GROUPS | {"Slavic": ["de"]}}, "'de' stands in 'Germanic' and in 'Slavic'"),
    "empty group": ({"groups": GROUPS | {"Slavic": []}}, "'Slavic' has no language"),
    "share missing": (
        {"shares": {"Germanic": 1.0}},
        "shares are of Germanic; the groups are Germanic, Romance",
    ),
    "share negative": ({"romance": -0.1, "slavic": 0.6}, "'Romance' has -0.1; allowed: 0 to 1"),
    "share nan": ({"romance": math.nan}, "'Romance' has nan; allowed: 0 to 1"),
    "shares below one": ({"slavic": 0.1}, "shares sum to 0.9; they must sum to 1"),
}


@pytest.mark.parametrize(("settings", "message"), IMPOSSIBLE.values(), ids=IMPOSSIBLE.keys())
def test_impossible_settings_are_refused_by_name(settings, message, small):
    with pytest.raises(ValueError, match=message):
        config(**settings)


def test_unknown_setting_is_refused_by_name(small):
    with pytest.raises(ValueError, match="unknown settings of a mixture: momentum"):
        train_mixtures([config() | {"momentum": 0.9}])


def test_runs_of_different_shape_are_not_trained_as_one(small):
    with pytest.raises(ValueError, match="differ in steps: 20, 21"):
        train_mixtures([config(), config(steps=21)])


def test_a_share_larger_than_the_text_is_refused(small):
    with pytest.raises(ValueError, match=r"group 'Slavic' has 624 windows of 64 tokens; .*needs 640"):
        train_mixtures([config(0.1, 0.1, 0.8, steps=100)])
