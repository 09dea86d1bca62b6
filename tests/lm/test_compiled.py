"""The compiled step against the plain one."""

import pytest
import torch

from tenfold.lm import DecoderConfig, initial_parameters
from tenfold.lm.compiled import training_step
from tenfold.lm.decoder import decay_mask


@pytest.mark.slow
def test_compiled_steps_are_the_plain_steps_up_to_rounding():
    config = DecoderConfig(16)
    start = torch.stack([initial_parameters(config, seed) for seed in (0, 1)])
    tokens = torch.randint(256, (10, 2, 2, 17), generator=torch.Generator().manual_seed(0))

    def losses(*, fuse: bool, dtype: torch.dtype = torch.float32) -> torch.Tensor:
        parameters = start.to(dtype, copy=True)
        first, second = torch.zeros_like(parameters), torch.zeros_like(parameters)
        lr = torch.tensor([[0.003], [0.03]], dtype=dtype)
        step = training_step(config, beta1=0.9, beta2=0.95, clip=1.0, fuse=fuse)
        return torch.stack(
            [
                step(
                    parameters,
                    first,
                    second,
                    batch,
                    lr,
                    0.1 * decay_mask(config).to(dtype),
                    torch.tensor(1 - 0.9 ** (t + 1), dtype=dtype),
                    torch.tensor(1 - 0.95 ** (t + 1), dtype=dtype),
                )
                for t, batch in enumerate(tokens)
            ]
        )

    plain, exact = losses(fuse=False), losses(fuse=False, dtype=torch.float64)
    # As near to double precision as the plain float32 step is, within a factor of ten over the ten steps.
    tolerance = 10 * (plain - exact).abs().max().item()
    torch.testing.assert_close(losses(fuse=True).double(), exact, atol=tolerance, rtol=0)
    assert tolerance < 1e-4
    assert (exact[0] - exact[-1]).min() > 1e-3  # the steps do something
