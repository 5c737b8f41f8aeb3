"""A dataset as a CSV to open in a spreadsheet, which would run cells that begin like formulas."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.csv

from services.sagemaker.datasets.cells import write_cells, write_row
from services.sagemaker.datasets.model import Dataset
from services.sagemaker.datasets.store import open_data
from services.sagemaker.formulas import harmless, harmless_names

_BLOCK_BYTES = 4 * 1024**2


def export_csv(dataset: Dataset) -> Iterator[bytes]:
    """The dataset piece by piece as UTF-8 CSV, with an apostrophe before each cell that begins like a formula.

    Take the first apostrophe off the cells that begin with one, and it is as it was. Raises ServiceError.
    """
    names = list(dataset.profile.names)
    yield write_row(harmless_names(names))
    with open_data(dataset) as data:
        batches = pa.csv.open_csv(
            data,
            pa.csv.ReadOptions(use_threads=False, block_size=_BLOCK_BYTES, skip_rows=1, column_names=names),
            pa.csv.ParseOptions(newlines_in_values=True),
            pa.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
        for batch in batches:
            yield bytes(write_cells([harmless(column) for column in batch.columns]))
