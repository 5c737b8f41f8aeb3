"""Reading a page that AppTest has run."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from streamlit.testing.v1 import AppTest

LONGEST_WAIT_SECONDS = 60


def until(look: Callable[[], Any]) -> Any:
    """Ask again until there is an answer."""
    deadline = time.monotonic() + LONGEST_WAIT_SECONDS
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.1)
    return found


def texts(app: AppTest) -> str:
    """All that the reader sees written, in the page and in the sidebar."""
    kinds = (app.markdown, app.caption, app.title, app.subheader, app.error, app.warning, app.info, app.success)
    return "\n".join(str(one.value) for kind in kinds for one in kind)
