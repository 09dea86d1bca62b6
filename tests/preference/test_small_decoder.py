"""Small decoders: how their answers are drawn and padded, divergence of two."""

import numpy as np
import pytest
import torch

from tenfold.preference.assistant_world import END, FAMILIAR, WORDS, draw_prompts
from tenfold.preference.small_decoder import new_decoder, padded, sampled_answers, token_kl

LONGEST = 32


@pytest.fixture(scope="module")
def prompts():
    return draw_prompts(12, FAMILIAR, np.random.default_rng(0))


def test_padded_marks_the_answer_alone():
    rows, mask = padded([[5, 6, 2], [7, 2]], [[8, 1], [9, 9, 9, 1]])
    assert rows.tolist() == [[5, 6, 2, 8, 1, 0], [7, 2, 9, 9, 9, 1]]
    assert mask.tolist() == [[False] * 3 + [True] * 2 + [False], [False] * 2 + [True] * 4]


def test_answers_are_drawn_with_the_models_probabilities(prompts):
    model = new_decoder(len(WORDS), seed=0).eval()
    with torch.no_grad():
        chances = model(torch.tensor([prompts[0]])).logits[0, -1].softmax(-1)
    # Beside a longer prompt, so that it is padded.
    longest = max(prompts, key=len)
    answers = sampled_answers(model, [prompts[0], longest] * 1500, longest=LONGEST, seed=0)[::2]
    counts = torch.bincount(torch.tensor([answer[0] for answer in answers]), minlength=len(chances))
    expected = 1500 * chances
    chi_squared = ((counts - expected) ** 2 / expected).sum().item()
    assert chi_squared < 80  # 99.99 % point of 36 degrees of freedom is about 76
    assert all(len(a) == LONGEST or a.index(END) == len(a) - 1 for a in answers)


def test_equal_seeds_draw_equal_answers_and_leave_the_global_generator_alone(prompts):
    model = new_decoder(len(WORDS), seed=0).eval()
    before = torch.get_rng_state()
    first = sampled_answers(model, prompts, longest=LONGEST, seed=1)
    assert torch.equal(torch.get_rng_state(), before)
    assert sampled_answers(model, prompts, longest=LONGEST, seed=1) == first
    assert sampled_answers(model, prompts, longest=LONGEST, seed=2) != first


def test_divergence_is_the_sum_over_prefixes(prompts):
    one, other = new_decoder(len(WORDS), seed=0).eval(), new_decoder(len(WORDS), seed=1).eval()
    answers = sampled_answers(one, prompts[:3], longest=LONGEST, seed=0)
    by_prefix = []
    for prompt, answer in zip(prompts[:3], answers, strict=True):
        total = 0.0
        for place in range(len(answer)):
            prefix = torch.tensor([prompt + answer[:place]])
            with torch.no_grad():
                p, q = (model(prefix).logits[0, -1].double().softmax(-1) for model in (one, other))
            total += (p * (p / q).log()).sum().item()
        by_prefix.append(total)
    assert token_kl(one, other, prompts[:3], answers).tolist() == pytest.approx(by_prefix, rel=1e-4)
    assert token_kl(one, one, prompts[:3], answers).tolist() == [0.0] * 3
