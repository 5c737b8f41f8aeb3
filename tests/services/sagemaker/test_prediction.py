"""Predictions for rows of a form and for whole files: aligned to what the model learnt, in order, whatever happens."""

import csv
import io
import re

import pytest

from services import aws, trace
from services.errors import ServiceError
from services.sagemaker import endpoints, evaluation, file_prediction, invocation, prediction
from tests.services.sagemaker.scenes import refusing, settled, staff

YOUNG = {"age": 22, "office": "Lima", "hired": "2020-03-15", "pay": 900}
SENIOR = {"age": 60, "office": "Quito", "hired": "2012-01-15", "pay": 3800}


def ask(deployed, *rows):
    return prediction.predict_rows(deployed.endpoint, rows)


def predict(deployed, content, **settings):
    out = io.BytesIO()
    source = io.BytesIO(content if isinstance(content, bytes) else content.encode())
    found = prediction.predict_file(deployed.endpoint, source, out, **settings)
    return found, list(csv.DictReader(io.StringIO(out.getvalue().decode())))


def rounded(predictions):
    """Without the last digits, which depend on how many rows are computed at once."""
    return [(one.prediction, {name: round(p, 9) for name, p in one.probabilities.items()}) for one in predictions.rows]


def alike(rows, others):
    """Whether the rows of two results are the same, but for the last digits of probabilities."""

    def short(row):
        return {name: round(float(cell), 9) if name.startswith("probability") else cell for name, cell in row.items()}

    return [short(row) for row in rows] == [short(row) for row in others]


# Rows


def test_each_row_gets_its_class_and_the_probability_of_each(deployed, local_aws):
    young, senior = ask(deployed, YOUNG, SENIOR).rows
    assert (young.prediction, senior.prediction) == ("yes", "no")
    assert set(young.probabilities) == {"no", "yes"}
    assert sum(young.probabilities.values()) == pytest.approx(1)
    assert young.confidence == young.probabilities["yes"] > 0.5


def test_the_order_of_columns_and_text_for_numbers_make_no_difference(deployed, local_aws):
    turned = {name: str(value) for name, value in reversed(YOUNG.items())}
    straight, other = ask(deployed, YOUNG, turned).rows
    assert straight == other


def test_missing_values_are_answered_and_change_the_answer(deployed, local_aws):
    with_nothing = dict.fromkeys(YOUNG)
    full, empty, blank = ask(deployed, YOUNG, with_nothing, dict.fromkeys(YOUNG, "")).rows
    assert empty == blank
    assert empty != full
    assert ask(deployed, YOUNG | {"pay": float("nan")}).rows == ask(deployed, YOUNG | {"pay": None}).rows


def test_columns_that_are_missing_are_named(deployed, local_aws):
    with pytest.raises(ServiceError) as refusal:
        ask(deployed, {"age": 22, "office": "Lima"})
    assert refusal.value.code == "MissingColumns"
    assert "“hired”, “pay”" in str(refusal.value.message)
    assert refusal.value.hint
    with pytest.raises(ServiceError) as refusal:
        ask(deployed, YOUNG, {name: value for name, value in YOUNG.items() if name != "age"})
    assert "“age”" in str(refusal.value.message)


def test_columns_the_model_does_not_know_are_told_and_ignored(deployed, local_aws):
    found = ask(deployed, YOUNG | {"shoe size": 44})
    assert found.rows == ask(deployed, YOUNG).rows
    assert [str(note) for note in found.notes] == ["The model does not use this column: “shoe size”."]


def test_the_true_answer_may_be_among_the_columns(deployed, local_aws):
    found = ask(deployed, YOUNG | {"left": "no"})
    assert found.rows == ask(deployed, YOUNG).rows
    assert "the column to predict" in str(found.notes[0])


def test_a_category_never_seen_counts_as_unknown(deployed, local_aws):
    found = ask(deployed, YOUNG | {"office": "Cuzco"})
    assert found.rows[0].prediction == "yes"
    assert "“office” has a value the model was not trained on" in str(found.notes[0])
    assert "“Cuzco”" in str(found.notes[0])


def test_text_for_a_number_is_refused_with_row_and_column(deployed, local_aws):
    with pytest.raises(ServiceError) as refusal:
        ask(deployed, YOUNG, YOUNG | {"pay": "a lot"})
    assert refusal.value.code == "ModelError"
    assert re.search(r'Row 2, column "pay".*a lot', str(refusal.value.message))
    assert "Correct the values" in str(refusal.value.hint)


def test_no_rows_are_no_predictions(deployed, local_aws):
    assert ask(deployed) == prediction.Predictions((), ())


