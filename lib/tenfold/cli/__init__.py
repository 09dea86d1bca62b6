"""The command `tenfold`. Commands import what they need when they run, so that help comes at once."""

import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

app = typer.Typer(
    help="Ten LLM papers, rerun: execute the chapters, build the book, check the recorded runs.",
    add_completion=False,
    rich_markup_mode=None,
)

Jobs = Annotated[int | None, typer.Option(min=1, help="Processes side by side; default: one for every core.")]
Tolerance = Annotated[float, typer.Option(min=0, help="Largest difference of a metric that is no mismatch.")]
Backend = Annotated[
    Literal["loky", "ray"] | None,
    typer.Option(help="Where sweeps compute: loky (here, the default) or ray (the cluster of RAY_ADDRESS)."),
]
Gpus = Annotated[
    float | None, typer.Option(min=0, help="GPUs, or the share of one, of each call on ray; default: 0.")
]
Force = Annotated[bool, typer.Option("--force", help="Execute fresh chapters too.")]


@app.command()
def run(
    chapters: Annotated[
        list[str] | None,
        typer.Argument(help="Names or numbers, e.g. lr_horizon or 1; default: all chapters."),
    ] = None,
    profile: Annotated[str | None, typer.Option(help="smoke (seconds), laptop (minutes), gpu.")] = None,
    runs: Annotated[
        str | None, typer.Option(help="recorded (use recorded runs) or fresh (recompute).")
    ] = None,
    jobs: Jobs = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", metavar="NAME=VALUE", help="Any parameter of the chapters; repeatable."),
    ] = None,
    force: Force = False,
    backend: Backend = None,
    gpus: Gpus = None,
) -> int:
    """Execute the chapters whose inputs changed since their last execution."""
    from tenfold.cli.run_chapters import given_parameters, run_chapters
    from tenfold.paths import project_root

    _set_sweeps(backend, gpus)
    given = given_parameters(parameter or [], profile=profile, runs=runs)
    return run_chapters(project_root(), chapters or [], given, jobs=jobs, force=force)


@app.command()
def book(
    jobs: Jobs = None,
    force: Force = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="Add the whole book as a PDF; needs Chromium.")] = False,
) -> int:
    """Execute what changed, then build the site; a failed chapter keeps its last good page, marked as old."""
    from tenfold.book.site import build
    from tenfold.cli.run_chapters import run_chapters
    from tenfold.paths import project_root

    root = project_root()
    status = run_chapters(root, [], {}, jobs=jobs, force=force)
    typer.echo("building the site")
    typer.echo(f"site: {build(root, pdf=pdf)}")
    return status


@app.command()
def verify(
    sample: Annotated[int, typer.Option(min=1, help="How many recorded runs to retrain.")] = 4,
    seed: Annotated[int | None, typer.Option(help="Chooses them; default: others every time.")] = None,
    tolerance: Tolerance = 0.01,
) -> int:
    """Check the code behind all recorded runs, and retrain a random sample of them."""
    from tenfold.cli.recorded_runs import verify_recorded
    from tenfold.paths import project_root

    return verify_recorded(project_root(), sample=sample, seed=seed, tolerance=tolerance)


@app.command()
def rerun(
    jobs: Jobs = None, tolerance: Tolerance = 0.01, backend: Backend = None, gpus: Gpus = None
) -> int:
    """Recompute all recorded runs (hours; resumes where it stopped) and compare."""
    from tenfold.cli.recorded_runs import rerun_recorded
    from tenfold.paths import project_root

    _set_sweeps(backend, gpus)
    return rerun_recorded(project_root(), jobs=jobs, tolerance=tolerance)


@app.command()
def status() -> int:
    """Show every chapter: fresh or stale and why, its verdicts, how long it took."""
    from tenfold.cli.status_table import print_status
    from tenfold.paths import project_root

    print_status(project_root())
    return 0


@app.command()
def doctor() -> int:
    """Check the environment; each problem comes with its remedy."""
    from tenfold.cli.environment import examine
    from tenfold.paths import project_root

    return examine(project_root())


@app.command()
def fetch(
    name: Annotated[str | None, typer.Argument(help="A data set; default: list them.")] = None,
) -> int:
    """Download a data set that no package ships into data/external; without a name list them."""
    from tenfold.cli.fetch import fetch_named
    from tenfold.paths import project_root

    return fetch_named(project_root(), name)


