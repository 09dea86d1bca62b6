"""Quantisation against torch's own fake quantisation, closed forms of what is stored, and rounding bounds."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import LlamaConfig, LlamaForCausalLM

from tenfold.lm.quantization import packed, quantize, quantize_model, unpacked


@pytest.fixture
def weight():
    return torch.randn(24, 96, generator=torch.Generator().manual_seed(0))


@given(st.integers(2, 8), st.data())
def test_packing_keeps_every_code(bits, data):
    codes = data.draw(st.lists(st.integers(0, 2**bits - 1), min_size=1, max_size=50))
    stream = packed(torch.tensor(codes, dtype=torch.uint8), bits)
    assert len(stream) == -(-len(codes) * bits // 8)
    assert unpacked(stream, bits, len(codes)).tolist() == codes


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
@pytest.mark.parametrize("group", [8, 32, None])
def test_weights_are_those_of_torchs_fake_quantisation(weight, bits, group):
    quantized = quantize(weight, bits=bits, group=group)
    scales = quantized.scales.float().flatten()
    grouped = weight.reshape(len(scales), -1)
    zeros = (-grouped.amin(1).clamp(max=0) / scales).round().clamp(0, 2**bits - 1).int()
    expected = torch.fake_quantize_per_channel_affine(grouped, scales, zeros, 0, 0, 2**bits - 1)
    torch.testing.assert_close(quantized.dequantized(), expected.view(24, 96))


@pytest.mark.parametrize("bits", [3, 4, 8])
def test_no_weight_moves_by_more_than_a_step(weight, bits):
    quantized = quantize(weight, bits=bits, group=16)
    moved = (quantized.dequantized() - weight).abs().view(24, 6, 16)
    # Half a step by rounding; at the ends of the range half a step more by the rounded zero point.
    assert (moved <= 1.01 * quantized.scales.float()[:, :, None]).all()


def test_the_error_falls_with_bits_and_grows_with_the_group(weight):
    def error(**settings):
        return (quantize(weight, **settings).dequantized() - weight).square().mean().item()

    by_bits = [error(bits=bits, group=32) for bits in (2, 3, 4, 6, 8)]
    by_group = [error(bits=4, group=group) for group in (8, 32, None)]
    assert by_bits == sorted(by_bits, reverse=True)
    assert by_group == sorted(by_group)


def test_what_is_stored_follows_from_bits_and_groups(weight):
    # 24 * 96 codes of 3 bits, 24 * 3 zero points of 3 bits, 24 * 3 scales of 2 bytes.
    assert quantize(weight, bits=3, group=32).nbytes == 24 * 96 * 3 // 8 + 24 * 3 * 3 // 8 + 24 * 3 * 2


@pytest.mark.parametrize("row", [[0.0] * 8, [0.5] * 8, [-2.0] * 8, [0, 0, 0, 0, 0, 0, 0, 3.0]])
def test_constant_and_one_sided_groups_come_back(row):
    back = quantize(torch.tensor([row]), bits=4, group=8).dequantized()
    torch.testing.assert_close(back, torch.tensor([row]), rtol=1e-3, atol=0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda w: quantize(w, bits=1), "bits is 1; allowed: 2 to 8"),
        (lambda w: quantize(w, bits=4, group=7), "group is 7; allowed: a divisor of 96"),
        (lambda w: quantize(w[0], bits=4), r"weight is \[96\]"),
        (lambda w: quantize(w * float("nan"), bits=4), "finite"),
        (lambda w: quantize(w * 1e7, bits=4), "fit float16"),
    ],
)
def test_what_cannot_be_quantised_is_refused(weight, make, message):
    with pytest.raises(ValueError, match=message):
        make(weight)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=50,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=2,
            num_attention_heads=4,
            tie_word_embeddings=False,
        )
    )


def test_a_model_at_8_bits_computes_nearly_the_same_and_at_2_bits_does_not(model):
    tokens = torch.arange(20)[None]
    with torch.no_grad():
        logits = model(tokens).logits
        moved = {
            bits: (quantize_model(model, bits=bits, group=32).model(tokens).logits - logits).std()
            / logits.std()
            for bits in (2, 4, 8)
        }
    assert moved[8] < 0.02 < moved[2]
    assert moved[8] < moved[4] < moved[2]


def test_a_models_bytes_are_those_of_its_layers(model):
    quantized = quantize_model(model, bits=4, group=32)
    linear = 2 * (4 * 32 * 32 + 3 * 32 * 64)
    rest = 2 * 50 * 32 + 5 * 32  # embedding, head, norms
    assert quantized.quantized == pytest.approx(linear / (linear + rest))
    assert quantized.nbytes == linear // 2 + linear // 32 * 2 + linear // 32 // 2 + 2 * rest


def test_the_original_model_stays_as_it_was(model):
    before = [p.clone() for p in model.parameters()]
    quantize_model(model, bits=2)
    assert all(torch.equal(a, b) for a, b in zip(before, model.parameters(), strict=True))


def test_a_group_that_does_not_fit_names_the_layer(model):
    with pytest.raises(ValueError, match=r"model.layers.0.*: group is 48"):
        quantize_model(model, bits=4, group=48)
