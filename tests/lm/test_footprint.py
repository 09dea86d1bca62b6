"""Memory of decoders against numbers worked out by hand and against caches that are really filled."""

import pytest
import torch
from transformers import DynamicCache, LlamaConfig, LlamaForCausalLM, Phi3Config

from tenfold.kernels import S2Pattern
from tenfold.lm.footprint import kv_cache_bytes, parameter_counts, weight_bytes

MINI = Phi3Config()
MEDIUM = Phi3Config(
    hidden_size=5120,
    intermediate_size=17920,
    num_hidden_layers=40,
    num_attention_heads=40,
    num_key_value_heads=10,
)
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
    assert kv_cache_bytes(MINI, 4096, window=2047) == 2047 * 384 * 1024


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
