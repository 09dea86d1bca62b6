import pytest
import torch

from tenfold.longcontext.rewriting import bias_scores, published_queries, rewritten_queries


def made(heads, kv_heads, head_dim=8, width=24, n=5):
    generator = torch.Generator().manual_seed(heads + kv_heads)
    queries = torch.randn(2, heads, n, head_dim, generator=generator)
    weight = torch.randn(kv_heads * head_dim, width, generator=generator)
    return queries, weight, torch.randn(2, 11, width, generator=generator)


def scores_head_by_head(queries, weight, states, bias=None):
    """From keys, one head at a time: [B, H, n, M]."""
    heads, head_dim = queries.shape[1], queries.shape[-1]
    groups = heads // (len(weight) // head_dim)
    rows = []
    for head in range(heads):
        part = slice(head // groups * head_dim, (head // groups + 1) * head_dim)
        keys = states @ weight[part].T + (0 if bias is None else bias[part])
        rows.append(torch.einsum("bnx,bmx->bnm", queries[:, head], keys))
    return torch.stack(rows, 1)


@pytest.mark.parametrize(("heads", "kv_heads"), [(4, 4), (4, 2), (6, 1)])
def test_rewritten_queries_score_hidden_states_as_queries_score_keys(heads, kv_heads):
    queries, weight, states = made(heads, kv_heads)
    scores = rewritten_queries(queries, weight) @ states[:, None].mT
    torch.testing.assert_close(scores, scores_head_by_head(queries, weight, states), atol=1e-5, rtol=1e-5)


def test_a_bias_adds_the_same_to_all_scores_of_a_query():
    queries, weight, states = made(4, 2)
    bias = torch.randn(16)
    exact = scores_head_by_head(queries, weight, states, bias)
    scores = rewritten_queries(queries, weight) @ states[:, None].mT + bias_scores(queries, bias)[..., None]
    torch.testing.assert_close(scores, exact, atol=1e-5, rtol=1e-5)
    assert torch.equal((scores - bias_scores(queries, bias)[..., None]).argsort(-1), exact.argsort(-1))


def test_the_published_rule_scores_twice_the_second_half_of_the_dimensions():
    queries, weight, states = made(4, 4)
    halved = queries.clone()
    halved[..., :4] = 0
    expected = 2 * scores_head_by_head(halved, weight, states)
    torch.testing.assert_close(
        published_queries(queries, weight) @ states[:, None].mT, expected, atol=1e-5, rtol=1e-5
    )


def test_a_weight_of_other_heads_is_refused():
    queries, _, _ = made(4, 4)
    for rows in (12, 24):
        with pytest.raises(ValueError, match=f"key_weight has {rows} rows"):
            rewritten_queries(queries, torch.zeros(rows, 24))
