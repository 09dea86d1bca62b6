"""What a trial reads and tells; the trial itself installs gigabytes and is run by hand."""

from tenfold.upkeep.trial import changes, outcomes, pins, report

OLD = "numpy==2.4.6 ; python_full_version < '3.12'\ntorch==2.13.0\ngone==1.0\n"
NEW = "numpy==2.5.0\ntorch==2.13.0+cpu\nadded==3.0\n"
PRINTED = """0 of 2 chapters are fresh, 2 to execute
01_lr_horizon: done in 1 min 02 s
1/2 chapters, 1 min left
02_multilingual_law: failed in 3 s
"""


def test_versions_that_moved_are_told_with_what_came_and_went():
    assert changes(pins(OLD), pins(NEW)) == [
        "added: not there to 3.0",
        "gone: 1.0 to not there",
        "numpy: 2.4.6 to 2.5.0",
    ]
    assert changes(pins(OLD), pins(OLD)) == []


def test_chapters_are_told_with_how_they_ended():
    assert outcomes(PRINTED) == {
        "01_lr_horizon": "done in 1 min 02 s",
        "02_multilingual_law": "failed in 3 s",
    }


def test_the_report_holds_versions_chapters_and_errors():
    told = report("3.13.0", ["numpy: 1 to 2"], outcomes(PRINTED), "error: it failed in cell 4")
    assert "# Trial on Python 3.13.0" in told
    assert "- numpy: 1 to 2" in told
    assert "| 02_multilingual_law | failed in 3 s |" in told
    assert "error: it failed in cell 4" in told
    assert "What went wrong" not in report("3.13.0", [], {}, "")
    assert "those of the lock" in report("3.13.0", [], {}, "")
