"""The rows of the conformance table: pairs of calls, and what their agreement or difference shows."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from tenfold.preference.kto import kto, kto_baseline
from tenfold.preference.likelihood import chosen_nll
from tenfold.preference.logprobs import completion_lengths, model_completion_logprobs
from tenfold.preference.registry import LOSSES
from tenfold.preference.trl_execution import (
    Models,
    TokenPairs,
    cpo_trainer_loss,
    dpo_trainer_loss,
    kto_trainer_loss,
    orpo_trainer_loss,
    preference_batch,
    unpaired_batch,
)

_TRAINERS = {
    "DPOTrainer": dpo_trainer_loss,
    "CPOTrainer": cpo_trainer_loss,
    "ORPOTrainer": orpo_trainer_loss,
    "KTOTrainer": kto_trainer_loss,
}


@dataclass(frozen=True)
class Call:
    """A computation of the batch's loss, and how it is written."""

    text: str
    run: Callable[[Models, TokenPairs], float]


@dataclass(frozen=True)
class Case:
    """One row of the table.  pairs: which of the example's."""

    loss: str
    ours: Call
    theirs: Call
    note: str
    pairs: str = "several tokens"


def conformance_cases() -> list[Case]:
    """All rows, by loss."""
    sigmoid = _trl("DPOTrainer", loss_type="sigmoid", beta=0.1)
    ipo = _trl("DPOTrainer", loss_type="ipo", beta=0.1)
    normalised = _trl("DPOTrainer", loss_type="sigmoid_norm", beta=5.0)
    simpo = _trl("CPOTrainer", loss_type="simpo", beta=2.0, simpo_gamma=1.0, cpo_alpha=0.0)
    cpo = _trl("CPOTrainer", loss_type="sigmoid", beta=0.1, cpo_alpha=1.0)
    orpo = _trl("ORPOTrainer", beta=0.1)
    kto_ = _trl("KTOTrainer", loss_type="kto", beta=0.1)
    return [
        Case("dpo", _ours("dpo", beta=0.1), sigmoid, "the same"),
        Case(
            "dpo",
            _ours("dpo", beta=0.1, label_smoothing=0.1),
            _trl("DPOTrainer", loss_type="sigmoid", beta=0.1, label_smoothing=0.1),
            "TRL's sigmoid loss takes no notice of label_smoothing: it is left to robust and exo_pair",
        ),
        Case(
            "dpo",
            _ours("dpo", reference=False, beta=0.1, label_smoothing=0.1),
            _trl("CPOTrainer", loss_type="sigmoid", beta=0.1, label_smoothing=0.1, cpo_alpha=0.0),
            "CPOTrainer smooths; without its likelihood term it is DPO without a reference",
        ),
        Case("ln_dpo", _ours("ln_dpo", beta=5.0), normalised, "sigmoid_norm is LN-DPO"),
        Case(
            "ln_dpo",
            _ours("ln_dpo", beta=5.0),
            normalised,
            "the first token, which nothing predicts, is not in TRL's sum but is in its length",
            "no prompt",
        ),
        Case(
            "ln_dpo",
            _ours("ln_dpo", extra_tokens=1, beta=5.0),
            normalised,
            "a length with one token more reproduces it",
            "no prompt",
        ),
        Case("ipo", _ours("ipo", beta=0.1), ipo, "TRL divides the log-ratios by the length; beta is tau"),
        Case(
            "ipo",
            _ours("ipo", beta=0.1, per_token=False),
            ipo,
            "the paper's formula as written, a sum over tokens, is another loss",
        ),
        Case(
            "simpo",
            _ours("simpo", reference=False, beta=2.0, gamma=1.0),
            simpo,
            "simpo_gamma is the margin of the rewards, the paper's gamma",
        ),
        Case(
            "simpo",
            _ours("simpo", reference=False, beta=2.0, gamma=2.0),
            simpo,
            "gamma_beta_ratio=1 of the authors' code is gamma = beta, which is not simpo_gamma=1",
        ),
        Case(
            "cpo",
            _ours("cpo", reference=False, beta=0.1, nll="batch"),
            cpo,
            "TRL's likelihood is a mean over all chosen tokens of the batch",
        ),
        Case(
            "cpo",
            _ours("cpo", reference=False, beta=0.1, nll="mean"),
            cpo,
            "a mean per completion agrees on a pair alone, not on a batch of unequal lengths",
        ),
        Case(
            "cpo",
            _ours("cpo", reference=False, beta=0.1, nll="sum"),
            cpo,
            "the paper's formula as written sums over tokens",
        ),
        Case(
            "cpo",
            _ours("cpo", reference=False, beta=2.0, nll="batch", per_token=True),
            _trl("CPOTrainer", loss_type="simpo", beta=2.0, simpo_gamma=0.0, cpo_alpha=1.0),
            "with per_token it is CPO-SimPO without a margin",
        ),
        Case(
            "orpo",
            _ours("orpo", reference=False, beta=0.1, nll_weight=0.0),
            _trl("ORPOTrainer", beta=0.1, odds_only=True),
            "the odds-ratio term alone: odds of the mean token; TRL's beta is the paper's lambda",
        ),
        Case(
            "orpo",
            _ours("orpo", reference=False, beta=0.1, nll="batch"),
            orpo,
            "TRL's likelihood counts the tokens of the prompt too",
        ),
        Case(
            "orpo",
            _ours("orpo", reference=False, beta=0.1, nll="batch"),
            orpo,
            "with a prompt of one token there is nothing more to count",
            "one token",
        ),
        Case(
            "orpo",
            Call("orpo(None, beta=0.1, nll_weight=0.0) + likelihood of prompt and completion", _orpo_whole),
            orpo,
            "the likelihood of the whole text reproduces TRL",
        ),
        Case(
            "rdpo",
            _ours("rdpo", beta=0.1, alpha=0.05),
            Call(
                "DPOTrainer(loss_type='sigmoid', beta=0.1), reference lowered by alpha / beta a token",
                _priced_reference,
            ),
            "TRL has no R-DPO; precomputed reference log-probs can carry the price of a token",
        ),
        Case(
            "hinge",
            _ours("hinge", beta=0.1),
            _trl("DPOTrainer", loss_type="hinge", beta=0.1),
            "margin 1 after beta, with a reference: RSO's form",
        ),
        Case(
            "hinge",
            _ours("hinge", reference=False, beta=1.0, margin=10.0),
            Call("CPOTrainer(loss_type='hinge', beta=0.1, cpo_alpha=0.0) * 10", _slic),
            "SLiC-HF's form: a margin of 10 is beta = 1 / 10 up to the factor",
        ),
        Case(
            "robust_dpo",
            _ours("robust_dpo", beta=0.1, eps=0.1),
            _trl("DPOTrainer", loss_type="robust", beta=0.1, label_smoothing=0.1),
            "label_smoothing is the rate of flipped labels",
        ),
        Case(
            "kto",
            _kto(beta=0.1),
            kto_,
            "z0 from each prompt with the completion of the row before, over the batch",
        ),
        Case("kto", _kto(mismatched=False, beta=0.1), kto_, "without z0 it is another loss"),
        Case(
            "kto",
            _kto(mismatched=False, beta=0.1),
            _trl("KTOTrainer", loss_type="apo_zero_unpaired", beta=0.1),
            "which TRL calls apo_zero_unpaired",
        ),
        Case(
            "kto",
            _kto(beta=0.1, undesirable_weight=1.5),
            _trl("KTOTrainer", loss_type="kto", beta=0.1, undesirable_weight=1.5),
            "weights are lambda_D and lambda_U",
        ),
    ]


