"""The app in a browser: from `streamlit run app.py` to a page that can be used, and from step to step."""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from bench_gateway import free_port
from bench_start import wait_until
from playwright.sync_api import Browser, Page, sync_playwright

PROJECT = Path(__file__).parent.parent
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
READY = '[data-testid="stApp"][data-test-script-state="notRunning"] .st-key-sagemaker_step'
SLOWEST_MILLISECONDS = 30_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    starts: list[float] = []
    switches: list[float] = []
    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=QUIET)
        for number in range(given.rounds + 1):
            begun = time.perf_counter()
            with app(Path(home)) as address, visit(browser, address) as page:
                spent = time.perf_counter() - begun
                if number == 0:
                    print(f"first start to a usable page   {spent:5.2f} s")
                    add_sample(page)
                    continue
                starts.append(spent)
                switches += list(switch(page))
        browser.close()
    for name, times in (("later starts to a usable page", starts), ("a switch of steps", switches)):
        print(f"{name:30} {median(times):5.2f} s (median of {len(times)}, at most {max(times):.2f})")


@contextmanager
def app(home: Path) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", f"--server.port={port}"]
    with (home / "app.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=os.environ | {"CELAJE_HOME": str(home)}, stdout=log, stderr=log
        )
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


@contextmanager
def visit(browser: Browser, address: str) -> Iterator[Page]:
    """The page once it can be used; the browser goes there as soon as the app listens."""
    wait_until(lambda: listens(address))
    page = browser.new_page()
    page.set_default_timeout(SLOWEST_MILLISECONDS)
    page.goto(address, wait_until="commit")
    page.wait_for_selector(READY)
    yield page
    page.close()


def listens(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False


def add_sample(page: Page) -> None:
    page.locator(".st-key-sample_breast_cancer button").last.click()
    page.wait_for_selector(".st-key-sagemaker_go_train")


def switch(page: Page) -> Iterator[float]:
    """Seconds from a click on a step until it is drawn and the script has ended."""
    steps = page.locator(".st-key-sagemaker_step button")
    for number, shows in ((1, ".st-key-train"), (0, ".st-key-add_data"), (1, ".st-key-train"), (0, ".st-key-add_data")):
        begun = time.perf_counter()
        steps.nth(number).click()
        page.wait_for_selector(shows)
        page.wait_for_selector(READY)
        yield time.perf_counter() - begun


if __name__ == "__main__":
    main()
