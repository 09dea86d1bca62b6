"""Data sets that no package ships: what each is, where it lies, and its files once they are fetched."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tenfold.paths import project_root

FOLDER = "data/external"
"""Where fetched files go, ignored by git."""
HARM = "holds harmful prompts: data for tests, never to be shown in full"


@dataclass(frozen=True)
class ExternalFile:
    """A file of a data set.

    path: below the data set's own folder.  sha256: None where it is not known beforehand.  megabytes: more
    are refused.
    """

    path: str
    sha256: str | None = None
    megabytes: int = 5


@dataclass(frozen=True)
class ExternalData:
    """A data set.

    base: the address that the files' paths are appended to.  hosts: those that a download may be redirected
    to, beside the address's own; one that starts with a point stands for all hosts that end so.
    """

    name: str
    title: str
    base: str
    revision: str
    licence: str
    files: tuple[ExternalFile, ...]
    warning: str = ""
    hosts: tuple[str, ...] = ()

    def target(self, file: ExternalFile, root: Path) -> Path:
        return root / FOLDER / self.name / file.path


class ExternalDataError(ValueError):
    """A data set is unknown, not fetched, or not the one that was meant."""


def _github(repository: str, revision: str) -> str:
    return f"https://raw.githubusercontent.com/{repository}/{revision}/"


def _hub(name: str, revision: str) -> str:
    return f"https://huggingface.co/datasets/{name}/resolve/{revision}/"


_XSTEST = "d7bb5bd738c1fcbc36edd83d5e7d1b71a3e2d84d"
_USS = "8ba06bd92570fd94d3ec0cb828aad45172be71b2"
_HUB_HOSTS = (".huggingface.co", ".hf.co")

EXTERNAL = {
    data.name: data
    for data in (
        ExternalData(
            "xstest",
            "XSTest: 250 safe prompts that look unsafe, and 200 unsafe ones (arXiv:2308.01263)",
            _github("paul-rottger/exaggerated-safety", _XSTEST),
            _XSTEST,
            "CC-BY-4.0",
            (
                ExternalFile(
                    "xstest_prompts.csv", "11783fb294ed017473ee53c207d71f2161c7672c8d0b037501e78387f801cb5a"
                ),
            ),
            HARM,
        ),
        ExternalData(
            "xstest-completions",
            "Answers of five models to XSTest, labelled by people as full, partial or no refusal",
            _github("paul-rottger/exaggerated-safety", _XSTEST) + "model_completions/",
            _XSTEST,
            "CC-BY-4.0 for the labels; the answers are the models' own",
            tuple(
                ExternalFile(f"xstest_v2_completions_{model}.csv")
                for model in ("gpt4", "llama2new", "llama2orig", "mistralguard", "mistralinstruct")
            ),
            HARM + "; some answers give what they ask for",
        ),
        ExternalData(
            "or-bench",
            "OR-Bench: prompts that look toxic and are not, a hard part of them, and toxic ones",
            _hub("bench-llm/or-bench", "main"),
            "main, which may change: the first fetch decides",
            "CC-BY-4.0",
            (
                ExternalFile("or-bench-80k.csv", megabytes=50),
                ExternalFile("or-bench-hard-1k.csv"),
                ExternalFile("or-bench-toxic.csv"),
            ),
            HARM,
            _HUB_HOSTS,
        ),
        ExternalData(
            "uss",
            "User satisfaction simulation: task dialogues rated by people (arXiv:2105.03748)",
            _github("sunnweiwei/user-satisfaction-simulation", _USS) + "dataset/",
            _USS,
            "none stated: cite the paper, pass nothing on",
            (
                ExternalFile(
                    "MWOZ.txt", "32b654c702828bbcef0d9b7b63c096c1b464037a2c4f957cf3d7ec620c6170c8", 50
                ),
                ExternalFile(
                    "SGD.txt", "f417e17e39221a396a041bd10bee4f3e221a5834d2e32dcc7f813adb25d3bf39", 50
                ),
                ExternalFile(
                    "ReDial.txt", "b875bc656ed2e7ca12dfd966e026b2393f86e6915e8fdaf1e287ac2eb1c1b0f2", 50
                ),
                ExternalFile(
                    "CCPE.txt", "ee6e268f85a7fd25acfa97cf1c5bb9b8c8e86f20dff096535dd46296a036bba9", 50
                ),
            ),
        ),
        ExternalData(
            "wildfeedback",
            "WildFeedback: conversations with feedback, and preference pairs made of it (arXiv:2408.15549)",
            _hub("microsoft/WildFeedback", "main"),
            "main, which may change: the first fetch decides",
            "ODC-BY",
            tuple(
                ExternalFile(name, megabytes=4000)
                for name in ("wildfeedback.json", "user_preference.json", "sat_dsat_annotation.json")
            ),
            "real conversations, some of them toxic",
            _HUB_HOSTS,
        ),
        ExternalData(
            "hh-rlhf",
            "hh-rlhf: pairs of transcripts, one of them preferred by people (arXiv:2204.05862)",
            _hub("Anthropic/hh-rlhf", "main"),
            "main, which may change: the first fetch decides",
            "MIT",
            tuple(
                ExternalFile(f"{part}/{split}.jsonl.gz", megabytes=200)
                for part in (
                    "harmless-base",
                    "helpful-base",
                    "helpful-online",
                    "helpful-rejection-sampled",
                )
                for split in ("train", "test")
            ),
            HARM,
            _HUB_HOSTS,
        ),
    )
}


def external_data(name: str) -> ExternalData:
    """A data set by its name. Raises ExternalDataError."""
    if name not in EXTERNAL:
        raise ExternalDataError(f"no external data {name!r}; allowed: {', '.join(EXTERNAL)}")
    return EXTERNAL[name]


def external_file(name: str, file: str, *, root: Path | None = None) -> Path:
    """A fetched file of a data set, its SHA-256 checked.

    root: the project's; None: found from the working directory. Raises ExternalDataError where there is no
    such file, where it was not fetched, and where its content is another one.
    """
    data = external_data(name)
    wanted = {entry.path: entry for entry in data.files}
    if file not in wanted:
        raise ExternalDataError(f"{name} has no file {file!r}; allowed: {', '.join(wanted)}")
    path = data.target(wanted[file], project_root() if root is None else root)
    if not path.is_file():
        raise ExternalDataError(f"{path} is not there; get it, with network: tenfold fetch {name}")
    check(path, wanted[file].sha256)
    return path


def check(path: Path, sha256: str | None) -> None:
    """Compare a file with its SHA-256, or with the one recorded beside it when it was fetched.

    Raises ExternalDataError for a difference, or where there is nothing to compare with.
    """
    expected = sha256 or recorded_sha256(path)
    if expected is None:
        raise ExternalDataError(
            f"{path} has no SHA-256 to check it by ({sidecar(path).name} is missing): remove it, fetch anew"
        )
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != expected:
        raise ExternalDataError(
            f"{path} has SHA-256 {digest}, expected {expected}: it was changed; remove it and fetch anew"
        )


def sidecar(path: Path) -> Path:
    """Where the SHA-256 of a fetched file is recorded, in the form that `sha256sum --check` reads."""
    return path.with_name(path.name + ".sha256")


def recorded_sha256(path: Path) -> str | None:
    """The SHA-256 recorded beside a file, None where there is none."""
    beside = sidecar(path)
    return beside.read_text("utf-8").split()[0] if beside.is_file() else None
