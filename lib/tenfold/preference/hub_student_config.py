"""The settings of a run against overrefusal on published models."""

from dataclasses import asdict, dataclass, field
from typing import Any

from tenfold.preference.pairs import check_positive
from tenfold.preference.registry import loss_by_name

BENCHMARKS = ("xstest", "or-bench")
SELECTIONS = ("random", "guard")
CHAT = "chat:"
SHIPPED = "shipped"
_TUPLES = ("tests", "unsafe_labels")
_COUNTS = (
    *("general_size", "completions", "steps", "batch", "micro_batch", "max_prompt", "max_completion"),
    "at_once",
)


@dataclass(frozen=True)
class HubPreference:
    """The preference stage.

    tau: containment threshold, above 0 only with a guard.  borderline_size: prompts that look toxic only, for
    pairs that teach usefulness; harmful_size: toxic ones, for pairs that teach safety (0: none).
    student_completions: drawn of the student for each.
    """

    tau: float = 0.0
    borderline_size: int = 1000
    harmful_size: int = 200
    student_completions: int = 4
    loss: str = "dpo"
    loss_arguments: dict[str, float] = field(default_factory=dict)
    beta: float = 0.1
    lr: float = 2e-6
    steps: int = 150

    def __post_init__(self) -> None:
        loss_by_name(self.loss)
        check_positive("beta", self.beta)
        check_positive("lr", self.lr)
        if not 0 <= self.tau <= 1:
            raise ValueError(f"tau is {self.tau!r}; allowed: 0 to 1")
        for name in ("borderline_size", "student_completions", "steps"):
            _check_count(name, getattr(self, name), 1)
        _check_count("harmful_size", self.harmful_size, 0)


@dataclass(frozen=True)
class HubStudentConfig:
    """One run; without a preference stage where `preference` is None.

    teacher: "chat:NAME", the model of this name that TENFOLD_CHAT chooses, with its answers in the file
    `recordings`; or a causal language model.  All models: hub ids or folders.
    general_data: general-purpose prompts, in a column of a data set of the hub, or of a .jsonl, .jsonl.gz or
    .json file; toxic_data likewise, or "shipped" (AdvBench of `shipped_prompts`).  borderline_data:
    or-bench-80k.csv; of the tests, xstest_data: xstest_prompts.csv, hard_data: or-bench-hard-1k.csv,
    harmful_data: or-bench-toxic.csv; of these four None: what `tenfold fetch` brought.  Revisions: a commit
    of the hub, or the SHA-256 of a file; name them to make a run repeatable.
    general_size, added: general-purpose and toxic prompts of the first stage, answered by the teacher.
    selection: of `completions` answers a prompt, "guard" takes the one it finds safest; "random" draws one.
    guard: a text classifier that reads prompt and answer, its unsafe_labels those that mean unsafe.
    batch: examples a step, micro_batch of them at once.  max_prompt, max_completion: tokens, template and end
    included.  at_once: prompts that a model answers at once.  test_size: prompts of a benchmark that are
    harmless, and that are harmful; None: all.
    Equal seeds give the same prompts; a longer `added` begins with the shorter one.
    """

    seed: int
    teacher: str
    teacher_revision: str | None = None
    recordings: str | None = None
    student: str = "Qwen/Qwen2.5-0.5B"
    student_revision: str | None = None
    guard: str | None = None
    guard_revision: str | None = None
    unsafe_labels: tuple[str, ...] = ()
    general_data: str = "HuggingFaceH4/no_robots"
    general_column: str = "prompt"
    general_split: str = "train"
    general_revision: str | None = None
    general_size: int = 2000
    toxic_data: str = SHIPPED
    toxic_column: str = "prompt"
    toxic_split: str = "train"
    toxic_revision: str | None = None
    added: int = 200
    borderline_data: str | None = None
    tests: tuple[str, ...] = BENCHMARKS
    xstest_data: str | None = None
    hard_data: str | None = None
    harmful_data: str | None = None
    test_size: int | None = None
    selection: str = "random"
    completions: int = 8
    lr: float = 1e-5
    steps: int = 300
    batch: int = 16
    micro_batch: int = 4
    max_prompt: int = 256
    max_completion: int = 512
    at_once: int = 64
    preference: HubPreference | None = None

    def __post_init__(self) -> None:
        for name in _TUPLES:
            if not isinstance(getattr(self, name), tuple):
                raise TypeError(f"{name} is {getattr(self, name)!r}; allowed: a tuple of texts")
        check_positive("lr", self.lr)
        for name in _COUNTS:
            _check_count(name, getattr(self, name), 1)
        for name in ("seed", "added"):
            _check_count(name, getattr(self, name), 0)
        if self.test_size is not None:
            _check_count("test_size", self.test_size, 1)
        if self.batch % self.micro_batch:
            raise ValueError(f"micro_batch is {self.micro_batch}; allowed: a divisor of batch, {self.batch}")
        if not self.tests or not set(self.tests) <= set(BENCHMARKS) or len(set(self.tests)) < len(self.tests):
            raise ValueError(f"tests is {self.tests!r}; allowed: one or more of {BENCHMARKS}, each once")
        self._check_teacher()
        self._check_guard()

    def _check_teacher(self) -> None:
        if self.teacher.removeprefix(CHAT) in ("", "chat"):
            raise ValueError(
                f"teacher is {self.teacher!r}; allowed: {CHAT}NAME, with the name of the model that "
                "TENFOLD_CHAT chooses, or a hub id or folder"
            )
        given = {"recordings": self.recordings, "teacher_revision": self.teacher_revision}
        foreign = "teacher_revision" if self.teacher.startswith(CHAT) else "recordings"
        if given[foreign] is not None:
            raise ValueError(f"{foreign} is {given[foreign]!r}; allowed for teacher {self.teacher!r}: None")

    def _check_guard(self) -> None:
        if self.selection not in SELECTIONS:
            raise ValueError(f"selection is {self.selection!r}; allowed: {', '.join(SELECTIONS)}")
        if (self.guard is None) != (not self.unsafe_labels):
            raise ValueError(
                f"guard is {self.guard!r}, unsafe_labels {self.unsafe_labels!r}; allowed: both or neither"
            )
        if self.guard is not None:
            return
        if self.selection == "guard":
            raise ValueError("selection is 'guard' and guard is None; allowed: name a guard, or 'random'")
        if self.preference is not None and self.preference.tau > 0:
            raise ValueError(
                f"tau is {self.preference.tau} and guard is None, so that nothing tells how safe an answer "
                "is; allowed: name a guard, or tau 0"
            )

    def to_json(self) -> dict[str, Any]:
        """The configuration as `tenfold.runs` records it."""
        return asdict(self) | {name: list(getattr(self, name)) for name in _TUPLES}

    @classmethod
    def from_json(cls, config: dict[str, Any]) -> "HubStudentConfig":
        """Raises ValueError for values out of range, TypeError for unknown names."""
        tuples = {name: tuple(config[name]) for name in _TUPLES if name in config}
        preference = config.get("preference")
        made = None if preference is None else HubPreference(**preference)
        return cls(**(config | tuples | {"preference": made}))


def _check_count(name: str, value: object, least: int) -> None:
    if not (type(value) is int and value >= least):
        raise ValueError(f"{name} is {value!r}; allowed: a whole number, {least} or more")
