"""A Python of one job's own: it has what local AWS has installed, and what it installs itself nobody else sees."""

from __future__ import annotations

import importlib.util
import os
import sys
import sysconfig
import venv
from pathlib import Path

from local_aws.jobs import clean_environment

_INSTALLERS_OWN = ("PIP_", "UV_")
_NETWORK = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")
_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_USERS_SETTINGS = {"PIP_CONFIG_FILE": Path(".config/pip/pip.conf"), "UV_CONFIG_FILE": Path(".config/uv/uv.toml")}


def make(directory: Path) -> Path:
    """Make the environment in a directory and return its interpreter.

    As in a container, a requirement that is installed already is kept, and so needs no network; another version of it
    goes before it. A script that calls pip, too, changes nothing but its own environment.
    """
    venv.EnvBuilder(symlinks=True).create(directory)
    scheme = {"base": str(directory), "platbase": str(directory)}
    installed = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
    own = Path(sysconfig.get_path("purelib", "posix_prefix", scheme))
    # addsitedir, and not the bare path, so that .pth files there work as they do in local AWS itself.
    lines = [f"import site; site.addsitedir({path!r})\n" for path in installed]
    (own / "local_aws.pth").write_text("".join(lines))
    return directory / "bin" / "python"


def install_command(python: Path, *what: str) -> list[str]:
    """The command that installs requirements into the environment, by pip where it is there, else by uv."""
    if importlib.util.find_spec("pip"):
        return [str(python), "-m", "pip", "install", *what]
    return [str(Path(sys.executable).with_name("uv")), "pip", "install", "--python", str(python), *what]


def install_environment(directory: Path, cache: Path) -> dict[str, str]:
    """The environment of that command: the user's package index and proxy, a cache that jobs share, no secrets else."""
    caches = {"PIP_CACHE_DIR": str(cache / "pip"), "UV_CACHE_DIR": str(cache / "uv")}
    return _installer_environment() | caches | clean_environment(directory)


def _installer_environment() -> dict[str, str]:
    """What an installer may know of the user's: where packages come from and how the network is reached."""
    given = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(_INSTALLERS_OWN) or name in _NETWORK or name.lower() in _PROXIES
    }
    settings = {name: Path.home() / path for name, path in _USERS_SETTINGS.items()}
    return {name: str(path) for name, path in settings.items() if path.exists()} | given
