"""The decoder by itself; its values against Hugging Face's are in test_hugging_face.py."""

import pytest
import torch

from tenfold.lm import DecoderConfig, decoder_logits, initial_parameters, next_token_loss

CONFIG = DecoderConfig(16, layers=2)


def random_tokens(*shape: int, vocab: int = 256) -> torch.Tensor:
    return torch.randint(vocab, shape, generator=torch.Generator().manual_seed(0))


def random_parameters(config: DecoderConfig, runs: int = 1) -> torch.Tensor:
    return torch.randn(runs, config.n_parameters, generator=torch.Generator().manual_seed(1)) * 0.3


def test_logits_do_not_depend_on_later_tokens():
    tokens = random_tokens(1, 1, 20)
    changed = tokens.clone()
    changed[..., 12:] = (changed[..., 12:] + 1) % 256
    parameters = random_parameters(CONFIG)
    before, after = (decoder_logits(parameters, t, CONFIG)[0, 0] for t in (tokens, changed))
    assert torch.equal(before[:12], after[:12])
    assert (before[12:] - after[12:]).abs().amax(1).min() > 1e-3


def test_logits_depend_on_every_earlier_token():
    tokens = random_tokens(1, 1, 12)
    parameters = random_parameters(CONFIG)
    last = decoder_logits(parameters, tokens, CONFIG)[0, 0, -1]
    for position in range(12):
        changed = tokens.clone()
        changed[..., position] = (changed[..., position] + 1) % 256
        assert (decoder_logits(parameters, changed, CONFIG)[0, 0, -1] - last).abs().max() > 1e-4


def test_logits_depend_on_the_distance_of_tokens():
    near, far = (torch.full((1, 1, 10), 32) for _ in range(2))
    near[..., 7], far[..., 2] = 65, 65
    parameters = random_parameters(CONFIG)
    ends = [decoder_logits(parameters, tokens, CONFIG)[0, 0, -1] for tokens in (near, far)]
    assert (ends[0] - ends[1]).abs().max() > 1e-3


@pytest.mark.parametrize("qk_norm", [True, False])
def test_gradient_is_the_finite_difference_of_the_loss(qk_norm):
    config = DecoderConfig(4, layers=2, heads=1, d_ff=6, vocab=7, qk_norm=qk_norm)
    tokens = random_tokens(1, 2, 6, vocab=7)
    parameters = random_parameters(config).double().requires_grad_()
    assert torch.autograd.gradcheck(lambda weights: next_token_loss(weights, tokens, config), parameters)


def test_stacked_models_give_what_each_gives_alone():
    parameters, tokens = random_parameters(CONFIG, runs=3), random_tokens(3, 2, 20)
    stacked = decoder_logits(parameters, tokens, CONFIG)
    exact = decoder_logits(parameters.double(), tokens, CONFIG)
    for run in range(3):
        alone = decoder_logits(parameters[run : run + 1], tokens[run : run + 1], CONFIG)[0]
        # Batched products may add in another order: no farther apart than rounding puts both from the truth.
        rounding = (alone - exact[run]).abs().max().item()
        torch.testing.assert_close(stacked[run], alone, atol=2 * rounding, rtol=0)


def test_loss_of_a_model_is_the_mean_negative_log_probability():
    parameters, tokens = random_parameters(CONFIG, runs=2), random_tokens(2, 3, 9)
    loss = next_token_loss(parameters, tokens, CONFIG)
    for run in range(2):
        probability = decoder_logits(parameters, tokens[..., :-1], CONFIG)[run].softmax(-1)
        chosen = [probability[b, t, tokens[run, b, t + 1]].log().item() for b in range(3) for t in range(8)]
        assert loss[run].item() == pytest.approx(-sum(chosen) / 24, rel=1e-6)


def test_initial_blocks_change_nothing():
    one, three = (DecoderConfig(16, layers=layers) for layers in (1, 3))
    tokens = random_tokens(1, 1, 10)
    logits = [
        decoder_logits(initial_parameters(config, seed=5)[None], tokens, config) for config in (one, three)
    ]
    assert torch.equal(*logits)


def test_initial_embedding_and_projections_have_the_stated_spread():
    config = DecoderConfig(64, heads=4)
    parameters = initial_parameters(config, seed=0)
    random = parameters[(parameters != 0) & (parameters != 1)]
    # 256 * 64 embeddings, 64 * 192 and 64 * 2 * 176 inputs of the blocks.
    assert len(random) == 256 * 64 + 64 * 192 + 64 * 352
    assert random.std().item() == pytest.approx(64**-0.5, rel=0.02)
    assert random.mean().abs() < 0.125 / len(random) ** 0.5 * 4


def test_initial_parameters_depend_on_the_seed_alone():
    torch.manual_seed(99)
    first = initial_parameters(CONFIG, seed=3)
    torch.manual_seed(100)
    assert torch.equal(first, initial_parameters(CONFIG, seed=3))
    assert not torch.equal(first, initial_parameters(CONFIG, seed=4))


def test_number_of_parameters_by_hand():
    # 256*24 embedding, 24*72 qkv, 24*24 out, 24*2*64 gate and up, 64*24 down, gains 24 + 24 + 24 + 12 + 12
    assert DecoderConfig(24).n_parameters == 6144 + 1728 + 576 + 3072 + 1536 + 96


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"d_model": 0}, "d_model is 0; allowed: a positive whole number"),
        ({"d_model": 16, "layers": 1.5}, "layers is 1.5"),
        ({"d_model": 16, "vocab": -1}, "vocab is -1"),
        ({"d_model": 20, "heads": 3}, r"d_model is 20 with heads=3; allowed: a multiple of 2 \* heads"),
        ({"d_model": 6, "heads": 2}, "d_model is 6"),
    ],
    ids=["no width", "half a layer", "negative vocabulary", "odd split", "odd head"],
)
def test_impossible_shapes_are_refused_by_name(settings, message):
    with pytest.raises(ValueError, match=message):
        DecoderConfig(**settings)
