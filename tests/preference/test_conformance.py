"""Our losses against TRL's, executed by TRL on the same tokens and models."""

import pytest
import torch

from tenfold.preference import LOSSES
from tenfold.preference.conformance import conformance_table, example_models, example_pairs
from tenfold.preference.trl_execution import dpo_trainer_loss, preference_batch

# Rows that must differ, as (loss, our call); all others must agree.
DIFFERENT = {
    "dpo(beta=0.1, label_smoothing=0.1)",
    "ipo(beta=0.1, per_token=False)",
    "simpo(reference=None, beta=2.0, gamma=2.0)",
    "cpo(reference=None, beta=0.1, nll='mean')",
    "cpo(reference=None, beta=0.1, nll='sum')",
}


@pytest.fixture(scope="module")
def table():
    return conformance_table()


def test_every_loss_agrees_with_trl_to_a_hundred_thousandth_under_some_arguments(table):
    agreeing = table[table["difference"] <= 1e-5]
    assert set(agreeing["loss"]) == {*LOSSES, "kto"}


def test_conventions_that_differ_are_shown_to_differ(table):
    differing = table[~table["agree"]]
    with_prompts = set(differing.loc[differing["loss"].isin(["dpo", "ipo", "simpo", "cpo"]), "ours"])
    assert with_prompts == DIFFERENT
    rest = differing.loc[~differing["ours"].isin(DIFFERENT), ["loss", "prompts"]]
    assert sorted(map(tuple, rest.to_numpy())) == [
        ("kto", "several tokens"),  # without the baseline
        ("ln_dpo", "no prompt"),  # the first token counts in TRL's length
        ("orpo", "several tokens"),  # the prompt counts in TRL's likelihood
    ]
    assert (differing["difference"] > 1e-4).all()


def test_whole_batch_values_differ_where_the_table_says_so(table):
    apart = (table["our value"] - table["TRL's value"]).abs() > 1e-4
    assert (apart == ~table["agree"]).all()


def test_every_row_says_what_it_shows_once(table):
    assert (table["what it shows"].str.len() > 0).all()
    assert not table.duplicated(["ours", "TRL", "prompts"]).any()


def test_table_is_a_function_of_its_seed(table):
    assert conformance_table().equals(table)
    assert not conformance_table(seed=1)["our value"].equals(table["our value"])


def test_trl_masks_the_prompt_and_puts_chosen_rows_first():
    pairs = example_pairs()["several tokens"]
    batch = preference_batch(pairs)
    assert batch["completion_mask"].sum(1).tolist() == [5, 2, 7, 3, 2, 6, 3, 4]
    assert batch["input_ids"][0, :8].tolist() == pairs.prompts[0] + pairs.chosen[0]
    assert batch["input_ids"][4, :5].tolist() == pairs.prompts[0] + pairs.rejected[0]


@torch.no_grad()
def test_a_setting_that_trl_does_not_know_fails_loudly():
    with pytest.raises(ValueError, match="Unknown loss type: ln_dpo"):
        dpo_trainer_loss(example_models(), example_pairs()["several tokens"], loss_type="ln_dpo", beta=0.1)
