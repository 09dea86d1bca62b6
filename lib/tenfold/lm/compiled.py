"""One training step as one compiled computation: loss, gradient, clipping and AdamW."""

from collections.abc import Callable
from functools import cache

import torch
from torch import Tensor

from tenfold.lm.decoder import DecoderConfig, next_token_loss
from tenfold.lm.optimizer import adamw_, clip_by_norm

Step = Callable[..., Tensor]


@cache
def training_step(model: DecoderConfig, *, beta1: float, beta2: float, clip: float, fuse: bool) -> Step:
    """A step(parameters, first, second, tokens, lr, decay, correction1, correction2) -> loss [R].

    It updates parameters and both moments [R, P] in place from tokens [R, B, T + 1]. `fuse`: compile it,
    once for each shape of its arguments; the arithmetic is the same, its rounding is not.
    """

    def step(parameters, first, second, tokens, lr, decay, correction1, correction2):
        def summed(weights):
            loss = next_token_loss(weights, tokens, model)
            return loss.sum(), loss

        gradient, (_, loss) = torch.func.grad_and_value(summed, has_aux=True)(parameters)
        adamw_(
            parameters,
            first,
            second,
            clip_by_norm(gradient, clip),
            lr=lr,
            decay=decay,
            beta1=beta1,
            beta2=beta2,
            correction1=correction1,
            correction2=correction2,
        )
        return loss

    if not fuse:
        return step
    _avoid_compiler_crash()
    # Each shape of arguments gets its own computation; more shapes than the default limit must not fall back.
    torch._dynamo.config.recompile_limit = 256
    return torch.compile(step, dynamic=False, fullgraph=True)


def _avoid_compiler_crash() -> None:
    """Without the fusion that crashes PyTorch 2.13's CPU compiler on scatters (pytorch issue 188228)."""
    from torch._inductor.codegen.cpp import CppScheduling

    CppScheduling.can_fuse_vertical_outer_loop = lambda self, first, second: False
