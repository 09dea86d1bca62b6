import warnings

import pytest
import torch
from torch.nn import functional as F

from tenfold.corpora import corpus_config
from tenfold.kernels import PatternWarning, S2Pattern
from tenfold.lm.decoder import DecoderConfig, decoder_logits, initial_parameters
from tenfold.lm.sparse_decoder import cached_logits, impose, masked_logits, sparse_decoder
from tenfold.lm.sparse_text import SparseTextConfig, document_windows, test_windows, train_sparse_text

DENSE = {"block": 16, "local_blocks": 1, "stride": 1}
S2 = {"block": 16, "local_blocks": 2, "stride": 4}
HYBRID = S2 | {"dense_layers": [0]}
MODEL = DecoderConfig(16, layers=2, heads=4)


def config(**changes):
    return SparseTextConfig(**({
        "model": MODEL, "attention": S2, "corpus": corpus_config("chat"), "steps": 2, "lr": 0.005,
        "imposed": {}, "batch": 2, "context": 128, "test_windows": 4, "decoded": 2,
    } | changes))  # fmt: skip


def awake(attention):
    """A model whose every weight counts: output projections start at zero."""
    model = sparse_decoder(MODEL, attention, seed=0, context=128)
    generator = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=generator) * 0.2)
    return model


def tokens(count=2, length=128):
    return torch.randint(256, (count, length), generator=torch.Generator().manual_seed(2))


def test_dense_models_start_as_the_plain_decoder():
    parameters = initial_parameters(MODEL, 3)[None]
    model = sparse_decoder(MODEL, DENSE, seed=3, context=128)
    expected = decoder_logits(parameters, tokens()[None], MODEL)[0]
    torch.testing.assert_close(masked_logits(model, tokens()), expected, atol=1e-5, rtol=1e-5)


def test_sparse_logits_are_those_of_fused_attention_under_the_dense_mask():
    model = awake(S2)
    ours = masked_logits(model, tokens())
    mask = S2Pattern(4, 16, 2, 4).block_mask(8).repeat_interleave(16, 1).repeat_interleave(16, 2).tril()
    model.set_attn_implementation("sdpa")
    with torch.no_grad():
        theirs = model(tokens(), attention_mask=mask[None].expand(2, -1, -1, -1), use_cache=False).logits
    torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("attention", [S2, HYBRID, DENSE], ids=["sparse", "hybrid", "dense"])
def test_decoding_from_live_blocks_gives_the_logits_of_one_pass(attention):
    model = awake(attention)
    decoded, live_bytes = cached_logits(model, tokens(), prefill=40)
    torch.testing.assert_close(decoded, masked_logits(model, tokens()), atol=1e-4, rtol=1e-4)
    # Texts, keys and values, head_dim, float32, block; of 8 blocks a sparse head keeps 2 and its stripes.
    token_bytes = 2 * 2 * 4 * 4 * 16
    sparse, dense = sum((2 + 2, 2 + 1, 2 + 1, 2 + 2)), 4 * 8
    blocks = {"S2": 2 * sparse, "HYBRID": sparse + dense, "DENSE": 2 * dense}
    name = next(n for n, a in (("S2", S2), ("HYBRID", HYBRID), ("DENSE", DENSE)) if a is attention)
    assert live_bytes == token_bytes * blocks[name]


def test_imposing_a_pattern_changes_what_a_model_sees():
    model = awake(DENSE)
    before = masked_logits(model, tokens())
    with warnings.catch_warnings():
        warnings.simplefilter("error", PatternWarning)
        impose(model, S2 | {"head_step": 0})
    after = masked_logits(model, tokens())
    assert torch.equal(before[:, :32], after[:, :32]) or torch.allclose(
        before[:, :32], after[:, :32], atol=1e-5
    )
    assert (before[:, -1] - after[:, -1]).abs().max() > 1e-2


def test_windows_lie_inside_one_document():
    text = b"a" * 10 + b"\n\n" + b"b" * 4 + b"\n\n" + b"c" * 5
    windows = document_windows(text, 4)
    assert ["".join(map(chr, row)) for row in windows.tolist()] == ["aaaaa", "aaaaa", "ccccc"]


def test_runs_repeat_and_report_the_mean_test_loss():
    made = config(imposed={"same": S2, "dense": DENSE})
    first = train_sparse_text([made.to_json()])[0]
    assert train_sparse_text([made.to_json()]) == [first]
    metrics = first["metrics"]
    parts = [metrics[f"loss.part.{k}"] for k in range(8)]
    assert metrics["loss"] == pytest.approx(sum(parts) / 8, rel=1e-5)
    assert metrics["imposed.same"] == metrics["loss"]
    assert metrics["imposed.dense"] != metrics["loss"]
    assert metrics["cache_gap"] < 1e-4
    assert len(first["curve"]) == 2


def test_the_loss_of_an_untrained_model_is_that_of_its_logits():
    made = config(steps=1, lr=1e-12)
    windows = test_windows(made)
    model = sparse_decoder(MODEL, S2, seed=0, context=128)
    logits = masked_logits(model, windows[:, :-1])
    expected = F.cross_entropy(logits.flatten(0, 1), windows[:, 1:].flatten()).item()
    assert train_sparse_text([made.to_json()])[0]["metrics"]["loss"] == pytest.approx(expected, rel=1e-4)


def test_bad_settings_are_refused():
    with pytest.raises(ValueError, match="unknown settings of a run on text: depth"):
        SparseTextConfig.from_json(config().to_json() | {"depth": 1})
    with pytest.raises(ValueError, match="context is 100"):
        config(context=100)
    with pytest.raises(ValueError, match="steps is 0"):
        config(steps=0)
    with pytest.raises(ValueError, match="windows of 128"):
        train_sparse_text([config(steps=10**6).to_json()])
