"""S2-Attention: block patterns, the dense specification, and kernels held to it.

Not imported here, for their weight: `tenfold.kernels.hugging_face` (transformers) and
`tenfold.kernels.triton_attention` (Triton, which reads TRITON_INTERPRET when imported).
"""

from tenfold.kernels.attention import s2_attention
from tenfold.kernels.compile_report import compile_report
from tenfold.kernels.decode import S2Cache, s2_decode, s2_prefill
from tenfold.kernels.pattern import PatternWarning, S2Pattern
from tenfold.kernels.reference import s2_attention_reference

__all__ = [
    "PatternWarning",
    "S2Cache",
    "S2Pattern",
    "compile_report",
    "s2_attention",
    "s2_attention_reference",
    "s2_decode",
    "s2_prefill",
]
