"""A ledger: what one paper claims, with the place, and how each claim will be decided."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from tenfold.claims.criteria import AnyCriterion
from tenfold.claims.evidence import NotTestable
from tenfold.claims.numbers import exact_text
from tenfold.claims.schema import Name, Record, Text

Profile = Literal["smoke", "laptop", "gpu"]
NOT_READ = "not read at source"
_RELATIONS = {
    "=": "",
    "~": "about ",
    ">=": "at least ",
    "<=": "at most ",
    ">": "more than ",
    "<": "less than ",
}


class Paper(Record):
    """version: the version the numbers were taken from.  licence: a note on what may be reused."""

    title: Text
    authors: Annotated[list[Text], Field(min_length=1)]
    arxiv: Annotated[str, StringConstraints(pattern=r"^\d{4}\.\d{4,5}$")]
    version: Text
    licence: Text


class Reported(Record):
    """The paper's number: one `value`, labelled `values`, or `unknown` with the reason.

    mark: `read` in the paper or a quotation of it, `derived` by arithmetic from such numbers, or `memory`.
    A memory fact may shape a criterion, but nothing prints it as the paper's number.
    source: where it was read, or what it was derived from.
    """

    value: Annotated[float | None, Field(repr=False)] = None
    values: Annotated[dict[Name, float] | None, Field(min_length=1, repr=False)] = None
    unknown: Text | None = None
    relation: Literal["=", "~", ">=", "<=", ">", "<"] = "="
    unit: Text | None = None
    mark: Literal["read", "derived", "memory"] | None = None
    source: Text | None = None

    @model_validator(mode="after")
    def _one_form(self) -> "Reported":
        given = [name for name in ("value", "values", "unknown") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(
                f"give exactly one of value, values, unknown; got {' and '.join(given) or 'none'}"
            )
        if self.unknown is not None:
            extra = [n for n in ("unit", "mark", "source") if getattr(self, n) is not None]
            if extra or self.relation != "=":
                raise ValueError(f"an unknown number has a reason only, no {(extra or ['relation'])[0]}")
        elif self.mark is None:
            raise ValueError("a number needs a mark: read, derived or memory")
        elif self.mark != "memory" and self.source is None:
            raise ValueError(
                f"a number marked {self.mark} needs a source: where it was read, or what it is derived from"
            )
        return self

    @property
    def printable(self) -> bool:
        return self.unknown is None and self.mark != "memory"

    def __str__(self) -> str:
        """How pages and tables show it."""
        if self.unknown is not None:
            return "unknown"
        if self.mark == "memory":
            return NOT_READ
        values = self.values or {"": self.value}
        shown = ", ".join(
            (f"{label}: " if label else "") + _RELATIONS[self.relation] + exact_text(value)
            for label, value in values.items()
        )
        unit = f" {self.unit}" if self.unit else ""
        return shown + unit + (" (derived)" if self.mark == "derived" else "")


class Amendment(Record):
    date: date
    reason: Text


class Claim(Record):
    """One claim and how it will be decided.

    text: the claim in our words.  where: its place in the paper.  prediction: what must hold at our scale if
    the claim is right.  evidence: what kind of it decides.  profiles: those that test it, possibly none.
    registered: when prediction and criterion were written down, before the runs.  amended: later changes.
    """

    id: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Za-z0-9]{0,4}$")]
    text: Text
    where: Text
    reported: Reported
    prediction: Text
    criterion: AnyCriterion
    evidence: Literal["real data", "simulator", "arithmetic", "compile"]
    profiles: list[Profile]
    registered: date
    amended: Annotated[list[Amendment], Field(default_factory=list)]

    @field_validator("profiles")
    @classmethod
    def _distinct(cls, profiles: list[str]) -> list[str]:
        if len(set(profiles)) < len(profiles):
            raise ValueError(f"each profile stands once, got {profiles}")
        return profiles

    @model_validator(mode="after")
    def _dates_in_order(self) -> "Claim":
        dates = [self.registered, *(a.date for a in self.amended)]
        if dates != sorted(dates):
            raise ValueError(f"amended: dates must ascend from registered ({self.registered})")
        return self


class Ledger(Record):
    """The claims of one chapter's paper, in the order of the file."""

    chapter: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    paper: Paper
    claims: Annotated[list[Claim], Field(min_length=1)]

    @field_validator("claims")
    @classmethod
    def _distinct_ids(cls, claims: list[Claim]) -> list[Claim]:
        ids = [claim.id for claim in claims]
        twice = sorted({i for i in ids if ids.count(i) > 1})
        if twice:
            raise ValueError(f"id {', '.join(twice)} stands more than once; give every claim its own id")
        return claims

    def claim(self, id: str) -> Claim:
        """The claim with this id; KeyError naming the known ids otherwise."""
        for claim in self.claims:
            if claim.id == id:
                return claim
        raise KeyError(
            f"no claim {id!r} in ledger {self.chapter}; it has {', '.join(c.id for c in self.claims)}"
        )

    def untestable(self, profile: Profile) -> dict[str, NotTestable]:
        """Evidence for the claims that this profile cannot test, to be merged into what `judge` gets."""

        def reason(claim: Claim) -> str:
            if not claim.profiles:
                return "No profile of this book can test it."
            return f"Tested in profile {' or '.join(claim.profiles)}, not in {profile}."

        return {c.id: NotTestable(reason(c)) for c in self.claims if profile not in c.profiles}
