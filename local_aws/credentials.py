"""The keys of local AWS: random, made at first start, kept in the state directory for its owner only."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

LOCAL_ACCOUNT = "000000000000"
"""No real account has this id, so that an ARN of local AWS is seen for what it is."""
DEFAULT_REGION = "us-east-1"

_KEY_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


@dataclass(frozen=True)
class Credentials:
    """One access key pair and the account that it belongs to."""

    access_key: str
    secret_key: str = field(repr=False)
    account: str = LOCAL_ACCOUNT


def load_or_make(home: Path) -> Credentials:
    """The credentials of a state directory; made, mode 0600, when it has none yet."""
    path = home / "credentials.json"
    try:
        return Credentials(**json.loads(path.read_text()))
    except FileNotFoundError:
        pass
    made = Credentials(
        access_key="AKIA" + "".join(secrets.choice(_KEY_ALPHABET) for _ in range(16)),
        secret_key=secrets.token_urlsafe(30),
    )
    home.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(f".{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(made), file)
    try:
        os.link(draft, path)  # fails when another process was first: then its keys are the ones
    except FileExistsError:
        return load_or_make(home)
    finally:
        draft.unlink()
    return made


def environment(credentials: Credentials, endpoint: str, region: str = DEFAULT_REGION) -> dict[str, str]:
    """The variables that point any AWS SDK or command line at local AWS."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
