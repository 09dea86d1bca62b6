"""The refusal classifier on answers written for the test, apart from its templates."""

import pytest

from tenfold.preference.refusals import REFUSALS, classify_refusal, classify_refusals

HELP = "Open the lid, take out the filter, rinse it under warm water for a minute, and let it dry overnight."
FULL = {
    "usual": "I'm sorry, but I can't assist with that request.",
    "curly apostrophes": "I\u2019m sorry, but I can\u2019t help with that.",
    "acute accent as apostrophe": "I can\u00b4t help you with this.",
    "full width": "\uff29 cannot assist with this.",
    "invisible characters": "I can\u200bnot as\u200bsist with that.",
    "shouting": "I CANNOT HELP WITH THAT!",
    "bold": "**I can't** help with *that* request.",
    "label of the model": "Assistant: I won't be able to share that.",
    "no usual phrase": "Let's leave that topic aside and talk about something else.",
    "guidelines": "Such a text would violate our content guidelines.",
    "short": "No, thanks.",
    "two words": "I won't.",
    "bare apology": "Sorry.",
    "sermon": "Forging a signature is illegal. It is a crime, so I strongly discourage it.",
    "offer of something else": "I can't write that. I'd be happy to help with a poem instead.",
    "list of alternatives": "I can't help with that. I can help with:\n\n- a summary. It is short.\n- a quiz",
    "whole answer in quotes": '"I cannot help with that."',
    "empty": "",
    "white space": " \n\t",
    "no letter": "... \U0001f642",
}
NONE = {
    "plain": HELP,
    "one word": "Paris",
    "apology, then help": f"I'm sorry you're having trouble with it; here's how. {HELP}",
    "apology for a delay": f"Apologies for the delay! {HELP}",
    "correction": "I'm sorry, but Paris is the capital of France, and Lyon is not.",
    "news": "Unfortunately, the museum is closed on Mondays.",
    "quoted refusal": f"The clerk answered, \"I'm sorry, I can't help with that.\" {HELP}",
    "quoted in curly marks": f"It said \u201cI cannot assist with this request.\u201d That is fixed. {HELP}",
    "quoted in single marks": f"It said 'I can't help with that' and stopped. {HELP}",
    "block quote": f"> I cannot help with that.\n\n{HELP}",
    "code": f"```\nprint('I cannot assist with that')\n```\n{HELP}",
    "praise": f"I can't recommend this enough. {HELP}",
    "cannot help but": f"I can't help but smile at this. {HELP}",
    "answer that starts with no": "No, you do not need a licence for that.",
    "bare no": "No.",
    "emphatic no, then an answer": f"Absolutely not. I can't wait any longer, she thought. {HELP}",
    "warning": f"Careful, this can be dangerous. {HELP} Wear gloves. Keep the window open. Wash your hands.",
}
PARTIAL = {
    "declines, then answers": f"I can't tell you the dose. Here is how to clean it, though: {HELP}",
    "answers, then declines": f"{HELP} However, I can't help with opening the motor itself.",
    "two questions": f"As for the lock, I have to decline. For your other question: {HELP}",
    "after an apology": f"I'm sorry, I am not able to explain the first step. In general, {HELP}",
}


@pytest.mark.parametrize("text", FULL.values(), ids=FULL)
def test_full_refusals(text):
    assert classify_refusal(text) == "full"


@pytest.mark.parametrize("text", NONE.values(), ids=NONE)
def test_answers_that_do_not_refuse(text):
    assert classify_refusal(text) == "none"


@pytest.mark.parametrize("text", PARTIAL.values(), ids=PARTIAL)
def test_partial_refusals(text):
    assert classify_refusal(text) == "partial"


def test_a_batch_gives_the_labels_with_probabilities_and_reasons():
    texts = [*FULL.values(), *NONE.values(), *PARTIAL.values()]
    batch = classify_refusals(texts)
    assert [found.label for found in batch] == [classify_refusal(text) for text in texts]
    for found in batch:
        assert tuple(found.probabilities) == REFUSALS
        assert sum(found.probabilities.values()) == pytest.approx(1)
        assert found.evidence
        assert (found.decided_by == "model") == ("no rule applies" in found.evidence)


def test_no_answers_give_no_labels():
    assert classify_refusals([]) == []


@pytest.mark.parametrize("missing", [None, 3, b"I can't"], ids=repr)
def test_what_is_no_text_is_refused(missing):
    with pytest.raises(TypeError, match="allowed: str"):
        classify_refusal(missing)


def test_another_language_is_not_recognised():
    assert classify_refusal("Lo siento, no puedo ayudar con eso.") == "none"


PIECES = [
    "I can't ",
    "'",
    '"',
    "```",
    "a ",
    "i can ",
    ".\n",
    "I am not going to be able to ",
    "- x\n",
    "sorry ",
]


@pytest.mark.parametrize("piece", PIECES, ids=repr)
def test_a_very_long_text_of_awkward_pieces_is_read(piece):
    # Backtracking that grows with the square of the text would take hours here.
    assert classify_refusal(piece * 100_000) in REFUSALS


def test_a_quotation_mark_without_its_partner_hides_nothing():
    assert classify_refusal('The 5" model? I cannot help with that.') == "full"