@app.command()
def serp(
    query: Annotated[str, typer.Argument(help="What somebody would type into a search box.")],
    strategy: Annotated[
        str, typer.Option(help="greedy, best-of-n, beam, coarse-to-fine, or 'coarse-to-fine beam'.")
    ] = "coarse-to-fine",
    judge: Annotated[
        str,
        typer.Option(
            help="intents, one-intent (user models of a guessed need), layout (sees the page in a browser), "
            "vision (the model of TENFOLD_CHAT)."
        ),
    ] = "intents",
    budget: Annotated[int, typer.Option(min=1, help="The most calls of the judge.")] = 64,
    seed: Annotated[int, typer.Option(min=0, help="Of the random draws.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="The HTML file to write; default: one in build/serp/pages.")
    ] = None,
) -> int:
    """Compose a result page for a query over the shipped documents, and name the HTML file."""
    from tenfold.cli.result_page import write_page
    from tenfold.paths import project_root

    return write_page(
        project_root(), query, strategy=strategy, judge=judge, budget=budget, seed=seed, out=out
    )


def _set_sweeps(backend: str | None, gpus: float | None) -> None:
    """Where the sweeps of this command, and of the chapters that it executes, compute."""
    for name, value in (("TENFOLD_BACKEND", backend), ("TENFOLD_GPUS", gpus)):
        if value is not None:
            os.environ[name] = str(value)


@app.command()
def student(
    out: Annotated[Path | None, typer.Option(help="The folder to make; default: build/student.")] = None,
) -> int:
    """Make the student release: exercises without solutions, with all that they need."""
    from tenfold.cli.course import make_student_release
    from tenfold.paths import project_root

    root = project_root()
    return make_student_release(root, (out or root / "build" / "student").resolve())


@app.command()
def grade(
    submissions: Annotated[Path, typer.Argument(help="Holds STUDENT/NN_slug.ipynb, as handed in.")],
    out: Annotated[Path | None, typer.Option(help="For the grades; default: build/grading.")] = None,
    seconds: Annotated[int, typer.Option(min=10, help="The most one submission may take.")] = 180,
    memory: Annotated[float, typer.Option(min=0.5, help="GB that each of its processes may take.")] = 4.0,
    jobs: Jobs = None,
    show_hidden_tests: Annotated[
        bool, typer.Option("--show-hidden-tests", help="Put their text into the feedback.")
    ] = False,
) -> int:
    """Grade notebooks by nbgrader, each within limits; finished ones are not graded again."""
    from tenfold.cli.course import grade_submissions
    from tenfold.course.limits import Limits
    from tenfold.paths import project_root

    root = project_root()
    return grade_submissions(
        root,
        submissions,
        (out or root / "build" / "grading").resolve(),
        Limits(seconds=seconds, memory=int(memory * 2**30)),
        jobs=jobs,
        show_hidden_tests=show_hidden_tests,
    )


@app.command()
def classroom_check(jobs: Jobs = None) -> int:
    """Show that stubs fail, solutions pass, wrong answers fail, and that the release leaks nothing."""
    from tenfold.cli.course import check_classroom
    from tenfold.paths import project_root

    return check_classroom(project_root(), jobs=jobs)


def main() -> None:
    """The entry point. What went wrong is one `error:` line on stderr, unless it is a mistake of our own."""
    command = typer.main.get_command(app)
    try:
        # Not `app()`: it would swallow the message of a KeyboardInterrupt, which says how to go on.
        with command.make_context("tenfold", sys.argv[1:]) as context:
            sys.exit(command.invoke(context))
    except typer.Exit as finished:
        sys.exit(finished.exit_code)
    except typer.TyperException as error:
        _fail(f"{error.format_message()} (see tenfold --help)", error.exit_code)
    except KeyboardInterrupt as interrupt:
        _fail(str(interrupt) or "interrupted (the same command starts again)", 130)
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("tenfold"):
            raise
        _fail(f"the package {error.name} is missing (make setup installs it)", 1)
    except Exception as error:
        # An exception class of ours is a message to the user; any other is a mistake and keeps its traceback.
        if not type(error).__module__.startswith("tenfold."):
            raise
        _fail(str(error), 1)


def _fail(message: str, code: int) -> None:
    sys.stderr.write(f"error: {message}\n")
    sys.exit(code)
