"""The rules against the labels of an annotation file in WildFeedback's form: counts by hand."""

import json

import numpy as np
import pytest

from tenfold.feedback import (
    evaluate_feedback,
    find_feedback_many,
    polarities,
    read_wildfeedback_annotations,
)

DIALOGUES = [
    [
        ("User", "Write a poem", False, False),
        ("Agent", "Roses are red", False, False),
        ("User", "That's too long, shorter please", False, True),
        ("Agent", "Roses", False, False),
        ("User", "Perfect, thank you!", True, False),
    ],
    [
        ("User", "What is 2 + 2?", False, False),
        ("Agent", "5", False, False),
        ("User", "My notes say otherwise", False, True),
    ],
    [
        ("User", "Hi", False, False),
        ("Agent", "Hello", False, False),
        ("User", "thanks, and the weather in Rome", False, False),
    ],
]


def test_rules_against_the_files_labels(write):
    """DSAT: one of two heard, nothing else; SAT: one of one heard, and thanks that do not count."""
    rows = [
        {
            "UtteranceId": place,
            "TurnId": place // 2,
            "Role": role,
            "Content": text,
            "State": "FEEDBACK" if sat or dsat else "NEWTOPIC",
            "SAT": sat,
            "DSAT": dsat,
        }
        for turns in DIALOGUES
        for place, (role, text, sat, dsat) in enumerate(turns)
    ]
    annotated = list(read_wildfeedback_annotations(write(json.dumps(rows), "sat_dsat_annotation.json")))
    dialogues = [entry.dialogue for entry in annotated]
    found = [polarities(row) for row in find_feedback_many(dialogues, progress=False)]
    by = {
        polarity: evaluate_feedback(
            dialogues,
            found,
            [entry.marked for entry in annotated],
            polarity=polarity,
            rng=np.random.default_rng(0),
        )
        for polarity in ("SAT", "DSAT")
    }
    assert by["DSAT"].counts.sum(0).tolist() == [1, 0, 1, 5]
    assert by["SAT"].counts.sum(0).tolist() == [1, 1, 0, 5]
    assert (by["DSAT"].precision().value, by["DSAT"].recall().value) == (1, 0.5)
    # observed agreement 6/7; by chance (1 * 2 + 6 * 5) / 49 = 32/49
    assert by["DSAT"].kappa().value == pytest.approx((6 / 7 - 32 / 49) / (1 - 32 / 49))
