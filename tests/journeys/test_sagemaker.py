"""The whole way on the SageMaker page, in a browser: from a table to predictions and back to nothing."""

from __future__ import annotations

import csv
import io
import os
import signal
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from local_aws.state import running

pytestmark = pytest.mark.xdist_group("journeys")


def part(page: Page, key: str) -> Locator:
    """What Streamlit drew for the key of a widget or container."""
    return page.locator(f".st-key-{key}")


def click(page: Page, key: str) -> None:
    part(page, key).get_by_role("button").last.click()


def go(page: Page, step: str) -> None:
    part(page, "sagemaker_step").get_by_text(step, exact=True).click()


def pick(page: Page, key: str, option: str) -> None:
    box = part(page, key).get_by_role("combobox")
    expect(box).to_have_count(1)  # while a page is drawn anew, the old one is still there
    box.click()
    page.get_by_role("option", name=option).click()


def test_from_a_sample_to_predictions_and_back_to_nothing(visit, site):
    page = visit()
    click(page, "sample_breast_cancer")
    expect(page.get_by_text("569 rows and 31 columns")).to_be_visible()
    click(page, "sagemaker_go_train")
    click(page, "train")
    click(page, "see_evaluation")
    verdict = page.get_by_text("rows right that it had not seen")
    expect(verdict).to_be_visible()

    page.reload()
    expect(verdict).to_be_visible()
    click(page, "sagemaker_go_deploy")
    click(page, "deploy")
    page.get_by_role("button", name="Predict with it").click()
    predict_what_if(page)
    predict_a_file(page)
    tear_everything_down(page)
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
    assert {"mean_radius", "probability benign"} <= rows[0].keys()


def tear_everything_down(page: Page) -> None:
    go(page, "Tear down")
    part(page, "teardown_artefacts").locator("label").click()
    expect(page.get_by_text("Files in S3").first).to_be_attached()
    click(page, "tear_down")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Nothing is left: a fresh listing")).to_contain_text("found 0 resources")
    expect(page.get_by_text("Nothing is running.")).to_be_visible()


def show_the_calls(page: Page) -> None:
    part(page, "calls").locator("summary").first.click()
    part(page, "calls_changing").locator("label").click()
    call = page.locator("summary").filter(has_text="CreateEndpoint ·")
    expect(call).to_be_visible()
    call.click()
    page.get_by_role("tab", name="Python").locator("visible=true").click()
    expect(page.get_by_text("sagemaker.create_endpoint(").locator("visible=true")).to_be_visible()


def test_in_spanish_on_a_phone_with_a_file_of_ones_own(visit, tmp_path):
    page = visit(locale="es-MX", width=390, scheme="dark")
    add_data(page)
    page.locator('input[type="file"]').set_input_files(customers(tmp_path))
    expect(page.get_by_text("240 filas y 4 columnas")).to_be_visible()
    go(page, "Entrenar")
    expect(part(page, "train_algorithm")).to_be_visible()
    pick(page, "sagemaker_target", "se_va")
    pick(page, "train_algorithm", "Bosque aleatorio")
    click(page, "train")
    click(page, "see_evaluation")
    expect(page.get_by_text("filas que no había visto")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
        "the page is wider than the phone"
    )


def customers(folder: Path) -> Path:
    """A file as an analyst has it: Windows-1252, semicolons, decimal commas, a cell that a spreadsheet would run."""
    rows = ["edad;ingresos;ciudad;se_va"]
    for number in range(240):
        age, city = 20 + (number * 7) % 60, ("Lima", "Quito", "=1+1")[number % 3]
        rows.append(f"{age};{900 + number * 3},5;{city};{'sí' if age + 10 * (number % 3) > 60 else 'no'}")
    path = folder / "clientes.csv"
    path.write_text("\n".join(rows), encoding="cp1252")
    return path


def add_data(page: Page) -> None:
    """Open what adds data where there is some already."""
    expect(page.locator('input[type="file"]').or_(part(page, "add_data"))).not_to_have_count(0)
    if part(page, "add_data").count():
        part(page, "add_data").locator("summary").first.click()


def test_a_local_aws_that_is_killed_costs_the_job_and_nothing_else(visit, site):
    page = visit()
    add_data(page)
    click(page, "sample_employee_retention")
    expect(page.get_by_text("3,000 rows")).to_be_visible()
    click(page, "sagemaker_go_train")
    click(page, "train")
    expect(page.get_by_role("button", name="Stop training")).to_be_visible()
    os.kill(running(site.home).pid, signal.SIGKILL)
    expect(page.get_by_text("Training failed")).to_be_visible()
    pick(page, "train_algorithm", "Random forest")
    click(page, "train")
    expect(page.get_by_text("Trained in")).to_be_visible()


def test_an_app_that_was_started_again_goes_on_in_the_open_page(visit, site):
    page = visit()
    add_data(page)
    click(page, "sample_pedidos")
    expect(page.get_by_text("3,000 rows")).to_be_visible()
    expect(part(page, "sagemaker_target").get_by_role("combobox")).to_have_value("Valoración")
    site.stop()
    expect(page.locator('[data-test-connection-state="CONNECTED"]')).to_have_count(0)
    site.start()
    expect(page.locator('[data-test-connection-state="CONNECTED"]')).to_have_count(1)
    expect(page.locator('[data-test-script-state="notRunning"]')).to_have_count(1)
    expect(page.get_by_text("3,000 rows")).to_be_visible()
    go(page, "Train")
    expect(page.get_by_role("button", name="Train", exact=True)).to_be_enabled()
    expect(part(page, "sagemaker_dataset").get_by_role("combobox")).to_have_value("pedidos.csv")
