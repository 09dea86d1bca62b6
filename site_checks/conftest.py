"""The built site, served on this machine and opened in a real browser."""

import functools
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tenfold.serp.screenshots import Browser

SITE = Path(__file__).parents[1] / "build" / "site"


def pytest_generate_tests(metafunc):
    """`page_name` stands for every page of the site in turn, `deck_name` for every deck of slides."""
    if "page_name" in metafunc.fixturenames:
        pages = (page for page in SITE.rglob("*.html") if not {"_static", "slides"} & set(page.parts))
        metafunc.parametrize("page_name", sorted(page.relative_to(SITE).as_posix() for page in pages))
    if "deck_name" in metafunc.fixturenames:
        metafunc.parametrize(
            "deck_name", sorted(f"slides/{deck.name}" for deck in SITE.glob("slides/*.html"))
        )


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="session")
def site():
    """The folder of the built site."""
    if not (SITE / "index.html").is_file():
        pytest.fail(f"{SITE} holds no site: run `make book` first")
    return SITE


@pytest.fixture(scope="session")
def origin(site):
    """Where the site is served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=site)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="session")
def chromium():
    """Fails, naming the remedy, where no browser is installed."""
    path = Browser().path
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, origin):
    """open_page(name, dark=False, width=1440): a page of the site, loaded to the end."""
    contexts = []

    def load(name: str, *, dark: bool = False, width: int = 1440, watch=lambda page: None):
        context = chromium.new_context(
            color_scheme="dark" if dark else "light", viewport={"width": width, "height": 900}
        )
        contexts.append(context)
        page = context.new_page()
        watch(page)
        page.goto(origin + name, wait_until="load")
        page.wait_for_function(
            "!window.MathJax || !MathJax.startup || MathJax.startup.promise.then(() => true)"
        )
        page.wait_for_load_state("networkidle")
        return page

    yield load
    for context in contexts:
        context.close()
