"""Chunked log-probabilities against log_softmax of the whole logits."""

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from transformers import LlamaConfig, LlamaForCausalLM

from tenfold.lm import DecoderConfig
from tenfold.lm.hugging_face import to_hugging_face
from tenfold.preference import completion_lengths, completion_logprobs, model_completion_logprobs

BATCH, TIME, WIDTH, VOCAB = 4, 9, 5, 23


def example(dtype=torch.float64, *, time=TIME, vocab=VOCAB):
    """hidden, weight, tokens, mask: a short prompt, a long one, gaps, and a row with nothing scored."""
    generator = torch.Generator().manual_seed(0)
    hidden = torch.randn(BATCH, time, WIDTH, generator=generator, dtype=torch.float64).to(dtype)
    weight = torch.randn(vocab, WIDTH, generator=generator, dtype=torch.float64).to(dtype)
    tokens = torch.randint(vocab, (BATCH, time), generator=generator)
    mask = torch.zeros(BATCH, time, dtype=torch.bool)
    mask[0, 1:] = True
    mask[1, -1:] = True
    mask[2, 1::2] = True
    return hidden.requires_grad_(), weight.requires_grad_(), tokens, mask


def plain(hidden, weight, tokens, mask):
    logprobs = (hidden @ weight.T).float().log_softmax(-1)
    if hidden.dtype == torch.float64:
        logprobs = (hidden @ weight.T).log_softmax(-1)
    chosen = logprobs[:, :-1].gather(-1, tokens[:, 1:, None])[..., 0]
    return (chosen * mask[:, 1:]).sum(1)


@pytest.mark.parametrize("chunk", [1, VOCAB, 3 * VOCAB, 2**24])
@pytest.mark.parametrize("time", [2, 9, 63])
def test_values_and_gradients_are_those_of_the_plain_way(chunk, time):
    hidden, weight, tokens, mask = example(time=time)
    ours = completion_logprobs(hidden, weight, tokens, mask, chunk=chunk)
    theirs = plain(hidden, weight, tokens, mask)
    torch.testing.assert_close(ours, theirs)
    pull = torch.tensor([1.0, -2.0, 0.5, 3.0], dtype=torch.float64)
    for got, expected in zip(
        torch.autograd.grad(ours @ pull, (hidden, weight)),
        torch.autograd.grad(theirs @ pull, (hidden, weight)),
        strict=True,
    ):
        torch.testing.assert_close(got, expected)


def test_gradient_agrees_with_finite_differences():
    hidden, weight, tokens, mask = example(time=3, vocab=4)
    assert torch.autograd.gradcheck(
        lambda h, w: completion_logprobs(h, w, tokens, mask, chunk=4), (hidden, weight)
    )


@pytest.mark.parametrize("frozen", ["hidden", "weight"])
def test_a_frozen_side_takes_no_gradient(frozen):
    hidden, weight, tokens, mask = example()
    free = weight if frozen == "hidden" else hidden
    (hidden if frozen == "hidden" else weight).requires_grad_(False)
    ours = completion_logprobs(hidden, weight, tokens, mask).sum()
    theirs = plain(hidden, weight, tokens, mask).sum()
    torch.testing.assert_close(torch.autograd.grad(ours, free), torch.autograd.grad(theirs, free))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16], ids=str)
def test_error_in_low_precision_is_at_most_twice_that_of_the_plain_way(dtype):
    exact = [t.detach().double() for t in example(dtype)[:2]]
    exact = [t.requires_grad_() for t in exact]
    tokens, mask = example()[2:]

    def outcome(way, hidden, weight):
        value = way(hidden, weight, tokens, mask)
        assert value.dtype in (torch.float32, torch.float64)
        return [value, *torch.autograd.grad(value.sum(), (hidden, weight))]

    truth = outcome(plain, *exact)
    errors = [
        [(a.double() - b).abs().max() for a, b in zip(outcome(way, *example(dtype)[:2]), truth, strict=True)]
        for way in (lambda *given: completion_logprobs(*given, chunk=VOCAB), plain)
    ]
    for ours, theirs in zip(*errors, strict=True):
        assert ours <= 2 * theirs + 1e-6


