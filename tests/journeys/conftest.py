"""The app as its users meet it: Streamlit on a port, a browser in front of it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

PROJECT = Path(__file__).parent.parent.parent
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
"""Chromium in a container, and without a word to its maker."""
SLOWEST_STEP_MILLISECONDS = 30_000


class Site:
    """The app on a state directory of its own; `local_aws` may be killed, the app can be stopped and started again."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={self.port}"]
        environment = os.environ | {"CELAJE_HOME": str(self.home)}
        with (self.home / "app.log").open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "--server.address=127.0.0.1"], cwd=PROJECT, env=environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 30
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(self.log())
            time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def log(self) -> str:
        return (self.home / "app.log").read_text()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=1) as reply:
                return reply.status == 200
        except (urllib.error.URLError, OSError):
            return False


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("site"))
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        yield launched
        launched.close()


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """visit(locale="es-MX", width=390) opens the app in a new browser session. No page may ever show a traceback."""
    expect.set_options(timeout=SLOWEST_STEP_MILLISECONDS)
    opened: list[Page] = []

    def open_page(path: str = "/", *, locale: str = "en-US", width: int = 1280, scheme: str = "light") -> Page:
        context = browser.new_context(
            locale=locale, viewport={"width": width, "height": 1600}, color_scheme=scheme, accept_downloads=True
        )
        page = context.new_page()
        page.set_default_timeout(SLOWEST_STEP_MILLISECONDS)
        page.goto(site.url + path)
        opened.append(page)
        return page

    yield open_page
    for page in opened:
        assert page.locator('[data-testid="stException"]').count() == 0, site.log()
        page.context.close()
