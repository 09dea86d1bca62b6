"""AdamW and clipping against PyTorch's own, step by step."""

import math

import pytest
import torch

from tenfold.lm import DecoderConfig, initial_parameters, next_token_loss
from tenfold.lm.compiled import training_step
from tenfold.lm.decoder import decay_mask, parameter_shapes
from tenfold.lm.optimizer import clip_by_norm

CONFIG = DecoderConfig(8, layers=1, vocab=32)
BETAS = (0.9, 0.95)


def torch_training(start, tokens, lrs, *, decay, clip):
    """Parameters [P] after each step of torch.optim.AdamW with torch's clipping."""
    shapes = parameter_shapes(CONFIG).values()
    parts = [part.clone().requires_grad_() for part in start.split([math.prod(s) for s in shapes])]
    groups = [
        {"params": [p for p, s in zip(parts, shapes, strict=True) if len(s) == 2], "weight_decay": decay},
        {"params": [p for p, s in zip(parts, shapes, strict=True) if len(s) == 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, betas=BETAS, eps=1e-8)
    for batch, lr in zip(tokens, lrs, strict=True):
        for group in optimizer.param_groups:
            group["lr"] = lr
        optimizer.zero_grad()
        next_token_loss(torch.cat(parts)[None], batch[None], CONFIG).sum().backward()
        torch.nn.utils.clip_grad_norm_(parts, clip)
        optimizer.step()
        yield torch.cat(parts).detach()


@pytest.mark.parametrize("clip", [0.05, 1e6], ids=["always clipped", "never clipped"])
def test_each_step_is_that_of_torch_with_its_own_rate_for_each_run(clip):
    steps, peaks = 12, (0.003, 0.05)
    parameters = torch.stack([initial_parameters(CONFIG, seed) for seed in (0, 1)]).double()
    tokens = torch.randint(32, (steps, 2, 4, 9), generator=torch.Generator().manual_seed(0))
    factor = [1 - t / steps for t in range(steps)]
    references = [
        torch_training(parameters[run], tokens[:, run], [peak * f for f in factor], decay=0.1, clip=clip)
        for run, peak in enumerate(peaks)
    ]
    first, second = torch.zeros_like(parameters), torch.zeros_like(parameters)
    step = training_step(CONFIG, beta1=BETAS[0], beta2=BETAS[1], clip=clip, fuse=False)
    for t in range(steps):
        expected = torch.stack([next(reference) for reference in references])
        step(
            parameters,
            first,
            second,
            tokens[t],
            torch.tensor(peaks, dtype=torch.float64)[:, None] * factor[t],
            0.1 * decay_mask(CONFIG).double(),
            torch.tensor(1 - BETAS[0] ** (t + 1), dtype=torch.float64),
            torch.tensor(1 - BETAS[1] ** (t + 1), dtype=torch.float64),
        )
        # torch divides by norm + 1e-6 where it clips: 2e-5 of a norm of 0.05, nothing beside a larger one.
        torch.testing.assert_close(parameters, expected, atol=1e-6, rtol=1e-5)


def test_rows_are_clipped_each_by_its_own_norm():
    gradient = torch.tensor([[3.0, 4.0], [0.3, 0.4], [0.0, 0.0]])
    torch.testing.assert_close(
        clip_by_norm(gradient, 1.0), torch.tensor([[0.6, 0.8], [0.3, 0.4], [0.0, 0.0]])
    )


def test_decay_spares_the_gains_of_norms():
    mask = decay_mask(CONFIG)
    gains = 8 + 8 + 8 + 4 + 4  # two norms of the block, the last one, queries and keys
    assert mask.sum() == CONFIG.n_parameters - gains
    assert set(mask.tolist()) == {0.0, 1.0}
