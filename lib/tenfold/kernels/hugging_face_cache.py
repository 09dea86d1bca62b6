"""A cache for `generate` that drops what S2-Attention no longer reads."""

from torch import Tensor
from transformers import Cache, PretrainedConfig
from transformers.cache_utils import CacheLayerMixin

from tenfold.kernels.decode import S2Cache
from tenfold.kernels.layer_patterns import layer_pattern
from tenfold.kernels.pattern import S2Pattern


class S2CacheLayer(CacheLayerMixin):
    """One layer's `S2Cache`, which the layer's attention fills after it has read it.

    transformers hands attention the tensors that `update` returns, not the cache: the new keys carry it.
    """

    is_sliding = False

    def __init__(self, pattern: S2Pattern) -> None:
        super().__init__()
        self.pattern = pattern
        self.reset()

    def reset(self) -> None:
        self.cache: S2Cache | None = None
        self._waits = False

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        batch, _, _, head_dim = key_states.shape
        options = {"dtype": key_states.dtype, "device": key_states.device}
        self.cache = S2Cache(self.pattern, batch, head_dim, **options)

    def update(
        self, key_states: Tensor, value_states: Tensor, *_: object, **__: object
    ) -> tuple[Tensor, Tensor]:
        """The new keys and values only, [B, H_kv, new tokens, D]."""
        if self._waits:
            raise RuntimeError(
                "S2ModelCache works with attn_implementation='s2' only, and this model has another"
            )
        if self.cache is None:
            self.lazy_initialization(key_states, value_states)
        self._waits = True
        key_states.s2_layer = self
        return key_states, value_states

    def taken(self) -> S2Cache:
        """The cache, for the attention that will append to it."""
        self._waits = False
        return self.cache

    def get_seq_length(self) -> int:
        return self.cache.time if self.cache else 0

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        return self.get_seq_length() + query_length, 0

    def get_max_length(self) -> int:
        return -1

    def reorder_cache(self, beam_idx: Tensor) -> None:
        if self.cache:
            self.cache.reorder(beam_idx)


class S2ModelCache(Cache):
    """Give it to `generate(past_key_values=...)` of a model with attn_implementation="s2"; one for each text.

    Sparse layers keep live blocks only, dense ones everything.  config: one with a pattern, by `set_s2`, else
    ValueError.  It cannot be cropped (no assisted decoding).
    """

    def __init__(self, config: PretrainedConfig) -> None:
        layers = range(config.num_hidden_layers)
        super().__init__(layers=[S2CacheLayer(layer_pattern(config, n)) for n in layers])

    @property
    def live_bytes(self) -> int:
        """Bytes of the live blocks of all layers."""
        return sum(layer.cache.live_bytes for layer in self.layers if layer.cache)
