"""Rescaled positions against transformers' own computation and closed forms; runs of the experiment."""

import json
import math

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM
from transformers.modeling_rope_utils import ROPE_INIT_FUNCTIONS

from tenfold.lm.sparse_decoder import masked_logits
from tenfold.longcontext.documents import documents_config
from tenfold.longcontext.haystack import Haystacks
from tenfold.longcontext.rescaling import TUNED_METHODS, RescalingConfig, train_rescaled, trained_model
from tenfold.longcontext.rotary_scaling import METHODS, longrope_factors, rescaled, rope_parameters

CONTEXT, BASE, PAIRS = 64, 10_000.0, 8


@pytest.fixture(scope="module")
def model():
    """A random decoder with 8 pairs a head, whose logits depend on positions."""
    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=50, hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=2,
            max_position_embeddings=CONTEXT, initializer_range=0.3, bos_token_id=None, eos_token_id=None,
        )
    ).eval()  # fmt: skip


def tokens(length):
    return torch.randint(50, (2, length), generator=torch.Generator().manual_seed(length))


def speeds():
    """Radians a token of each pair, unscaled."""
    return BASE ** (-torch.arange(PAIRS) / PAIRS)


def turned(model, length):
    """Speeds of the pairs and the factor on cosine and sine, after a text of `length` tokens."""
    rotary = model.model.rotary_emb
    cos, _ = rotary(torch.zeros(1), torch.arange(length)[None])
    return rotary.inv_freq, cos[0, 0, 0].item()


@pytest.mark.parametrize("method", METHODS)
def test_a_scale_of_one_changes_nothing(model, method):
    made = rescaled(model, method, 1, context=CONTEXT)
    torch.testing.assert_close(masked_logits(made, tokens(48)), masked_logits(model, tokens(48)))


def test_only_the_copy_is_rescaled(model):
    before = masked_logits(model, tokens(100))
    made = rescaled(model, "linear", 4, context=CONTEXT)
    assert torch.equal(masked_logits(model, tokens(100)), before)
    assert not torch.allclose(masked_logits(made, tokens(100)), before, atol=0.01)


@pytest.mark.parametrize("scale", [2, 4, 8])
def test_speeds_are_those_of_the_closed_forms(model, scale):
    length = scale * CONTEXT
    linear, one = turned(rescaled(model, "linear", scale, context=CONTEXT), length)
    torch.testing.assert_close(linear, speeds() / scale)
    assert one == 1
    dynamic, one = turned(rescaled(model, "dynamic", scale, context=CONTEXT), length)
    larger = BASE * scale ** (PAIRS / (PAIRS - 1))
    torch.testing.assert_close(dynamic, larger ** (-torch.arange(PAIRS) / PAIRS))
    assert one == 1
    assert dynamic[-1].item() == pytest.approx(speeds()[-1].item() / scale, rel=1e-5)
    long, factor = turned(rescaled(model, "longrope", scale, context=CONTEXT), length)
    torch.testing.assert_close(
        long * torch.tensor(longrope_factors(scale, context=CONTEXT, head_dim=2 * PAIRS, base=BASE)), speeds()
    )
    assert factor == pytest.approx(math.sqrt(1 + math.log(scale) / math.log(CONTEXT)))


def test_yarn_keeps_the_fastest_pair_and_slows_the_slow_ones_by_the_scale(model):
    yarn, factor = turned(rescaled(model, "yarn", 8, context=CONTEXT), 100)
    ratio = speeds() / yarn
    assert ratio[0].item() == pytest.approx(1)
    torch.testing.assert_close(ratio[3:], torch.full((PAIRS - 3,), 8.0))
    assert factor == pytest.approx(1 + 0.1 * math.log(8))


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"none"}))
def test_speeds_are_those_that_transformers_computes(method):
    parameters = rope_parameters(method, 4, context=CONTEXT, head_dim=2 * PAIRS, base=BASE)
    config = LlamaConfig(
        hidden_size=64, num_attention_heads=4, max_position_embeddings=CONTEXT, rope_parameters=parameters
    )
    expected, factor = ROPE_INIT_FUNCTIONS[parameters["rope_type"]](config, seq_len=4 * CONTEXT)
    small = LlamaForCausalLM(
        LlamaConfig(hidden_size=64, num_attention_heads=4, num_hidden_layers=1, vocab_size=9,
                    intermediate_size=16, max_position_embeddings=CONTEXT)
    )  # fmt: skip
    speeds, one = turned(rescaled(small, method, 4, context=CONTEXT), 4 * CONTEXT)
    torch.testing.assert_close(speeds, expected)
    assert one == pytest.approx(factor)


def test_longrope_factors_rise_from_one_to_the_scale_at_the_pair_that_turns_once():
    factors = longrope_factors(8, context=CONTEXT, head_dim=2 * PAIRS, base=BASE)
    assert factors[0] == 1
    assert factors == sorted(factors)
    turns = CONTEXT * speeds() / (2 * math.pi)
    assert all(f == 8 for f, t in zip(factors, turns, strict=True) if t <= 1)
    assert all(f < 8 for f, t in zip(factors, turns, strict=True) if t > 1)
    # Geometric between the ends: the ratio of neighbours is the same.
    assert factors[2] / factors[1] == pytest.approx(factors[1] / factors[0])
    assert longrope_factors(8, context=6, head_dim=16, base=BASE) == [8.0] * 8  # no pair turns once