def scores(model: object, batch: dict[str, Tensor], mask: str, prefix: str = "") -> tuple[Tensor, Tensor]:
    """Summed log-probs and lengths [rows] of what the batch's mask of that name covers."""
    scored = batch[mask].bool()
    scored[:, 0] = False  # nothing predicts the first token
    logprobs = model_completion_logprobs(model, batch[prefix + "input_ids"], scored)
    return logprobs, completion_lengths(scored)


def _ours(loss: str, *, reference: bool = True, extra_tokens: int = 0, **arguments: object) -> Call:
    def run(models: Models, pairs: TokenPairs) -> float:
        policy, lengths = _pair_scores(models.policy, pairs)
        against = _pair_scores(models.reference, pairs)[0] if reference else None
        return LOSSES[loss](policy, against, lengths + extra_tokens, **arguments).mean().item()

    shown = ([] if reference else ["reference=None"]) + (["lengths + 1"] if extra_tokens else [])
    return Call(f"{loss}({', '.join(shown + _written(arguments))})", run)


def _kto(*, mismatched: bool = True, **arguments: float) -> Call:
    def run(models: Models, pairs: TokenPairs) -> float:
        batch = unpaired_batch(pairs)
        policy, lengths = scores(models.policy, batch, "completion_mask")
        reference, _ = scores(models.reference, batch, "completion_mask")
        baseline = 0.0
        if mismatched:
            ends = (
                scores(m, batch, "KL_completion_mask", "KL_")[0] for m in (models.policy, models.reference)
            )
            baseline = kto_baseline(*ends)
        return kto(policy, reference, lengths, batch["label"], baseline=baseline, **arguments).mean().item()

    baseline = "kto_baseline(...)" if mismatched else "0"
    return Call(f"kto({', '.join([f'baseline={baseline}', *_written(arguments)])})", run)


def _trl(trainer: str, **settings: object) -> Call:
    def run(models: Models, pairs: TokenPairs) -> float:
        return _TRAINERS[trainer](models, pairs, **settings)

    odds_only = settings.get("odds_only", False)
    written = _written({name: value for name, value in settings.items() if name != "odds_only"})
    return Call(f"{trainer}({', '.join(written)}){', odds-ratio term' if odds_only else ''}", run)


def _orpo_whole(models: Models, pairs: TokenPairs) -> float:
    odds = _ours("orpo", reference=False, beta=0.1, nll_weight=0.0).run(models, pairs)
    whole, lengths = _pair_scores(models.policy, pairs, "attention_mask")
    return odds + chosen_nll(whole, lengths, tokens="batch").mean().item()


def _priced_reference(models: Models, pairs: TokenPairs) -> float:
    reference, lengths = _pair_scores(models.reference, pairs)
    priced = reference - 0.05 / 0.1 * lengths
    return dpo_trainer_loss(models, pairs, reference=priced, loss_type="sigmoid", beta=0.1)


def _slic(models: Models, pairs: TokenPairs) -> float:
    return 10 * cpo_trainer_loss(models, pairs, loss_type="hinge", beta=0.1, cpo_alpha=0.0)


def _pair_scores(model: object, pairs: TokenPairs, mask: str = "completion_mask") -> tuple[Tensor, Tensor]:
    logprobs, lengths = scores(model, preference_batch(pairs), mask)
    return logprobs.view(2, -1), lengths.view(2, -1)


def _written(arguments: dict[str, object]) -> list[str]:
    return [f"{name}={value!r}" for name, value in arguments.items()]
