import torch
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

from tenfold.longcontext.joint_attention import joint_softmax, local_mask, top_hits, without_oldest
from tenfold.longcontext.positions import places, rotated

LOCAL, STORED = torch.arange(12, 16)[None], torch.arange(12)


def test_true_places_are_those_in_the_text():
    queries, keys = places("true", LOCAL, STORED, torch.tensor([12]), 4)
    assert torch.equal(queries, LOCAL)
    assert torch.equal(keys, STORED)


def test_squeezed_places_share_one_window_evenly_and_the_query_stands_at_its_end():
    queries, keys = places("squeezed", LOCAL, STORED, torch.tensor([12]), 4)
    assert queries.tolist() == [[3, 3, 3, 3]]
    assert keys.tolist() == [[0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]]


def test_each_context_squeezes_what_it_may_retrieve():
    _, keys = places("squeezed", LOCAL.expand(2, 4), STORED, torch.tensor([4, 8]), 4)
    assert keys[0, :4].tolist() == [0, 1, 2, 3]
    assert keys[1, :8].tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert keys.max() == 3


def test_free_places_turn_nothing(model):
    at = places("free", LOCAL, STORED, torch.tensor([12]), 4)
    x = torch.randn(1, 2, 4, 8)
    assert rotated(x, at.queries, model.model.rotary_emb) is x


def test_rotation_is_that_of_the_model(model):
    x, at = torch.randn(1, 4, 12, 8), torch.arange(12)[None] * 7
    cos, sin = model.model.rotary_emb(x, at)
    torch.testing.assert_close(
        rotated(x, at, model.model.rotary_emb), apply_rotary_pos_emb(x, x, cos, sin)[0]
    )


def test_hits_are_the_best_among_the_allowed():
    scores = torch.tensor([[5.0, 1.0, 4.0, 3.0]])
    allowed = torch.tensor([[False, True, True, True]])
    assert top_hits(scores, allowed, 2).tolist() == [[False, False, True, True]]
    assert top_hits(scores, allowed, 9).tolist() == allowed.tolist()
    assert top_hits(scores, torch.tensor([[False, True, False, False]]), 2).sum() == 1


def test_the_oldest_hits_are_left_out():
    hits = torch.tensor([[True, False, True, True]])
    assert without_oldest(hits, 2).tolist() == [[False, False, False, True]]
    assert without_oldest(hits, 0) is hits


def test_local_tokens_see_their_window_and_always_themselves():
    mask = local_mask(3, 6, 3, 4, torch.device("cpu"))
    assert mask.int().tolist() == [[0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 1, 0], [0, 0, 0, 0, 1, 1]]


def test_weights_of_hits_and_local_tokens_sum_to_one_together():
    stored, local = torch.randn(3, 5), torch.randn(3, 4)
    hits, seen = torch.rand(3, 5) < 0.5, torch.ones(3, 4, dtype=torch.bool)
    weights = joint_softmax(stored, hits, local, seen)
    expected = torch.cat([stored.exp() * hits, local.exp()], -1)
    torch.testing.assert_close(weights, expected / expected.sum(-1, keepdim=True))
