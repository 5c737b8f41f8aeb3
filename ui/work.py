"""Work that outlives a run of the script: a click elsewhere, another page or a reload neither ends nor loses it."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime import get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from services.errors import ServiceError
from ui.place import Place, here

_MOST_FINISHED_KEPT = 20
_WATCH_SECONDS = 1.0


@dataclass
class Work:
    """One piece of work in a thread of its own. Its id is in the address and cannot be guessed."""

    id: str
    about: str
    """What it works on, to be shown beside its progress: a file's name."""
    progress: Any = None
    """The last that the work has told of itself."""
    future: Future[Any] = field(default_factory=Future)
    _cancelled: threading.Event = field(default_factory=threading.Event)

    @property
    def running(self) -> bool:
        return not self.future.done()

    def tell(self, progress: Any) -> None:
        self.progress = progress

    def cancel(self) -> None:
        self._cancelled.set()

    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def result(self) -> Any:
        """What the finished work returned; raises what it raised."""
        return self.future.result(timeout=0)


_works: dict[str, Work] = {}
_changing = threading.Lock()


def begin(kind: str, about: str, act: Callable[[Work], Any]) -> Work:
    """Start work of a kind, at the present place; it takes the place of the reader's last work of this kind."""
    work, place = Work(secrets.token_urlsafe(9), about), here()

    def run() -> None:
        with place.entered():
            try:
                work.future.set_result(act(work))
            except Exception as error:  # noqa: BLE001 - raised again where the result is read
                work.future.set_exception(error)

    with _changing:
        finished = [one.id for one in _works.values() if not one.running]
        for one in finished[: max(0, len(finished) - _MOST_FINISHED_KEPT)]:
            del _works[one]
        _works[work.id] = work
    threading.Thread(target=run, name=f"{kind} {work.id}", daemon=True).start()
    threading.Thread(target=_keep_awake, args=(work, place), daemon=True).start()
    st.session_state[_key(kind)] = st.query_params[kind] = work.id
    return work


def take(uploaded: UploadedFile) -> UploadedFile:
    """An uploaded file to work on, which Streamlit else keeps in memory until the session ends."""
    context = get_script_run_ctx()
    if context is not None:
        get_instance().uploaded_file_mgr.remove_file(context.session_id, uploaded.file_id)
    return uploaded


def _keep_awake(work: Work, place: Place) -> None:
    """Start local AWS again when it ends while work needs it and nobody looks at a page."""
    while work.running:
        with suppress(ServiceError):  # the work meets the same failure, and tells it
            place.wake()
        wait([work.future], timeout=_WATCH_SECONDS)


def find(kind: str) -> Work | None:
    """The reader's last work of this kind, running or finished; None after the app itself was started again."""
    work = _works.get(st.session_state.get(_key(kind)) or st.query_params.get(kind, ""))
    if work is not None:
        st.session_state[_key(kind)] = st.query_params[kind] = work.id
    return work


def forget(kind: str) -> None:
    """Let go of the finished work of this kind."""
    st.session_state.pop(_key(kind), None)
    st.query_params.pop(kind, None)


def _key(kind: str) -> str:
    return f"work_{kind}"
