"""Rotary positions rescaled to a longer context, through transformers' own rotary embeddings.

A dimension pair i of a head of width d turns by position / (lambda_i base^(2i/d)). The ways differ in the
factors lambda_i for s times the trained context L0, and in a factor on cosine and sine.
"""

import copy
import math
from typing import Any

from transformers import PreTrainedModel

METHODS = (
    "none",
    "none sharpened",
    "linear",
    "linear sharpened",
    "dynamic",
    "yarn",
    "longrope",
    "longrope plain",
    "longrope long",
)


def longrope_factors(scale: float, *, context: int, head_dim: int, base: float) -> list[float]:
    """A closed rule for factors by dimension, one for each of the head_dim / 2 pairs.

    lambda_i = scale^min(1, i / c), where c is the (fractional) pair that turns once in `context` tokens: the
    fastest pair keeps its speed, all that never turned fully are slowed by the whole scale, and the
    factors between rise geometrically.  LongRoPE (Ding et al. 2024, arXiv:2402.13753) searches its factors.
    Raises ValueError.
    """
    _check_scale(scale)
    once = head_dim / 2 * math.log(context / (2 * math.pi), base) if context > 2 * math.pi else 0.0
    return [scale ** min(1.0, pair / once) if once else float(scale) for pair in range(head_dim // 2)]


def rope_parameters(method: str, scale: float, *, context: int, head_dim: int, base: float) -> dict[str, Any]:
    """What transformers' configurations hold as `rope_parameters`.  context: L0, the trained tokens.

    "none": unchanged.  "linear": lambda_i = scale (Chen et al. 2023, arXiv:2306.15595).  "dynamic": a larger
    base, by the length of the text at hand ("NTK-aware").  "yarn": a ramp over the turns within L0, and
    0.1 ln(scale) + 1 on cosine and sine (Peng et al. 2023, arXiv:2309.00071).  "longrope":
    `longrope_factors` for texts longer than L0, 1 for others, and sqrt(1 + ln(scale) / ln(L0)) on cosine and
    sine for both; "longrope plain" without this last; "longrope long" with the long factors for all texts.
    "none sharpened", "linear sharpened": with the factor on cosine and sine of "longrope", for all texts.
    Raises ValueError.
    """
    _check_scale(scale)
    common = {"rope_theta": base}
    if method == "none":
        return common | {"rope_type": "default"}
    if method == "dynamic":  # its own factor is beside that of the text's length, which is all that is wanted
        return common | {"rope_type": "dynamic", "factor": 1.0}
    if method == "linear":
        return common | {"rope_type": "linear", "factor": float(scale)}
    common |= {"factor": float(scale), "original_max_position_embeddings": context}
    if method == "yarn":
        return common | {"rope_type": "yarn"}
    if method not in METHODS:
        raise ValueError(f"method is {method!r}; allowed: {', '.join(METHODS)}")
    long = {
        "none sharpened": [1.0] * (head_dim // 2),
        "linear sharpened": [float(scale)] * (head_dim // 2),
    }.get(method) or longrope_factors(scale, context=context, head_dim=head_dim, base=base)
    short = [1.0] * len(long) if method in ("longrope", "longrope plain") else long
    common |= {"rope_type": "longrope", "long_factor": long, "short_factor": short}
    return common | ({"attention_factor": 1.0} if method == "longrope plain" else {})


def rescaled(model: PreTrainedModel, method: str, scale: float, *, context: int) -> PreTrainedModel:
    """A copy of a Llama-type model that was trained at `context` tokens, for `scale` times as many.

    Where the factors depend on the text's length, texts should come from the shorter to the longer or be
    given to copies of their own: transformers keeps those of the longest text it has seen.
    """
    made = copy.deepcopy(model)
    config = made.config
    base = config.rope_parameters["rope_theta"]
    config.rope_parameters = rope_parameters(
        method, scale, context=context, head_dim=config.head_dim, base=base
    )
    config.max_position_embeddings = context if method == "dynamic" else int(scale * context)
    made.model.rotary_emb = type(made.model.rotary_emb)(config)
    return made


def _check_scale(scale: float) -> None:
    if scale < 1:
        raise ValueError(f"scale is {scale}; allowed: 1 or more")
