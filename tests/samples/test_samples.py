"""The samples are what their README and index say, and the synthetic ones are what their scripts write."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SAMPLES = Path(__file__).parents[2] / "samples"
INDEX: list[dict[str, Any]] = json.loads((SAMPLES / "index.json").read_text("utf-8"))["samples"]
LARGEST_BYTES = 500_000


@pytest.mark.parametrize("file", [sample["file"] for sample in INDEX])
def test_a_script_writes_the_same_file_again(file: str, tmp_path: Path) -> None:
    script = tmp_path / f"make_{Path(file).stem}.py"
    script.write_text((SAMPLES / script.name).read_text("utf-8"), "utf-8")
    subprocess.run([sys.executable, str(script)], check=True, cwd=tmp_path)
    assert (tmp_path / file).read_bytes() == (SAMPLES / file).read_bytes()


@pytest.mark.parametrize("sample", INDEX, ids=[sample["file"] for sample in INDEX])
def test_the_index_is_true(sample: dict[str, Any]) -> None:
    spanish = sample["file"] == "pedidos.csv"
    path = SAMPLES / sample["file"]
    with path.open(encoding="cp1252" if spanish else "utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";" if spanish else ","))
    assert path.stat().st_size < LARGEST_BYTES
    assert len(rows) == sample["rows"]
    targets = {row[sample["target"]] for row in rows}
    assert len(targets) == 2 if sample["problem"] == "binary" else len(targets) > 2
    assert f"{sample['rows']:,}" in sample["about"]
    assert sample["synthetic"] == ("invented" in sample["about"])


def test_the_readme_names_every_file_with_its_licence() -> None:
    readme = (SAMPLES / "README.md").read_text("utf-8")
    for sample in INDEX:
        (line,) = [line for line in readme.splitlines() if line.startswith(f"| `{sample['file']}`")]
        assert sample["licence"] in line
        assert ("synthetic" in line) == sample["synthetic"]
    assert {path.name for path in SAMPLES.glob("*.csv")} == {sample["file"] for sample in INDEX}


def test_the_spanish_sample_is_as_a_spanish_excel_saves_it() -> None:
    content = (SAMPLES / "pedidos.csv").read_bytes()
    with pytest.raises(UnicodeDecodeError):
        content.decode("utf-8")
    text = content.decode("cp1252")
    assert text.startswith("Nº pedido;Fecha;Provincia;Categoría;")
    assert ";1." in text
    assert text.count("\r\n") == text.count("\n")