def test_many_rows_go_in_several_requests_and_come_back_in_order(deployed, local_aws, monkeypatch):
    rows = [YOUNG | {"age": 18 + number % 48, "pay": 800 + number * 30} for number in range(100)]
    at_once = ask(deployed, *rows)
    monkeypatch.setattr(invocation, "LARGEST_BODY_BYTES", 1_000)
    with trace.record(trace.Calls()) as calls:
        assert rounded(ask(deployed, *rows)) == rounded(at_once)
    assert len([call for call in calls if call.operation == "InvokeEndpoint"]) > 5


# Files


def test_a_file_comes_back_with_its_columns_and_the_predictions(deployed, local_aws):
    found, rows = predict(deployed, staff(250, seed=1))
    assert (found.rows, found.complete) == (250, True)
    assert list(rows[0]) == ["age", "office", "hired", "pay", "left", "prediction", "probability no", "probability yes"]
    asked = ask(deployed, *({name: row[name] for name in YOUNG} for row in rows))
    assert [row["prediction"] for row in rows] == [one.prediction for one in asked.rows]
    assert [float(row["probability yes"]) for row in rows] == [one.probabilities["yes"] for one in asked.rows]
    right = sum(row["prediction"] == row["left"] for row in rows)
    assert right > 220
    assert dict(found.distribution) == {
        label: sum(row["prediction"] == label for row in rows) for label in ("no", "yes")
    }


def test_many_pieces_at_once_keep_the_order(deployed, local_aws, monkeypatch):
    content = staff(1_000, seed=2)
    whole, rows = predict(deployed, content)
    monkeypatch.setattr(file_prediction, "_MOST_ROWS", 37)
    told = []
    pieces, again = predict(deployed, content, progress=told.append)
    assert alike(again, rows)
    assert pieces == whole
    assert [one.rows for one in told] == sorted(one.rows for one in told)
    assert [one.share for one in told] == sorted(one.share for one in told)
    assert len(told) > 20
    assert (told[-1].rows, told[-1].share) == (1_000, 1.0)


def test_a_body_that_would_be_too_large_is_split(deployed, local_aws, monkeypatch):
    content = staff(200, seed=3)
    _, rows = predict(deployed, content)
    monkeypatch.setattr(invocation, "LARGEST_BODY_BYTES", 2_000)
    assert alike(predict(deployed, content)[1], rows)


def test_a_row_that_is_too_large_is_refused(deployed, local_aws, monkeypatch):
    with pytest.raises(ServiceError) as refusal:
        predict(deployed, staff(20) + f"30,{'x' * 5_000_000},2020-03-15,2000,no\n")
    assert refusal.value.code == "RowTooLarge"
    monkeypatch.setattr(invocation, "LARGEST_BODY_BYTES", 100)
    with pytest.raises(ServiceError) as refusal:
        predict(deployed, staff(20) + f"30,{'x' * 200},2020-03-15,2000,no\n")
    assert refusal.value.code == "RowTooLarge"


def test_a_spreadsheet_in_spanish_is_read_as_it_is(deployed, local_aws):
    rows = "pay;office;hired;age;notas\n" + "\n".join(
        f"{pay};{office};2020-03-15;{age};\"dijo: \"\"sí; no\"\"\"" for pay, office, age in
        (("1.900,50", "Bogotá", 22), ("3.800,00", "Quito", 60), ("2.100,25", "Lima", 24))
    )  # fmt: skip
    found, answered = predict(deployed, rows.encode("cp1252"))
    assert [row["pay"] for row in answered] == ["1900.50", "3800.00", "2100.25"]
    assert [row["prediction"] for row in answered] == ["yes", "no", "yes"]
    assert answered[0]["notas"] == 'dijo: "sí; no"'
    assert ["“notas”" in str(note) for note in found.notes] == [True]


def test_cells_that_cannot_be_read_count_as_missing_and_are_told(deployed, local_aws):
    lines = staff(100, seed=4).splitlines()
    lines[3] = "?? years,Lima,15th of March,2000,no"
    lines[7] = "30,Machu Picchu,,2000,no"
    found, rows = predict(deployed, "\n".join(lines))
    assert found.rows == 100
    said = [str(note) for note in found.notes]
    assert "1 cell of “age” is not a number and counts as missing." in said
    assert "1 cell of “hired” is not a date and counts as missing." in said
    assert any("“Machu Picchu”" in note for note in said)
    missing = {"age": None, "office": "Lima", "hired": None, "pay": 2000}
    assert rows[2]["prediction"] == ask(deployed, missing).rows[0].prediction
    assert rows[2]["age"] == "?? years"


