"""A training job while it runs and after: stages, progress, log, stop. Everything is asked of SageMaker again."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime

import streamlit as st

import ui
from i18n import _, clock, duration, moment, money, ngettext
from pages.sagemaker_steps import selection, wording
from services.sagemaker import training
from services.sagemaker.training import TrainingJob

_POLL_SECONDS = 1.0
_MOST_LINES = 400
_MOST_PAGES_A_POLL = 5
_LOG_HEIGHT_PIXELS = 320


@dataclass
class _Log:
    """The last lines read of a job's log, and where to go on reading."""

    lines: deque[str] = field(default_factory=lambda: deque(maxlen=_MOST_LINES))
    dropped: int = 0
    token: str | None = None


def draw(name: str) -> None:
    """The job as it stands; it is asked for again each second until it has ended."""
    running = training.describe(name).running
    ui.live(_draw, name, running, every=_POLL_SECONDS if running else None)


def _draw(name: str, was_running: bool) -> None:
    job = training.describe(name)
    if was_running and not job.running:
        st.rerun()
    _draw_status(job)
    if job.running:
        _draw_progress(job)
        if st.button(_("Stop training"), key="stop_training", disabled=job.status == "Stopping"):
            training.stop(name)
            st.rerun(scope="fragment")
    _draw_stages(job)
    with st.expander(_("Log"), icon=":material/terminal:", key="training_log", on_change="rerun") as box:
        if box.open:
            _draw_log(job)


def _draw_status(job: TrainingJob) -> None:
    took = duration(((job.ended or datetime.now(UTC)) - job.created).total_seconds())
    if job.status == "Completed":
        ui.result(_("Trained in {time}. See how good it is.", time=took))
        selection.lead(_("See how good it is"), "see_evaluation", primary=True, job=job.name, step="evaluate")
    elif job.status == "Failed":
        st.error(
            _("**Training failed** after {time}.", time=took) + "\n\n" + ui.plain(job.failure or ""),
            icon=":material/error:",
        )
        st.markdown(_("The log below says more. Change the settings or the data and train again."))
    elif job.status == "Stopped":
        ui.result(_("Training was stopped after {time}.", time=took), good=False)
    if job.cost:
        st.caption(_("About {cost}", cost=ui.plain(money(job.cost))))


def _draw_progress(job: TrainingJob) -> None:
    took = duration((datetime.now(UTC) - job.created).total_seconds())
    stage = wording.stages().get(job.stage, job.stage)
    if job.progress is None:
        ui.working(_("{stage}, for {time} now. You can leave this page meanwhile.", stage=stage, time=took))
        return
    doing = wording.training_stage(job.progress.stage)
    st.progress(
        job.progress.share,
        _("{doing}, for {time} now. You can leave this page meanwhile.", doing=ui.plain(doing), time=took),
    )


def _draw_stages(job: TrainingJob) -> None:
    names = wording.stages()
    parts = []
    for stage in job.stages:
        name = names.get(stage.name, stage.name)
        seconds = ((stage.ended or datetime.now(UTC)) - stage.started).total_seconds()
        parts.append(name if stage.name == job.status else f"{name} {duration(seconds)}")
    st.caption(" → ".join(parts))


def _draw_log(job: TrainingJob) -> None:
    log = _read_log(job)
    if log.dropped:
        st.caption(ngettext("{count} earlier line is not shown.", "{count} earlier lines are not shown.", log.dropped))
    if not log.lines:
        st.caption(_("The job has printed nothing yet."))
        return
    with st.container(height=_LOG_HEIGHT_PIXELS, autoscroll=True):
        st.code("\n".join(log.lines), language=None, wrap_lines=True)
    st.caption(_("CloudWatch Logs, since {when}", when=moment(job.created)))


def _read_log(job: TrainingJob) -> _Log:
    """Read on where the last poll ended; a log of 100 MB is caught up with over some polls."""
    logs: dict[str, _Log] = selection.state().setdefault("logs", {})
    log = logs.setdefault(job.arn, _Log())
    for _page in range(_MOST_PAGES_A_POLL):
        page = training.logs(job.name, log.token)
        log.dropped += max(0, len(log.lines) + len(page.lines) - _MOST_LINES)
        log.lines.extend(f"{clock(line.when)}  {line.message}" for line in page.lines)
        log.token = page.token
        if not page.lines:
            break
    return log