@pytest.mark.parametrize("method", ["dynamic", "longrope plain"])
def test_short_texts_are_read_as_trained_where_factors_depend_on_the_length(model, method):
    made = rescaled(model, method, 8, context=CONTEXT)
    torch.testing.assert_close(masked_logits(made, tokens(48)), masked_logits(model, tokens(48)))


@pytest.mark.parametrize(("sharpened", "plain"), [("none sharpened", "none"), ("linear sharpened", "linear")])
def test_sharpening_changes_the_factor_on_cosine_and_sine_alone(model, sharpened, plain):
    ours, theirs = (turned(rescaled(model, m, 4, context=CONTEXT), 40) for m in (sharpened, plain))
    torch.testing.assert_close(ours[0], theirs[0])
    assert (ours[1], theirs[1]) == (pytest.approx(math.sqrt(1 + math.log(4) / math.log(64))), 1)


def test_long_factors_for_all_texts_differ_from_short_ones_on_short_texts_alone(model):
    ours, fixed = (rescaled(model, m, 8, context=CONTEXT) for m in ("longrope", "longrope long"))
    assert not torch.allclose(masked_logits(ours, tokens(48)), masked_logits(fixed, tokens(48)), atol=0.01)
    torch.testing.assert_close(masked_logits(ours, tokens(100)), masked_logits(fixed, tokens(100)))


def config(**changes):
    return RescalingConfig(**{
        "documents": documents_config(), "stages": [[32, 2]], "lr": 0.005, "tested": 8, "d_model": 16,
        "d_ff": 32, "tokens": 128, "tuned": 1,
    } | changes)  # fmt: skip


def run(*made):
    return [
        result["metrics"] for result in train_rescaled([json.loads(json.dumps(c.to_json())) for c in made])
    ]


def text_of(metrics):
    """As text, since a distance without facts is nan, which no number equals."""
    return json.dumps(metrics, sort_keys=True)


def test_a_configuration_survives_the_record():
    made = config(quantized=[[4, None], [3, 16]], scale=2)
    assert RescalingConfig.from_json(json.loads(json.dumps(made.to_json()))) == made


def test_a_run_alone_is_the_run_in_company():
    plain, long = (
        config(quantized=[[4, 16]]),
        config(scale=2, methods=["dynamic", "longrope"], tuned_methods=["dynamic"]),
    )
    both = run(plain, long)
    assert [text_of(m) for m in both] == [text_of(run(plain)[0]), text_of(run(long)[0])]
    assert text_of(run(config(quantized=[[4, 16]], seed=1))[0]) != text_of(both[0])


def test_quantised_arms_have_the_bytes_of_their_codes_and_scales():
    metrics = run(config(quantized=[[8, 16], [4, None]]))[0]
    layers = 2 * (4 * 16 * 16 + 3 * 16 * 32)
    total = layers + 2 * 16 * Haystacks(documents_config()).vocab + 5 * 16
    rest = 2 * (total - layers)
    assert metrics["q8.16.bytes"] == rest + layers + 3 * layers // 16
    rows = 2 * (4 * 16 + 2 * 32 + 16)
    assert metrics["q4.row.bytes"] == rest + layers // 2 + rows * 2 + rows // 2
    assert metrics["q8.16.share"] == pytest.approx(layers / total)
    assert metrics["q8.16.short.words"] == pytest.approx(metrics["trained.short.words"], abs=0.01)


def test_all_arms_are_measured_at_both_lengths():
    metrics = run(config(scale=4))[0]
    names = {"short.words", "short.right", "long.words", "right.near", "right.far", "right.2", "right.4"}
    for arm in (*METHODS, *(f"{method} tuned" for method in TUNED_METHODS)):
        assert {f"{arm}.{name}" for name in names} <= set(metrics)
    assert {"trained window.long.words", "trained more window.right.far", "trained more.short.words"} <= set(
        metrics
    )
    for name in ("short.words", "short.right"):
        assert metrics[f"none.{name}"] == metrics[f"dynamic.{name}"] == metrics[f"trained.{name}"]


def test_a_window_of_a_long_text_is_read_at_the_positions_of_a_short_one():
    """The loss of the last words of the window, worked out from its own forward pass."""
    made = config(scale=2)
    model, _ = trained_model(made)
    texts = Haystacks(made.documents, "test").draw(8, 64, torch.Generator().manual_seed(2**32 + 64))
    with torch.no_grad():
        log_probs = model(texts.tokens[:, 32:]).logits.log_softmax(-1)
    targets = texts.targets[:, 32:]
    words = targets >= 152
    expected = -log_probs[words].gather(-1, targets[words][:, None]).mean().item()
    assert run(made)[0]["trained window.long.words"] == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"stages": [[0, 1]]}, "stages holds"),
        ({"scale": 1}, "scale is 1; allowed: 2 to 4"),
        ({"scale": 8}, "scale is 8"),
        ({"methods": ["ntk"]}, "methods holds ntk; allowed: none, none sharpened"),
        ({"tuned_methods": ["ntk"]}, "tuned_methods holds ntk"),
    ],
)
def test_wrong_configurations_are_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        config(**changes)


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="unknown settings of a rescaling run: step"):
        RescalingConfig.from_json({"step": 1})
    with pytest.raises(ValueError, match=r"method is 'ntk'; allowed: none, none sharpened"):
        rope_parameters("ntk", 2, context=64, head_dim=16, base=BASE)
    with pytest.raises(ValueError, match=r"scale is 0\.5; allowed: 1 or more"):
        longrope_factors(0.5, context=64, head_dim=16, base=BASE)