def test_a_file_that_lacks_a_column_is_refused_before_anything_is_sent(deployed, local_aws):
    with trace.record(trace.Calls()) as calls, pytest.raises(ServiceError) as refusal:
        predict(deployed, "age,office\n22,Lima\n")
    assert refusal.value.code == "MissingColumns"
    assert not [call for call in calls if call.operation == "InvokeEndpoint"]


def test_a_file_that_is_no_csv_is_refused(deployed, local_aws):
    with pytest.raises(ServiceError) as refusal:
        predict(deployed, b"PK\x03\x04" + bytes(200))
    assert refusal.value.hint


def test_columns_named_like_ours_are_kept(deployed, local_aws):
    lines = staff(20, seed=5).splitlines()
    content = "\n".join([lines[0] + ",prediction,probability no", *(line + ",guess,0.5" for line in lines[1:])])
    _, rows = predict(deployed, content)
    assert rows[0]["prediction"] == "guess"
    assert rows[0]["prediction 2"] in {"yes", "no"}
    assert 0 <= float(rows[0]["probability no 2"]) <= 1


def test_formulas_in_cells_do_nothing_in_a_spreadsheet(deployed, local_aws):
    lines = staff(20, seed=6).splitlines()
    lines[0] += ",comment"
    lines[1:] = [line + ",=cmd|' /C calc'!A0" for line in lines[1:]]
    _, rows = predict(deployed, "\n".join(lines))
    assert not any(row["comment"].startswith(("=", "+", "-", "@")) for row in rows)
    assert "cmd|" in rows[0]["comment"]


def test_a_cancelled_file_ends_early_with_whole_rows(deployed, local_aws, monkeypatch):
    monkeypatch.setattr(file_prediction, "_MOST_ROWS", 50)
    told = []
    found, rows = predict(
        deployed, staff(2_000, seed=7), progress=told.append, cancelled=lambda: told[-1:] and told[-1].rows >= 100
    )
    assert not found.complete
    assert 100 <= found.rows == len(rows) < 2_000
    assert all(row["prediction"] for row in rows)


def test_a_file_cancelled_while_it_is_read_is_not_sent(deployed, local_aws):
    with trace.record(trace.Calls()) as calls:
        found, rows = predict(deployed, staff(100, seed=8), cancelled=lambda: True)
    assert (found.rows, found.complete, rows) == (0, False, [])
    assert not [call for call in calls if call.operation == "InvokeEndpoint"]


def test_a_passing_failure_is_overcome(deployed, local_aws):
    with refusing("sagemaker-runtime", "InvokeEndpoint", "ServiceUnavailable", "Busy.", times=2):
        found, _ = predict(deployed, staff(50, seed=9))
    assert found.complete


def test_an_endpoint_deleted_while_predicting_is_told_and_ends_it(deployed, local_aws, monkeypatch):
    monkeypatch.setattr(file_prediction, "_MOST_ROWS", 20)
    doomed = settled(endpoints.deploy(deployed.job))

    def delete_after(progress):
        found = endpoints.find(doomed.name)
        if progress.rows >= 40 and found and found.status == "InService":
            aws.client("sagemaker").delete_endpoint(EndpointName=doomed.name)

    with pytest.raises(ServiceError) as refusal:
        prediction.predict_file(doomed, io.BytesIO(staff(5_000, seed=10).encode()), io.BytesIO(), delete_after)
    assert refusal.value.code == "NotFound"
    assert "was deleted" in str(refusal.value.message)


def test_a_disk_that_is_full_is_told(deployed, local_aws):
    class Full(io.BytesIO):
        def write(self, _):
            raise OSError(28, "No space left on device")

    with pytest.raises(ServiceError) as refusal:
        prediction.predict_file(deployed.endpoint, io.BytesIO(staff(50).encode()), Full())
    assert refusal.value.code == "DiskFull"


def test_an_answer_that_is_not_one_prediction_a_row_is_not_written(deployed, local_aws, monkeypatch):
    monkeypatch.setattr(invocation, "invoke", lambda *_, **__: b"yes,0.1,0.9\n")
    with pytest.raises(ServiceError) as refusal:
        predict(deployed, staff(10))
    assert refusal.value.code == "StrangeAnswer"


def test_the_form_knows_what_the_model_wants(deployed, local_aws):
    age, office, hired, pay = endpoints.features(deployed.endpoint)
    assert (age.type, office.type, hired.type, pay.type) == ("numeric", "category", "date", "numeric")
    assert set(office.categories) == {"Lima", "Bogotá", "Quito"}
    assert (age.minimum, age.maximum) == (18, 65)
    assert evaluation.load(deployed.job).features[0] == age
