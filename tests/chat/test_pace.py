import threading

import pytest

import tenfold.chat.pace
from tenfold.chat.pace import Pace


@pytest.fixture
def clock(monkeypatch):
    """A clock that sleeping moves on, and nothing else."""

    class Clock:
        now = 1000.0

        def sleep(self, seconds: float) -> None:
            self.now += seconds

    moving = Clock()
    monkeypatch.setattr(tenfold.chat.pace.time, "monotonic", lambda: moving.now)
    monkeypatch.setattr(tenfold.chat.pace.time, "sleep", moving.sleep)
    return moving


def times(pace: Pace, clock, tokens: list[float]) -> list[float]:
    """When each request is let through, in seconds from now."""
    start, through = clock.now, []
    for number in tokens:
        pace.wait(number)
        through.append(clock.now - start)
    return through


def test_without_limits_nobody_waits(clock):
    assert times(Pace(requests=None, tokens=None), clock, [10**9] * 100) == [0.0] * 100


def test_no_minute_holds_more_requests_than_allowed(clock):
    assert times(Pace(requests=3, tokens=None), clock, [1] * 8) == [0, 0, 0, 60, 60, 60, 120, 120]


def test_no_minute_holds_more_tokens_than_allowed(clock):
    assert times(Pace(requests=None, tokens=100), clock, [60, 40, 50, 60, 1]) == [0, 0, 60, 120, 120]


def test_time_that_passes_anyway_is_not_waited_again(clock):
    pace = Pace(requests=1, tokens=None)
    pace.wait(1)
    clock.now += 45
    assert times(pace, clock, [1]) == [15]


def test_a_request_that_never_fits_is_refused(clock):
    with pytest.raises(
        ValueError, match="a request of about 101 tokens never fits 100 tokens a minute: shorten it"
    ):
        Pace(requests=None, tokens=100).wait(101)


def test_threads_share_one_limit(clock):
    pace = Pace(requests=10, tokens=None)
    threads = [threading.Thread(target=lambda: [pace.wait(1) for _ in range(5)]) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clock.now == 1000.0
    pace.wait(1)
    assert clock.now == 1060.0
