"""What every part of a ledger has in common: strict, frozen records and one-line texts."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints


class Record(BaseModel):
    """Extra fields, silent conversions and non-finite numbers are refused; nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(lambda s: " ".join(s.split()))
]
Name = Annotated[str, StringConstraints(pattern=r"^\S(.{0,38}\S)?$")]
