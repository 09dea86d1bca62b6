"""The shapes of the three phi-3 models, from the configurations that were published with their checkpoints.

Nothing is fetched. phi-3-mini-4k, phi-3-small-8k, phi-3-medium-4k; report: arXiv 2404.14219.
"""

from transformers import LlamaConfig, Phi3Config, PretrainedConfig

from tenfold.kernels.pattern import S2Pattern
from tenfold.lm.footprint import parameter_counts

WINDOW = 2047  # sliding_window of mini and medium, in tokens; the report does not mention it
SMALL_PATTERN = S2Pattern(heads=32, block=64, local_blocks=16, stride=8, offset=1, kv_heads=8)
SMALL_SPARSE_LAYERS = tuple(range(0, 32, 2))  # the odd layers are dense


def phi3_config(name: str) -> PretrainedConfig:
    """The shape of "mini", "small" or "medium" as a configuration that transformers has a class for.

    small has none: it is given as the Llama of its sizes with biases and tied embeddings, whose parameters
    are the same but for the biases of its norms (see `phi3_parameter_counts`). Raises ValueError.
    """
    if name == "mini":
        return Phi3Config(
            vocab_size=32064,
            hidden_size=3072,
            intermediate_size=8192,
            num_hidden_layers=32,
            num_attention_heads=32,
            num_key_value_heads=32,
        )
    if name == "small":
        return LlamaConfig(
            vocab_size=100352,
            hidden_size=4096,
            intermediate_size=14336,
            num_hidden_layers=32,
            num_attention_heads=32,
            num_key_value_heads=8,
            max_position_embeddings=8192,
            attention_bias=True,
            mlp_bias=True,
            tie_word_embeddings=True,
        )
    if name == "medium":
        return Phi3Config(
            vocab_size=32064,
            hidden_size=5120,
            intermediate_size=17920,
            num_hidden_layers=40,
            num_attention_heads=40,
            num_key_value_heads=10,
        )
    raise ValueError(f"name is {name!r}; allowed: 'mini', 'small', 'medium'")


def phi3_parameter_counts(name: str) -> dict[str, int]:
    """`parameter_counts` of "mini", "small" or "medium", counted on the meta device. Raises ValueError.

    small: plus a bias for each of its 2 * layers + 1 LayerNorms, hidden_size numbers, which Llama's lack.
    """
    config = phi3_config(name)
    counts = parameter_counts(config)
    if name == "small":
        biases = (2 * config.num_hidden_layers + 1) * config.hidden_size
        counts["norms"] += biases
        counts["total"] += biases
    return counts
