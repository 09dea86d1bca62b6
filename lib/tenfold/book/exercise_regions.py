"""The regions that nbgrader takes out of a student's notebook, by its own markers."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Region:
    """Whole lines from the one with `begin` to the one with `end`."""

    begin: str
    end: str

    @property
    def _pattern(self) -> re.Pattern[str]:
        begin, end = re.escape(self.begin), re.escape(self.end)
        return re.compile(
            rf"^(?P<indent>[ \t]*){begin}[ \t]*\n(?P<inside>.*?)^[ \t]*{end}[ \t]*$", re.DOTALL | re.MULTILINE
        )

    def is_marked_once(self, source: str) -> bool:
        return bool(self._pattern.search(source)) and source.count(self.begin) == source.count(self.end) == 1

    def inside(self, source: str) -> str:
        """The lines between the markers; empty where there are none."""
        found = self._pattern.search(source)
        return found["inside"] if found else ""

    def replaced(self, source: str, by: str) -> str:
        """The source with another text, indented as the first marker, in place of region and markers."""
        return self._pattern.sub(
            lambda found: "\n".join(found["indent"] + line for line in by.split("\n")), source
        )

    def unmarked(self, source: str) -> str:
        """The source without the two lines of the markers."""
        return self._pattern.sub(lambda found: found["inside"].rstrip("\n"), source)


SOLUTION = Region("### BEGIN SOLUTION", "### END SOLUTION")
HIDDEN_TESTS = Region("### BEGIN HIDDEN TESTS", "### END HIDDEN TESTS")
MARK_SCHEME = Region("=== BEGIN MARK SCHEME ===", "=== END MARK SCHEME ===")
