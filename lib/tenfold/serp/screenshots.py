"""Pictures of pages: by headless Chromium where it is installed, else recorded ones."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Protocol

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
SECONDS = 60
_OPTIONS = (
    "--headless",
    "--no-sandbox",  # it runs as root in containers; pages hold no scripts and load nothing
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)


class NoScreenshot(RuntimeError):
    """There is no picture of a page, nor a browser to take one."""


class Camera(Protocol):
    def take(self, html: str, *, width: int, height: int, dark: bool = False) -> bytes:
        """A PNG of what a window of `width` x `height` pixels shows of a page. Raises NoScreenshot."""
        ...


class Browser:
    """Headless Chromium. path: of its program; by default $TENFOLD_BROWSER or the first one installed.

    Raises NoScreenshot where there is none.
    """

    def __init__(self, path: str | None = None) -> None:
        found = (
            path or os.environ.get("TENFOLD_BROWSER") or next(filter(None, map(shutil.which, BROWSERS)), None)
        )
        if not found:
            raise NoScreenshot(
                "no Chromium is installed, which takes pictures of pages: install the package chromium, "
                "or set TENFOLD_BROWSER to its program"
            )
        self.path = found

    def take(self, html: str, *, width: int = 1280, height: int = 900, dark: bool = False) -> bytes:
        """Raises NoScreenshot, ValueError for a size outside 200..8000 pixels."""
        if not (200 <= width <= 8000 and 200 <= height <= 8000):
            raise ValueError(f"width is {width} and height {height}: use 200 to 8000 pixels")
        with tempfile.TemporaryDirectory(prefix="tenfold-page-") as folder:
            picture = Path(folder, "page.png")
            colours = f"--blink-settings=preferredColorScheme={0 if dark else 1}"
            self._run(folder, html, f"--window-size={width},{height}", colours, f"--screenshot={picture}")
            if not picture.is_file():
                raise NoScreenshot(f"{self.path} ended without a picture: run it by hand to see why")
            return picture.read_bytes()

    def document(self, html: str) -> str:
        """The page's document after loading, as the browser has it then. Raises NoScreenshot."""
        with tempfile.TemporaryDirectory(prefix="tenfold-page-") as folder:
            return self._run(folder, html, "--virtual-time-budget=2000", "--dump-dom")

    def _run(self, folder: str, html: str, *options: str) -> str:
        page = Path(folder, "page.html")
        page.write_text(html, encoding="utf-8", errors="replace")
        profile = f"--user-data-dir={Path(folder, 'profile')}"
        try:
            done = subprocess.run(
                [self.path, *_OPTIONS, profile, *options, page.as_uri()],
                capture_output=True,
                timeout=SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise NoScreenshot(f"{self.path} took no picture: {error}") from None
        return done.stdout.decode("utf-8", "replace")


class RecordedCamera:
    """Pictures in a folder, by the hash of page and window; taken by `camera` where one is missing and it is
    given.

    The pictures show text of installed packages, so they belong into a folder that git ignores.
    """

    def __init__(self, folder: str | Path, *, camera: Camera | None = None) -> None:
        self._folder, self._camera = Path(folder), camera

    def take(self, html: str, *, width: int = 1280, height: int = 900, dark: bool = False) -> bytes:
        """Raises NoScreenshot."""
        file = self._folder / f"{screenshot_key(html, width=width, height=height, dark=dark)}.png"
        if file.is_file():
            return file.read_bytes()
        if self._camera is None:
            raise NoScreenshot(
                f"{str(self._folder)!r} holds no picture of this page ({file.stem[:12]}), and no browser was "
                "given to take one: use RecordedCamera(folder, camera=Browser()) where Chromium is installed"
            )
        picture = self._camera.take(html, width=width, height=height, dark=dark)
        self._folder.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(f".{os.getpid()}.partial")
        partial.write_bytes(picture)
        os.replace(partial, file)
        return picture


def screenshot_key(html: str, *, width: int, height: int, dark: bool) -> str:
    """SHA-256 (hex) of the page and the window."""
    return hashlib.sha256(f"{width}x{height}:{dark}:{html}".encode("utf-8", "replace")).hexdigest()
