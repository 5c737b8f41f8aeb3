"""One real local AWS for all tests of a worker, and servers of their own for tests that kill one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from streamlit.runtime.pages_manager import PagesManager
from streamlit.testing.v1 import AppTest

from local_aws import start
from local_aws.state import running
from services import aws

PROJECT = Path(__file__).parent.parent


@pytest.fixture(scope="session", autouse=True)
def _no_real_account() -> Iterator[None]:
    """Whatever credentials this machine has, no test can reach an account with them."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", os.devnull)
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state directory of the local AWS that the tests of this worker share."""
    return tmp_path_factory.mktemp("local-aws")


@pytest.fixture(scope="session")
def connection(home: Path) -> Iterator[start.Connection]:
    """A local AWS that the tests of this worker share."""
    yield start.ensure(home)
    start.stop(home)


def backend_for(connection: start.Connection) -> aws.Backend:
    return aws.Backend(
        "local",
        region=connection.region,
        endpoint=connection.endpoint,
        access_key=connection.access_key,
        secret_key=connection.secret_key,
    )


@pytest.fixture
def local_aws(connection: start.Connection) -> Iterator[aws.Backend]:
    """The services package talks to the shared local AWS for the length of a test."""
    backend = backend_for(connection)
    with aws.use(backend):
        yield backend


def boto_client(connection: start.Connection, service: str, **settings: Any) -> Any:
    """A plain boto3 client, as any script would make it. Errors come at once: nothing is retried."""
    return boto3.client(
        service,
        endpoint_url=connection.endpoint,
        region_name=connection.region,
        aws_access_key_id=settings.pop("access_key", connection.access_key),
        aws_secret_access_key=settings.pop("secret_key", connection.secret_key),
        config=Config(retries={"total_max_attempts": 1}, parameter_validation=False).merge(
            settings.pop("config", Config())
        ),
        **settings,
    )


@pytest.fixture
def client(connection: start.Connection) -> Callable[..., Any]:
    """client("s3") talks to the shared local AWS. It sends what it is given: local AWS must do the validation."""
    return lambda service, **settings: boto_client(connection, service, **settings)


class OwnLocalAws:
    """A local AWS of one test, that can be killed and started again on the same state directory."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> start.Connection:
        command = [sys.executable, "-m", "local_aws", "serve", "--state", str(self.home)]
        self.home.mkdir(exist_ok=True)
        with (self.home / "serve.log").open("ab") as log:
            self.process = subprocess.Popen(command, cwd=PROJECT, stdout=log, stderr=log)
        deadline = time.monotonic() + 20
        while running(self.home) is None:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self.home / "serve.log").read_text())
            time.sleep(0.02)
        return start.ensure(self.home)

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        self._end(signal.SIGTERM)

    def client(self, service: str, **settings: Any) -> Any:
        return boto_client(start.ensure(self.home), service, **settings)

    def _end(self, number: signal.Signals) -> None:
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(20)
            self.process = None


@pytest.fixture
def own_local_aws(tmp_path: Path) -> Iterator[OwnLocalAws]:
    """A local AWS for this test alone, not yet started."""
    own = OwnLocalAws(tmp_path / "own-local-aws")
    yield own
    own.stop()


def _after_the_first_run(
    self: PagesManager, *arguments: Any, _init: Any = PagesManager.__init__, **options: Any
) -> None:
    """AppTest has each run be the first of its process, when a folder named pages/ still means an older kind of app."""
    _init(self, *arguments, **options)
    PagesManager.uses_pages_directory = False


@pytest.fixture
def app(connection: start.Connection, home: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The whole app as Streamlit runs it, without a browser, on the shared local AWS."""
    monkeypatch.setenv("CELAJE_HOME", str(home))
    monkeypatch.setattr(PagesManager, "__init__", _after_the_first_run)
    made = AppTest.from_file(str(PROJECT / "app.py"), default_timeout=20)
    made.context = {"locale": "en-US", "timezone": "America/Lima", "theme": "light"}
    return made
