"""Work outlives the run of the script that began it."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest


def script() -> None:
    """A page with one piece of work that waits to be let go."""
    import threading
    import time

    import streamlit as st

    from services import aws, trace
    from services.errors import ServiceError
    from services.text import text
    from ui import Place, work

    gate: threading.Event = st.session_state.setdefault("gate", threading.Event())

    def act(running: work.Work) -> str:
        while not gate.is_set() and not running.cancelled():
            running.tell("half way")
            time.sleep(0.005)
        if running.cancelled():
            raise ServiceError(text("It was cancelled."), code="Cancelled")
        return aws.current().region

    with Place(aws.Backend("local", region="eu-west-1"), "en", None, trace.Calls(), lambda: False).entered():
        if st.button("begin", key="begin"):
            work.begin("count", "a.csv", act)
        found = work.find("count")
        if found is None:
            st.write("nothing")
            return
        actions = {
            "let_go": gate.set,
            "cancel": found.cancel,
            "forget": lambda: work.forget("count"),
            "wait": lambda: found.future.exception(timeout=5),
        }
        for key, action in actions.items():
            if st.button(key, key=key):
                action()
        if found.running:
            st.write(f"running {found.about} {found.progress}")
            return
        try:
            st.write(f"done in {found.result()}")
        except ServiceError as error:
            st.write(f"failed: {error.message}")


def page() -> AppTest:
    return AppTest.from_function(script).run()


def click(app: AppTest, *keys: str) -> str:
    for key in keys:
        app.button(key=key).click().run()
    assert not app.exception
    return app.markdown[0].value


def test_before_anything_was_begun_there_is_nothing_to_find():
    assert page().markdown[0].value == "nothing"


def test_work_goes_on_when_the_script_runs_again_and_runs_at_the_place_it_was_begun():
    app = page()
    assert click(app, "begin").startswith("running a.csv")
    assert app.run().markdown[0].value == "running a.csv half way"
    assert click(app, "let_go", "wait") == "done in eu-west-1"


def test_a_reload_finds_the_work_by_the_address():
    app = page()
    click(app, "begin")
    reloaded = AppTest.from_function(script)
    reloaded.query_params["count"] = app.query_params["count"]
    assert reloaded.run().markdown[0].value == "running a.csv half way"
    click(app, "let_go", "wait")
    assert reloaded.run().markdown[0].value == "done in eu-west-1"


def test_a_made_up_address_finds_nothing():
    app = AppTest.from_function(script)
    app.query_params["count"] = "guessed"
    assert app.run().markdown[0].value == "nothing"


def test_cancelled_work_ends_with_the_failure_it_raised():
    app = page()
    assert click(app, "begin", "cancel", "wait") == "failed: It was cancelled."


def test_forgotten_work_is_not_found_any_more():
    app = page()
    click(app, "begin", "let_go", "wait", "forget")
    assert app.run().markdown[0].value == "nothing"
    assert "count" not in app.query_params
