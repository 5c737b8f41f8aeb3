"""The whole way on the SageMaker page, in a browser: from a table to predictions and back to nothing."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.xdist_group("journeys")


def part(page: Page, key: str):
    """What Streamlit drew for a widget's or container's key."""
    return page.locator(f".st-key-{key}")


def click(page: Page, key: str) -> None:
    part(page, key).get_by_role("button").first.click()


def go(page: Page, step: str) -> None:
    part(page, "sagemaker_step").get_by_text(step, exact=True).click()


@pytest.fixture
def own_file(tmp_path: Path) -> Path:
    """A file of an analyst: semicolons, decimal commas, a Spanish header, and a cell that a spreadsheet would run."""
    rows = ["edad;ingresos;ciudad;se_va"]
    for number in range(240):
        city = ("Lima", "Quito", "=1+1")[number % 3]
        leaves = "sí" if (number * 7) % 60 + (number % 3) * 10 > 40 else "no"
        rows.append(f"{20 + (number * 7) % 60};{900 + number * 3},5;{city};{leaves}")
    path = tmp_path / "clientes.csv"
    path.write_text("\n".join(rows), encoding="cp1252")
    return path


def test_from_a_sample_to_predictions_and_back_to_nothing(visit, site, own_file):
    page = visit()
    click(page, "sample_breast-cancer")
    expect(page.get_by_text("569 rows and 31 columns")).to_be_visible()
    click(page, "sagemaker_go_train")
    click(page, "train")
    click(page, "see_evaluation")
    expect(page.get_by_text("rows right that it had not seen")).to_be_visible()

    page.reload()
    expect(page.get_by_text("rows right that it had not seen")).to_be_visible()
    click(page, "sagemaker_go_deploy")
    click(page, "deploy")
    expect(page.get_by_role("button", name="Predict with it")).to_be_visible()
    page.get_by_role("button", name="Predict with it").click()
    predict_what_if(page)
    predict_a_file(page)

    page.get_by_role("tab", name="What if").click()
    go(page, "Tear down")
    part(page, "teardown_artefacts").locator("label").click()
    click(page, "tear_down")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("a fresh listing")).to_contain_text("0 resources")
    show_the_calls(page)


def predict_what_if(page: Page) -> None:
    answer = page.get_by_text("Predicted diagnosis")
    expect(answer).to_be_visible()
    before = answer.inner_text()
    slider = page.get_by_role("slider").first
    slider.focus()
    slider.press("End")
    expect(answer).not_to_have_text(before)


def predict_a_file(page: Page) -> None:
    page.get_by_role("tab", name="A whole file").click()
    click(page, "predict_sample")
    expect(part(page, "prediction_download")).to_be_visible()
    with page.expect_download() as download:
        click(page, "prediction_download")
    rows = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    assert {row["prediction"] for row in rows} <= {"benign", "malignant"}
    assert "mean radius" in rows[0]


def show_the_calls(page: Page) -> None:
    part(page, "calls").locator("summary").click()
    expect(page.get_by_text("DeleteEndpoint", exact=True).first).to_be_visible()
