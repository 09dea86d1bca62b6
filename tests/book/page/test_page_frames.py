from html.parser import HTMLParser

import pytest

from tenfold.book.page.frames import frames

HOSTILE = '<!doctype html><style>a{}</style><p title="x">1 & 2 < 3</p><script>alert("x")</script>'


class Seen(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.fixture
def shown(monkeypatch):
    """What was displayed, as a list of bundles."""
    bundles = []
    monkeypatch.setattr(
        "tenfold.book.page.publish.display", lambda bundle, **_: bundles.append(bundle), raising=True
    )
    return bundles


def test_a_document_stands_in_a_frame_that_runs_nothing(shown):
    frames({"One": HOSTILE}, contents={"One": ["a & b"]}, caption="Pages")
    seen = Seen()
    seen.feed(shown[0]["text/html"])
    [frame] = [attrs for tag, attrs in seen.tags if tag == "iframe"]
    assert frame["sandbox"] == ""
    assert frame["srcdoc"] == HOSTILE
    assert frame["title"] == "One"
    assert "src" not in frame
    assert "script" not in {tag for tag, _ in seen.tags}


def test_every_document_has_its_contents_as_a_list_and_as_text(shown):
    frames({"One": "<p>1", "Two": "<p>2"}, contents={"One": ["a<b", "c"], "Two": ["d"]}, caption="Pages")
    assert shown[0]["text/html"].count("<li>") == 3
    assert "a&lt;b" in shown[0]["text/html"]
    assert shown[0]["text/plain"] == "Pages\nOne\n  a<b\n  c\nTwo\n  d"


def test_documents_and_contents_have_the_same_labels():
    with pytest.raises(ValueError, match="same labels"):
        frames({"One": "<p>"}, contents={"Two": []}, caption="Pages")
