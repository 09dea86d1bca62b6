"""What one run in the users' world is made of."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from tenfold.feedback.pairs import FeedbackPrompt, Prefers
from tenfold.feedback.user_judges import WordJudge
from tenfold.feedback.user_world import POPULATIONS

DATA = ("base", "wildfeedback", "generic", "fair")
EXTRACTORS = ("keyword", "prejudiced", "shuffled", "truth")
PREJUDICE, PREJUDICED_SHARE = "formal", 0.5
GENERIC, FAIR = WordJudge(), WordJudge(verbosity=0.0)


def _keep(prompt: FeedbackPrompt, checklist: Sequence[str], first: str, second: str) -> float:
    """No judge: every pair stays."""
    return 1.0


FILTERS: dict[str, Prefers] = {"judge": GENERIC, "fair": FAIR, "none": _keep}


@dataclass(frozen=True)
class UserConfig:
    """One run. Equal seeds give the same base policy, users, requests and test dialogues.

    data: "base" has no training after the base policy; "wildfeedback" makes pairs of feedback; "generic" and
    "fair" let the judge with and without a taste for length choose, for the same prompts and as many pairs.
    version, use: as in `feedback_pairs`.  filter: who drops on-policy pairs by their checklists: a "judge"
    with the generic judge's taste for length, a "fair" one without, or "none".
    extractor: who writes the checklists of the pairs: by keywords; by keywords with a prejudice for formal
    answers; by keywords, but each of another answer's feedback; the truth about who complains and wants what.
    flip: share of labels swapped.  control: how well the base policy follows a checklist, 0.5 to 1.
    dialogues: of three requests, for pairs; at most `most_pairs` of these are used, at random.
    test_dialogues: for measuring.
    against: whether to compare with the arm, too, in which the filter's judge chooses; it is then trained.
    """

    seed: int
    data: str = "wildfeedback"
    version: str = "on-policy"
    use: tuple[str, ...] = ("SAT", "DSAT")
    filter: str = "judge"
    extractor: str = "keyword"
    flip: float = 0.0
    control: float = 0.85
    population: str = "cued"
    against: bool = False
    loss: str = "dpo"
    beta: float = 0.1
    lr: float = 2e-4
    steps: int = 50
    supervised_lr: float = 6e-4
    supervised_steps: int = 25
    dialogues: int = 1500
    most_pairs: int = 400
    test_dialogues: int = 150
    base_steps: int = 600

    def __post_init__(self) -> None:
        allowed = {"data": DATA, "filter": FILTERS, "extractor": EXTRACTORS, "population": POPULATIONS}
        for name, values in allowed.items():
            if getattr(self, name) not in values:
                raise ValueError(f"{name} is {getattr(self, name)!r}; allowed: {', '.join(values)}")
        if not 0.5 <= self.control <= 1:
            raise ValueError(f"control is {self.control}; allowed: 0.5 to 1")
        for name in ("dialogues", "test_dialogues", "base_steps"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; allowed: 1 or more")

    def to_json(self) -> dict[str, Any]:
        """The configuration as `tenfold.runs` records it."""
        return asdict(self) | {"use": list(self.use)}

    @classmethod
    def from_json(cls, config: dict[str, Any]) -> "UserConfig":
        """Raises ValueError for values out of range, TypeError for unknown names."""
        return cls(**(config | {"use": tuple(config["use"])}))

    @property
    def rival(self) -> "UserConfig":
        """The arm in which the judge that filters here chooses without checklists."""
        return replace(self, data="fair" if self.filter == "fair" else "generic", against=False)

    @property
    def of_pairs(self) -> "UserConfig":
        """The same without what does not change the pairs, so that arms share them."""
        return replace(
            self,
            against=False,
            loss="dpo",
            beta=0.0,
            lr=0.0,
            steps=0,
            supervised_lr=0.0,
            supervised_steps=0,
            test_dialogues=1,
        )