class LargestTensor(TorchDispatchMode):
    """Numbers in the largest tensor that any operation returns."""

    def __init__(self):
        super().__init__()
        self.numbers = 0

    def __torch_dispatch__(self, function, types, arguments=(), keywords=None):
        result = function(*arguments, **(keywords or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, torch.Tensor):
                self.numbers = max(self.numbers, leaf.untyped_storage().nbytes() // leaf.element_size())
        return result


def test_no_tensor_is_larger_than_a_chunk_or_the_weight():
    vocab, time = 400, 200
    hidden, weight, tokens, mask = example(torch.float32, time=time, vocab=vocab)
    sizes = {}
    for way in (lambda *given: completion_logprobs(*given, chunk=5 * vocab), plain):
        with LargestTensor() as largest:
            way(hidden, weight, tokens, mask).sum().backward()
        sizes[way is plain] = largest.numbers
    assert sizes[False] <= max(5 * vocab, weight.numel(), hidden.numel())
    assert sizes[True] >= BATCH * time * vocab


def test_tokens_outside_the_mask_do_not_matter():
    hidden, weight, tokens, mask = example()
    before = completion_logprobs(hidden, weight, tokens, mask)
    assert torch.equal(completion_logprobs(hidden, weight, tokens.masked_fill(~mask, -100), mask), before)


def test_a_row_without_completion_gives_zero():
    hidden, weight, tokens, mask = example()
    assert completion_logprobs(hidden, weight, tokens, mask)[3] == 0
    nothing = completion_logprobs(hidden, weight, tokens, torch.zeros_like(mask))
    assert nothing.tolist() == [0.0] * BATCH
    nothing.sum().backward()
    assert not hidden.grad.any()


def test_lengths_count_the_scored_tokens():
    assert completion_lengths(example()[3]).tolist() == [8, 1, 4, 0]


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ({"mask": torch.ones(BATCH, TIME, dtype=torch.bool)}, "first token; nothing predicts it"),
        ({"mask": torch.zeros(BATCH, TIME)}, "mask is torch.float32; allowed: torch.bool"),
        ({"mask": torch.zeros(BATCH, 2, dtype=torch.bool)}, r"mask \[4, 2\]"),
        ({"tokens": torch.zeros(BATCH, 2, dtype=torch.long)}, r"tokens \[4, 2\]"),
        ({"tokens": torch.full((BATCH, TIME), VOCAB)}, f"from {VOCAB} to {VOCAB}; allowed: 0 to {VOCAB - 1}"),
        ({"tokens": torch.full((BATCH, TIME), -100)}, "from -100 to -100"),
        ({"weight": torch.zeros(VOCAB, WIDTH + 1).double()}, r"allowed: torch.float64 \[V, 5\]"),
        ({"weight": torch.zeros(VOCAB, WIDTH)}, "weight is torch.float32"),
        ({"chunk": 0}, "chunk is 0; allowed: at least 1"),
    ],
    ids=["first token", "mask dtype", "mask", "tokens", "too large", "negative", "width", "dtype", "chunk"],
)
def test_wrong_input_is_named(change, shown):
    given = dict(zip(("hidden", "weight", "tokens", "mask"), example(), strict=True))
    with pytest.raises(ValueError, match=shown):
        completion_logprobs(**given | change)


@pytest.fixture(scope="module")
def model():
    config = DecoderConfig(16, layers=2, heads=2, vocab=40)
    parameters = torch.randn(config.n_parameters, generator=torch.Generator().manual_seed(1)) * 0.3
    return to_hugging_face(parameters, config)


def test_a_model_scores_completions_as_its_own_logits_do(model):
    tokens = torch.randint(40, (BATCH, TIME), generator=torch.Generator().manual_seed(2))
    mask = example()[3]
    ours = model_completion_logprobs(model, tokens, mask)
    logprobs = model(tokens).logits.log_softmax(-1)[:, :-1].gather(-1, tokens[:, 1:, None])[..., 0]
    theirs = (logprobs * mask[:, 1:]).sum(1)
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)
    parameters = list(model.parameters())
    for got, expected in zip(
        torch.autograd.grad(ours.sum(), parameters),
        torch.autograd.grad(theirs.sum(), parameters),
        strict=True,
    ):
        torch.testing.assert_close(got, expected, atol=1e-4, rtol=1e-4)


def test_padding_on_the_left_is_left_out_by_the_attention_mask(model):
    tokens = torch.randint(40, (1, 6), generator=torch.Generator().manual_seed(2))
    mask = torch.tensor([[False, False, True, True, True, True]])
    padded, padding = torch.nn.functional.pad(tokens, (3, 0)), torch.nn.functional.pad(mask, (3, 0))
    attention = torch.tensor([[0, 0, 0, 1, 1, 1, 1, 1, 1]])
    torch.testing.assert_close(
        model_completion_logprobs(model, padded, padding, attention_mask=attention),
        model_completion_logprobs(model, tokens, mask),
        atol=1e-4,
        rtol=1e-5,
    )


def test_a_model_that_changes_its_logits_is_refused():
    config = LlamaConfig(
        vocab_size=8,
        hidden_size=4,
        intermediate_size=4,
        num_hidden_layers=1,
        num_attention_heads=1,
        final_logit_softcapping=30.0,
    )
    tokens, mask = torch.zeros(1, 3, dtype=torch.long), torch.tensor([[False, True, True]])
    with pytest.raises(ValueError, match="changes its logits by final_logit_softcapping"):
        model_completion_logprobs(LlamaForCausalLM(config), tokens, mask)
