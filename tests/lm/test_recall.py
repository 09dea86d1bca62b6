import math

import pytest
import torch

from tenfold.kernels import S2Pattern
from tenfold.lm.decoder import DecoderConfig
from tenfold.lm.recall import (
    CHANCE,
    FIRST_ANSWER,
    FIRST_FILLER,
    FIRST_QUESTION,
    QUESTIONS,
    TAIL,
    VALUES,
    VOCAB,
    RecallConfig,
    answers_right,
    recall_model,
    recall_texts,
    train_recall,
)
from tenfold.lm.sparse_decoder import sparse_decoder

DENSE = {"block": 16, "local_blocks": 1, "stride": 1}
WINDOW = {"block": 16, "local_blocks": 1, "stride": 4096, "head_step": 0, "offset": 1}


def texts(count=40, length=64, seed=0):
    return recall_texts(count, length, torch.Generator().manual_seed(seed))


def config(**changes):
    return RecallConfig(**({
        "attention": DENSE, "layers": 1, "lr": 0.005, "stages": [[32, 2]], "tested": {"48": 8}, "d_model": 16,
        "tokens": 64,
    } | changes))  # fmt: skip


def test_every_answer_stands_in_the_fact_of_its_question():
    made = texts()
    for row, facts in zip(made.tokens.tolist(), made.facts.tolist(), strict=True):
        asked = dict(zip(row[-TAIL::2], row[-TAIL + 1 :: 2], strict=True))
        assert len(asked) == QUESTIONS
        for (question, answer), place in zip(asked.items(), facts, strict=True):
            key, value = divmod(row[place], VALUES)
            assert (key, value) == (question - FIRST_QUESTION, answer - FIRST_ANSWER)
            assert place < len(row) - TAIL


def test_all_that_is_neither_fact_nor_question_is_filler():
    made = texts()
    rest = torch.ones_like(made.tokens, dtype=torch.bool).scatter_(1, made.facts, False)
    rest[:, -TAIL:] = False
    assert made.tokens[rest].min() >= FIRST_FILLER
    assert made.tokens.max() < VOCAB


def test_only_answers_are_predicted_each_at_its_question():
    made = texts(count=3)
    targets = made.targets()
    assert (targets >= 0).sum() == 3 * QUESTIONS
    where = (targets >= 0).nonzero()
    assert torch.equal(targets[targets >= 0], made.tokens[where[:, 0], where[:, 1] + 1])


def test_facts_lie_evenly_and_values_are_drawn_alike():
    made = texts(count=4000, length=80)
    places = torch.bincount(made.facts.flatten(), minlength=64)
    assert len(places) == 64
    assert (places - 500).abs().max() < 5 * math.sqrt(500)
    answers = torch.bincount(made.tokens[:, -1] - FIRST_ANSWER, minlength=VALUES)
    assert (answers - 4000 * CHANCE).abs().max() < 5 * math.sqrt(4000 * CHANCE)


def test_a_text_too_short_for_its_facts_is_refused():
    with pytest.raises(ValueError, match="length is 20"):
        texts(length=20)


def test_unknown_settings_and_impossible_stages_are_refused():
    with pytest.raises(ValueError, match="unknown settings of a recall run: depth"):
        RecallConfig.from_json(config().to_json() | {"depth": 2})
    with pytest.raises(ValueError, match="stages holds"):
        config(stages=[[128, 3]])


def test_the_same_configuration_gives_the_same_run():
    configs = [config().to_json(), config(seed=1).to_json()]
    first, second = train_recall(configs)
    assert train_recall(configs[:1]) == [first]
    assert first != second


def test_one_hop_learns_to_recall_what_it_sees():
    model, curve = recall_model(config(stages=[[32, 200]], d_model=32, lr=0.01, tokens=512, tested={"32": 1}))
    made = texts(count=32, length=32, seed=9)
    assert answers_right(model, made).float().mean() > 0.9
    assert curve[-1][1] < 0.5


def test_a_window_that_hides_the_fact_leaves_the_logits_as_they_are():
    model = sparse_decoder(DecoderConfig(32, layers=1, heads=4, vocab=VOCAB), WINDOW, seed=0, context=64)
    with torch.no_grad():
        for parameter in model.parameters():  # output projections start at zero
            parameter.add_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(1)) * 0.1)
    made = texts(count=2)
    changed = made.tokens.clone()
    changed[:, :16] = FIRST_FILLER
    with torch.no_grad():
        old, new = (model(tokens).logits[:, -TAIL:] for tokens in (made.tokens, changed))
        assert torch.equal(old, new)
        model.config.s2 = {**DENSE, "dense_layers": []}
        assert not torch.equal(model(made.tokens).logits[:, -TAIL:], model(changed).logits[:, -TAIL:])


def test_metrics_count_depth_and_blocks_by_hand():
    """An untrained model is right by chance only; what matters is which parts exist."""
    metrics = train_recall([config(tested={"128": 64}, far=4).to_json()])[0]["metrics"]
    assert {f"128.depth.{k}" for k in range(8)} < metrics.keys()
    # Questions stand in block 7, so far blocks are 0 to 3.
    assert {name for name in metrics if "residue" in name} == {f"128.far.residue.{r}" for r in range(4)}
    assert all(0 <= value < 0.5 for value in metrics.values())


def test_the_incomplete_pattern_hides_odd_blocks():
    with pytest.warns(UserWarning, match="no head sees"):
        pattern = S2Pattern(4, 16, 4, 8)
    assert pattern.unseen_residues() == [1, 3, 5, 7]
