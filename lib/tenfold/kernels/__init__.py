"""S2-Attention: block patterns, the dense specification, and kernels held to it."""

from tenfold.kernels.pattern import PatternWarning, S2Pattern
from tenfold.kernels.reference import s2_attention_reference

__all__ = ["PatternWarning", "S2Pattern", "s2_attention_reference"]
