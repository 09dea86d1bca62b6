"""Ledgers of claims, and verdicts on them.

A ledger (`data/claims/<chapter>.yaml`) states a paper's claims and, before any run, how each will be decided.
`judge` compares a chapter's estimates with those criteria; nothing else makes a verdict.
"""

from tenfold.claims.criteria import (
    DIRECTION_ONLY,
    INCONCLUSIVE,
    NOT_REPRODUCED,
    NOT_TESTABLE,
    REPRODUCED,
    VERDICTS,
)
from tenfold.claims.evidence import Estimate, NotTestable
from tenfold.claims.ledger import Claim, Ledger, Paper, Profile, Reported
from tenfold.claims.load import LedgerError, load_claims, read_ledger
from tenfold.claims.t_estimate import t_estimate
from tenfold.claims.verdicts import VERDICTS_MIME, EvidenceError, Verdict, Verdicts, judge

__all__ = [
    "DIRECTION_ONLY",
    "INCONCLUSIVE",
    "NOT_REPRODUCED",
    "NOT_TESTABLE",
    "REPRODUCED",
    "VERDICTS",
    "VERDICTS_MIME",
    "Claim",
    "Estimate",
    "EvidenceError",
    "Ledger",
    "LedgerError",
    "NotTestable",
    "Paper",
    "Profile",
    "Reported",
    "Verdict",
    "Verdicts",
    "judge",
    "load_claims",
    "read_ledger",
    "t_estimate",
]
