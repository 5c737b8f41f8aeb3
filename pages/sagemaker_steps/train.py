"""Train: choose what to learn and how, start the job, follow it; the job goes on without the page."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

import ui
from i18n import _
from pages.sagemaker_steps import follow, profile, selection, target, wording
from services.sagemaker import datasets, images, prices, training
from services.sagemaker.datasets import Dataset
from services.sagemaker.training import ALGORITHMS, PROBLEMS, Algorithm, Problem

_DEFAULT_INSTANCE = "ml.m5.large"
_DEFAULT_TEST_PERCENT = 20
_DEFAULT_SEED = 42
_DEFAULT_MINUTES = 60
_SECONDS_PER_MINUTE = 60


@dataclass(frozen=True)
class _Settings:
    instance_type: str
    test_share: float
    seed: int
    exclude: tuple[str, ...]
    max_seconds: int


def draw() -> None:
    known = datasets.list_datasets()
    if not known:
        ui.nothing_yet(_("There is no data yet. Choose a sample or upload a CSV first."))
        selection.go_button("data", primary=True)
        return
    images.warm(ui.here().backend.region)
    left, right = st.columns(2)
    with left:
        chosen = selection.pick("dataset", _("Dataset"), {one.id: one.name for one in known})
    dataset = datasets.load(chosen)
    with right:
        column = target.pick(dataset)
    left, right = st.columns(2)  # a row of its own, so that a phone keeps the order
    with left:
        problem = _pick_problem(dataset, column)
    with right:
        algorithm: Algorithm = st.selectbox(
            _("Algorithm"),
            ALGORITHMS,
            format_func=wording.algorithms().__getitem__,
            key="train_algorithm",
            persist_state="session",
        )
    settings = _draw_settings(dataset, column)
    notices = datasets.warnings(dataset, column, problem)
    profile.notices(notices)
    _draw_start(dataset, column, problem, algorithm, settings, stopped=any(one.severity == "stop" for one in notices))
    _draw_jobs(dataset)


def _pick_problem(dataset: Dataset, column: str) -> Problem:
    found = wording.problems()[datasets.problem(dataset, column)]
    labels = wording.problems() | {"auto": _("As found: {problem}", problem=found)}
    problem: Problem = st.selectbox(
        _("Problem"), PROBLEMS, format_func=labels.__getitem__, key=f"train_problem_{dataset.id}_{column}"
    )
    return problem


def _draw_settings(dataset: Dataset, column: str) -> _Settings:
    with st.expander(_("Settings"), icon=":material/tune:", key="train_settings"):
        left, right = st.columns(2)
        types = [one.name for one in prices.instance_types() if one.training is not None]
        instance = left.selectbox(
            _("Instance type"), types, index=types.index(_DEFAULT_INSTANCE), key="train_instance",
            format_func=lambda name: wording.instance(name, prices.training_per_hour(name)), persist_state="session",
        )  # fmt: skip
        test = right.slider(
            _("Rows held out to measure the model, in percent"), 10, 50, _DEFAULT_TEST_PERCENT, 5,
            key="train_test_share", persist_state="session",
        )  # fmt: skip
        excluded = st.multiselect(
            _("Columns to leave out"), [name for name in dataset.profile.names if name != column],
            key=f"train_exclude_{dataset.id}", placeholder=_("None"),
            help=_("Leave out what would not be known yet when a prediction is asked for."),
        )  # fmt: skip
        left, right = st.columns(2)
        seed = left.number_input(
            _("Seed"), 0, 2**31 - 1, _DEFAULT_SEED, key="train_seed", persist_state="session",
            help=_("The same data and the same seed give the same model."),
        )  # fmt: skip
        minutes = right.number_input(
            _("Time limit in minutes"), 1, 24 * 60, _DEFAULT_MINUTES, key="train_minutes", persist_state="session"
        )
    return _Settings(instance, test / 100, int(seed), tuple(excluded), int(minutes) * _SECONDS_PER_MINUTE)


def _draw_start(
    dataset: Dataset, column: str, problem: Problem, algorithm: Algorithm, settings: _Settings, *, stopped: bool
) -> None:
    if not ui.here().backend.is_local:
        price = wording.price_per_hour(prices.training_per_hour(settings.instance_type))
        st.caption(
            _("Training on {type} costs {price}, billed by the second.", type=settings.instance_type, price=price)
        )
    if st.button(_("Train"), key="train", type="primary", icon=":material/model_training:", disabled=stopped):
        with ui.attempt("train"):
            job = training.start(
                dataset.id,
                column,
                problem,
                algorithm,
                test_share=settings.test_share,
                seed=settings.seed,
                exclude=settings.exclude,
                instance_type=settings.instance_type,
                max_seconds=settings.max_seconds,
            )
            selection.choose(job=job.name)
            st.rerun()
    ui.outcome("train")


def _draw_jobs(dataset: Dataset) -> None:
    jobs = {job.name: job for job in training.list_jobs(dataset.id)}
    if not jobs:
        return
    st.subheader(_("Training jobs"), anchor=False)
    labels = {name: f"{wording.job_label(job)} · {ui.status(job.status)}" for name, job in jobs.items()}
    follow.draw(selection.pick("job", _("Training job"), labels))
