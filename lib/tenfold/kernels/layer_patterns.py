"""The S2 pattern of each layer of a Hugging Face decoder, from its config."""

import warnings
from functools import lru_cache

from transformers import PretrainedConfig

from tenfold.kernels.pattern import PatternWarning, S2Pattern


def layer_pattern(config: PretrainedConfig, layer: int) -> S2Pattern:
    """Pattern of one layer; raises ValueError where the config has none."""
    if not getattr(config, "s2", None):
        raise ValueError(
            "config has no S2 pattern: call tenfold.kernels.hugging_face.set_s2(config, ...) first"
        )
    settings = dict(config.s2)
    dense = layer in settings.pop("dense_layers")
    heads = config.num_attention_heads
    return _pattern(
        heads, config.num_key_value_heads, heads if dense else None, tuple(sorted(settings.items()))
    )


@lru_cache
def _pattern(heads: int, kv_heads: int, dense_heads: int | None, settings: tuple) -> S2Pattern:
    arguments = dict(settings) if dense_heads is None else dict(settings) | {"dense_heads": dense_heads}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PatternWarning)  # `set_s2` warned when the pattern was chosen
        return S2Pattern(heads, **arguments, kv_heads=kv_heads)
