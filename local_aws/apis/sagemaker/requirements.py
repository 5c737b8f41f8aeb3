"""Installs the requirements.txt of a script for one job or endpoint only."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from local_aws.jobs import Jobs, Limits, Log, clean_environment

_MOST_SECONDS = 1800.0
_MOST_MEMORY_BYTES = 4 << 30
_INSTALLERS_OWN = ("PIP_", "UV_")
_NETWORK = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_USERS_SETTINGS = {"PIP_CONFIG_FILE": Path(".config/pip/pip.conf"), "UV_CONFIG_FILE": Path(".config/uv/uv.toml")}


class InstallError(Exception):
    """The requirements could not be installed; says how the installer ended."""


async def install(jobs: Jobs, name: str, requirements: Path, *, into: Path, directory: Path, log: Log) -> None:
    """Install a requirements file into a directory that a script then has on its path.

    name: of the job that does it. directory: the installer's own, for its HOME and temporary files. Uses uv where it
    is installed beside this Python, else pip, with the user's settings of index and proxy. Raises InstallError.
    """
    uv = Path(sys.executable).with_name("uv")
    installer = [str(uv), "pip", "install", "--python", sys.executable] if uv.exists() else [
        sys.executable, "-m", "pip", "install", "--disable-pip-version-check"
    ]  # fmt: skip
    outcome = await jobs.run(
        name,
        [*installer, "--target", str(into), "--requirement", str(requirements)],
        cwd=requirements.parent,
        env=installer_environment() | clean_environment(directory),
        limits=Limits(memory_bytes=_MOST_MEMORY_BYTES, seconds=_MOST_SECONDS, grace_seconds=5),
        log=log,
    )
    if outcome.ended != "exited" or outcome.exit_code:
        how = f"exit code {outcome.exit_code}" if outcome.ended == "exited" else outcome.ended
        raise InstallError(f"Installing {requirements.name} failed ({how}).")


def installer_environment() -> dict[str, str]:
    """What an installer may know of the user's: where packages come from and how the network is reached."""
    given = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(_INSTALLERS_OWN) or name in _NETWORK or name.lower() in _PROXIES
    }
    settings = {name: Path.home() / path for name, path in _USERS_SETTINGS.items()}
    return {name: str(path) for name, path in settings.items() if path.exists()} | given
