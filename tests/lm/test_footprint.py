"""Memory of decoders against numbers worked out by hand and against caches that are really filled."""

import pytest
import torch
from transformers import DynamicCache, LlamaConfig, LlamaForCausalLM, Phi3Config

from tenfold.kernels import S2Pattern
from tenfold.lm.footprint import decode_bandwidth, kv_cache_bytes, parameter_counts, weight_bytes
from tenfold.lm.phi3 import (
    SMALL_PATTERN,
    SMALL_SPARSE_LAYERS,
    WINDOW,
    phi3_config,
    phi3_parameter_counts,
)

MINI, SMALL, MEDIUM = (phi3_config(name) for name in ("mini", "small", "medium"))
TINY = LlamaConfig(
    vocab_size=50,
    hidden_size=32,
    intermediate_size=64,
    num_hidden_layers=3,
    num_attention_heads=4,
    num_key_value_heads=2,
    tie_word_embeddings=False,
)


def test_phi_3_mini_by_hand():
    counts = parameter_counts(MINI)
    assert counts["embedding"] == counts["head"] == 32064 * 3072
    assert counts["attention"] == 32 * 4 * 3072**2
    assert counts["feed-forward"] == 32 * 3 * 3072 * 8192
    assert counts["norms"] == 65 * 3072
    assert counts["total"] == 3_821_079_552


def test_phi_3_mini_is_the_default_of_its_class():
    assert phi3_parameter_counts("mini") == parameter_counts(Phi3Config())


def test_phi_3_small_by_hand():
    counts = phi3_parameter_counts("small")
    width, kv_width, ffn = 4096, 8 * 128, 14336
    attention = width * (width + 2 * kv_width) + (width + 2 * kv_width) + width * width + width
    feed_forward = 2 * (width * ffn + ffn) + ffn * width + width
    assert counts["embedding"] == 100352 * width
    assert counts["head"] == 0
    assert counts["attention"] == 32 * attention
    assert counts["feed-forward"] == 32 * feed_forward
    assert counts["norms"] == 65 * 2 * width
    assert counts["total"] == sum(counts.values()) - counts["total"] == 7_392_272_384


def test_phi_3_medium_has_14_billion_parameters():
    attention = 40 * (2 * 5120**2 + 2 * 5120 * 1280)
    assert parameter_counts(MEDIUM)["attention"] == attention
    assert parameter_counts(MEDIUM)["total"] == 13_960_238_080


@pytest.mark.parametrize("tied", [False, True])
def test_counts_are_those_of_a_real_model(tied):
    config = LlamaConfig(**TINY.to_dict() | {"tie_word_embeddings": tied})
    counts = parameter_counts(config)
    assert counts["total"] == LlamaForCausalLM(config).num_parameters()
    assert counts["head"] == (0 if tied else 50 * 32)
    assert counts["total"] == sum(value for part, value in counts.items() if part != "total")


def test_weight_bytes_by_hand():
    assert weight_bytes(1000, bits=16) == 2000
    assert weight_bytes(1024, bits=4, group=32) == 512 + 64
    assert weight_bytes(1024, bits=4, group=32, overhead_bits=20) == 512 + 80


def test_four_bits_of_phi_3_mini_are_1_9_gb_and_1_8_gib():
    weights = weight_bytes(3_821_079_552, bits=4)
    assert weights == 1_910_539_776
    assert weights / 2**30 == pytest.approx(1.779, abs=5e-4)
    grouped = [weight_bytes(3_821_079_552, bits=4, group=group) / 2**30 for group in (32, 64, 128)]
    assert grouped == pytest.approx([2.002, 1.891, 1.835], abs=5e-4)


def test_twelve_tokens_a_second_read_every_byte_twelve_times():
    assert decode_bandwidth(1_910_539_776, tokens_per_second=12) == 22_926_477_312
    assert decode_bandwidth(1000, 500, tokens_per_second=4) == 6000


def test_the_cache_is_as_large_as_one_that_is_filled():
    cache = DynamicCache(config=TINY)
    with torch.no_grad():
        LlamaForCausalLM(TINY)(torch.arange(17)[None], past_key_values=cache)
    stored = sum(t.numel() * t.element_size() for layer in cache.layers for t in (layer.keys, layer.values))
    assert kv_cache_bytes(TINY, 17, bytes_per_number=4) == stored


def test_phi_3_caches_by_hand():
    assert kv_cache_bytes(MINI, 1) == 384 * 1024
    assert kv_cache_bytes(MEDIUM, 1) == 200 * 1024
    assert kv_cache_bytes(MINI, 4096) == 3 * 2**29
    assert kv_cache_bytes(MINI, 4096, window=WINDOW) == 2047 * 384 * 1024
    assert kv_cache_bytes(MEDIUM, 4096, window=WINDOW) == 2047 * 200 * 1024
    assert kv_cache_bytes(SMALL, 1) == 128 * 1024


@pytest.mark.parametrize(("tokens", "blocks"), [(1024, 16), (2048, 24), (8192, 72), (131072, 1032)])
def test_the_sparse_layers_of_phi_3_small_by_hand(tokens, blocks):
    # 16 local blocks, and of the earlier ones those that four of the eight residues reach
    assert blocks == 16 + (tokens // 64 - 16) // 2
    patterns = dict.fromkeys(SMALL_SPARSE_LAYERS, SMALL_PATTERN)
    numbers = 2 * 8 * 128 * (16 * tokens + 16 * 64 * blocks)
    assert kv_cache_bytes(SMALL, tokens, patterns=patterns) == 2 * numbers


def test_a_layer_with_a_pattern_keeps_its_live_blocks():
    pattern = S2Pattern(heads=4, block=4, local_blocks=1, stride=4, kv_heads=2)
    dense, sparse = kv_cache_bytes(TINY, 64), kv_cache_bytes(TINY, 64, patterns={1: pattern})
    per_token = 2 * 8 * 2  # keys and values, width, bytes
    saved = (2 * 64 - 4 * int(pattern.live_kv_blocks(64).sum())) * per_token
    assert saved > 0
    assert dense - sparse == saved


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: kv_cache_bytes(TINY, 0), "tokens is 0"),
        (lambda: weight_bytes(10, bits=0), "bits is 0"),
        (lambda: weight_bytes(10, bits=4, group=0), "group is 0"),
        (lambda: decode_bandwidth(10, tokens_per_second=0), "tokens_per_second is 0"),
        (lambda: decode_bandwidth(10, -1, tokens_per_second=1), "cache is -1; allowed: bytes, 0 or more"),
        (lambda: phi3_config("large"), "name is 'large'; allowed: 'mini', 'small', 'medium'"),
        (
            lambda: kv_cache_bytes(
                TINY, 8, patterns={5: S2Pattern(heads=4, block=4, local_blocks=1, stride=4)}
            ),
            "names layer 5; allowed: 0 to 2",
        ),
        (
            lambda: kv_cache_bytes(
                TINY, 8, patterns={0: S2Pattern(heads=8, block=4, local_blocks=1, stride=4)}
            ),
            "has 8 heads",
        ),
    ],
)
def test_impossible_requests_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
