"""`judge`: evidence against a ledger's criteria, and the verdicts as a table and as records."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import get_args

from tenfold.claims.criteria import NOT_TESTABLE, Exact, Ordering
from tenfold.claims.evidence import Estimate, Evidence, NotTestable
from tenfold.claims.ledger import Claim, Ledger, Profile
from tenfold.claims.numbers import estimate_text, number_text, percent
from tenfold.claims.table import text_table

VERDICTS_MIME = "application/vnd.tenfold.verdicts+json"  # what an executed notebook stores the records under


class EvidenceError(ValueError):
    """Evidence that does not fit the ledger; names the claim, what was given and what is expected."""


@dataclass(frozen=True)
class Verdict:
    """One claim's outcome: `verdict` is one of VERDICTS, `reason` a computed sentence."""

    claim: Claim
    verdict: str
    evidence: Evidence
    reason: str

    @property
    def estimates(self) -> dict[str, Estimate]:
        """The intervals behind the verdict by name; the name is empty when there is only one."""
        if isinstance(self.evidence, Estimate):
            return {"": self.evidence}
        return dict(self.evidence) if isinstance(self.evidence, Mapping) else {}

    def here(self) -> dict[str, str]:
        """Our numbers as text by name (empty for a single one), rounded to what their intervals support."""
        if isinstance(self.evidence, NotTestable):
            return {}
        marks = self.claim.criterion.marks()
        if not self.estimates:
            return {"": number_text(self.evidence, marks)}
        return {name: estimate_text(estimate, marks) for name, estimate in self.estimates.items()}


class Verdicts(Sequence[Verdict]):
    """The verdicts of one chapter in the ledger's order, by position or id. Prints as a text table."""

    def __init__(self, ledger: Ledger, profile: Profile, verdicts: Iterable[Verdict]) -> None:
        self.ledger = ledger
        self.profile = profile
        self._verdicts = tuple(verdicts)

    def __len__(self) -> int:
        return len(self._verdicts)

    def __getitem__(self, key: int | str) -> Verdict:
        if isinstance(key, str):
            key = self.ledger.claims.index(self.ledger.claim(key))
        return self._verdicts[key]

    def __repr__(self) -> str:
        paper = self.ledger.paper
        title = f"{self.ledger.chapter} (arXiv {paper.arxiv}, {paper.version}), profile {self.profile}"
        rows = [(v.claim.id, str(v.claim.reported), v.here(), v.verdict, v.reason) for v in self]
        return text_table(title, rows)

    def to_records(self) -> list[dict]:
        """One JSON-able dictionary a claim; infinite bounds and numbers not read at the source are null."""
        return [_record(v, self.ledger, self.profile) for v in self]


def judge(ledger: Ledger, evidence: Mapping[str, Evidence], *, profile: Profile) -> Verdicts:
    """Decide every claim of the ledger from `evidence[claim id]`.

    Evidence is an Estimate; for an `ordering` a dictionary of Estimates by step; for `exact` a plain number;
    or NotTestable, which a claim must get in a profile that it does not list.
    Raises EvidenceError for unknown claims, claims without evidence, and evidence of the wrong form or level.
    """
    if profile not in get_args(Profile):
        raise EvidenceError(f"profile must be one of {', '.join(get_args(Profile))}, got {profile!r}")
    ids = [claim.id for claim in ledger.claims]
    unknown = [str(key) for key in evidence if key not in ids]
    if unknown:
        raise EvidenceError(
            f"evidence for unknown claim {', '.join(unknown)}; ledger {ledger.chapter} has {', '.join(ids)}"
        )
    missing = [id for id in ids if id not in evidence]
    if missing:
        raise EvidenceError(
            f"no evidence for claim {', '.join(missing)} of ledger {ledger.chapter}; "
            "give an Estimate, or NotTestable with the reason"
        )
    return Verdicts(
        ledger, profile, [_judge_claim(claim, evidence[claim.id], profile) for claim in ledger.claims]
    )


def _judge_claim(claim: Claim, evidence: Evidence, profile: Profile) -> Verdict:
    if isinstance(evidence, NotTestable):
        return Verdict(claim, NOT_TESTABLE, evidence, evidence.reason)
    if profile not in claim.profiles:
        raise EvidenceError(
            f"claim {claim.id} is not testable in profile {profile!r} (its ledger lists {claim.profiles}); "
            "judge evidence | ledger.untestable(profile) instead"
        )
    evidence = _checked(claim, evidence)
    decision = claim.criterion.decide(evidence)
    return Verdict(claim, decision.verdict, evidence, decision.reason)


def _checked(claim: Claim, evidence: Evidence) -> Evidence:
    """The evidence in the form its criterion takes, or EvidenceError."""
    criterion = claim.criterion
    if isinstance(criterion, Exact):
        return _plain_number(claim, evidence)
    if not isinstance(criterion, Ordering):
        return _with_level(claim, evidence)
    if not isinstance(evidence, Mapping) or set(evidence) != set(criterion.steps):
        got = sorted(map(str, evidence)) if isinstance(evidence, Mapping) else repr(evidence)
        raise EvidenceError(
            f"claim {claim.id}: its ordering needs a dictionary with one Estimate for each of "
            f"{criterion.steps}, got {got}"
        )
    return {step: _with_level(claim, evidence[step], step) for step in criterion.steps}


def _plain_number(claim: Claim, evidence: object) -> float:
    if isinstance(evidence, bool) or not isinstance(evidence, Real) or not math.isfinite(evidence):
        raise EvidenceError(
            f"claim {claim.id}: its exact criterion takes a plain finite number, got {evidence!r}"
        )
    return float(evidence)


def _with_level(claim: Claim, evidence: object, step: str = "") -> Estimate:
    where = f"claim {claim.id}" + (f", step {step}" if step else "")
    if not isinstance(evidence, Estimate):
        raise EvidenceError(
            f"{where}: its {claim.criterion.type} criterion needs an interval; "
            f"give an Estimate, got {evidence!r}"
        )
    if evidence.level != claim.criterion.level:
        raise EvidenceError(
            f"{where}: the estimate's interval has level {percent(evidence.level)}, the ledger asks for "
            f"{percent(claim.criterion.level)}; compute the interval at the ledger's level"
        )
    return evidence


def _record(verdict: Verdict, ledger: Ledger, profile: Profile) -> dict:
    claim = verdict.claim
    reported = claim.reported.model_dump(exclude_none=True)
    if not claim.reported.printable:
        reported = {k: v for k, v in reported.items() if k not in ("value", "values")}
    return {
        "chapter": ledger.chapter,
        "arxiv": ledger.paper.arxiv,
        "profile": profile,
        "claim": claim.id,
        "text": claim.text,
        "where": claim.where,
        "paper": str(claim.reported),
        "reported": reported,
        "prediction": claim.prediction,
        "criterion": claim.criterion.describe(),
        "evidence": claim.evidence,
        "registered": claim.registered.isoformat(),
        "amended": [a.model_dump(mode="json") for a in claim.amended],
        "here": "; ".join((f"{n}: " if n else "") + text for n, text in verdict.here().items()),
        "number": verdict.evidence if isinstance(verdict.evidence, float) else None,
        "estimates": [_estimate_record(name, e) for name, e in verdict.estimates.items()],
        "verdict": verdict.verdict,
        "reason": verdict.reason,
    }


def _estimate_record(name: str, e: Estimate) -> dict:
    low, high = (x if math.isfinite(x) else None for x in (e.low, e.high))
    return {"name": name, "value": e.value, "low": low, "high": high, "level": e.level, "n": e.n}
