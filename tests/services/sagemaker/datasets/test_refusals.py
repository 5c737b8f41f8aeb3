"""A file that cannot be a dataset is refused with what is wrong, where, and what to do."""

import gzip
import io
import zipfile

import pytest

from services.errors import ServiceError
from services.sagemaker.datasets import profile, records, refusals
from tests.services.sagemaker.datasets.reading import read, refusal, table


def _archive(*names: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in names:
            archive.writestr(name, "content")
    return written.getvalue()


@pytest.mark.parametrize("data", [b"", b"\n\n  \n", b"\xef\xbb\xbf", b"\xff\xfe", b" \t\r\n"])
def test_an_empty_file(data):
    assert refusal(data).code == "EmptyFile"


@pytest.mark.parametrize("data", ["a,b\n", "a,b", "a,b\n\n\n", "name;age\r\n"])
def test_a_header_without_rows(data):
    assert refusal(data).code == "HeaderOnly"


@pytest.mark.parametrize("data", ["a\n1\n2\n", "one line of text\nand another\n", "5\n6\n"])
def test_one_column_only(data):
    assert refusal(data).code == "OneColumn"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (_archive("[Content_Types].xml", "xl/workbook.xml"), "Excel workbook"),
        (_archive("mimetype-application/vnd.oasis.opendocument.spreadsheet"), "OpenDocument"),
        (_archive("data.csv"), "ZIP"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0), "gzip"),
        (b"PAR1\x15\x04\x15\x00\x00", "Parquet"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100), "old Excel"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "PDF"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "PNG"),
        (b"SQLite format 3\0" + bytes(100), "SQLite"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (b'<?xml version="1.0"?><rows/>', "XML"),
        (b'[{"a": 1, "b": 2}]', "JSON"),
        (b'{"a": 1}\n{"a": 2}\n', "JSON"),
    ],
)
def test_another_format_named_csv_is_called_by_its_name(data, what):
    error = refusal(data)
    assert error.code == "NotCsv"
    assert what in str(error.message)


def test_binary_bytes():
    assert refusal(bytes(range(256)) * 20).code == "BinaryFile"


def test_text_that_begins_like_another_format_is_text():
    assert read("ORC,BZh\n1,2\n3,4\n").profile.names == ("ORC", "BZh")
    assert read("PARTNER,x\n1,2\n3,4\n").profile.names == ("PARTNER", "x")


def test_a_nul_character_is_found_with_its_row():
    error = refusal("a,b\n1,x\n2,y\n3,z\0\n" + "4,w\n" * 100)
    assert error.code == "NulCharacter"
    assert error.message.values["row"] == 4


def test_a_row_with_too_many_cells_is_named(monkeypatch):
    monkeypatch.setattr(records, "HEAD_BYTES", 100)
    monkeypatch.setattr(records, "BLOCK_BYTES", 100)
    error = refusal("a,b\n" + "1,2\n" * 100 + "1,2,3\n" + "1,2\n" * 100)
    assert error.code == "TooManyCells"
    assert error.message.values == {"row": 102, "found": 3, "expected": 2}


def test_a_row_with_too_many_cells_among_the_first_is_named():
    assert refusal("a,b\n1,2\n1,2,3\n1,2\n").message.values["row"] == 3
    assert refusal("a,b\n1,2,3\n").message.values["row"] == 2


def test_rows_with_too_few_cells_are_padded_and_named():
    reading = read(table("a,b,c", "1,2,3", "4,5", "6,7,8", "9"))
    assert reading.canonical == b"a,b,c\n1,2,3\n4,5,\n6,7,8\n9,,\n"
    notice = reading.notice("ShortRows")
    assert (notice.rows, notice.message.values["count"]) == ((3, 5), 2)


def test_empty_cells_too_many_are_left_out_and_named():
    reading = read(table("a,b", "1,x", "2,y,,", "3,z"))
    assert reading.canonical == b"a,b\n1,x\n2,y\n3,z\n"
    assert reading.notice("LongRows").rows == (3,)


@pytest.mark.parametrize("rows_before", [0, 3, 50])
def test_a_quote_that_never_closes_is_named(rows_before):
    error = refusal("a,b\n" + "1,2\n" * rows_before + '3,"x\n4,5\n')
    assert error.code == "UnclosedQuote"
    assert error.message.values["row"] == rows_before + 2


def test_a_quote_that_is_not_closed_for_long_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(records, "HEAD_BYTES", 64)
    monkeypatch.setattr(records, "BLOCK_BYTES", 64)
    monkeypatch.setattr(refusals, "MAX_RECORD_BYTES", 200)
    assert refusal('a,b\n1,2\n3,"x\n' + "4,5\n" * 1000).message.values["row"] == 3


def test_a_row_that_never_ends_is_not_waited_for(monkeypatch):
    monkeypatch.setattr(records, "HEAD_BYTES", 64)
    monkeypatch.setattr(records, "BLOCK_BYTES", 64)
    monkeypatch.setattr(refusals, "MAX_RECORD_BYTES", 200)
    error = refusal("a,b\n1,2\n3,4\n5," + "x" * 5000 + "\n")
    assert (error.code, error.message.values["row"]) == ("RowTooLong", 4)


def test_five_thousand_columns():
    header = ",".join(f"c{number}" for number in range(5000))
    error = refusal(table(header, ",".join(["1"] * 5000), ",".join(["2"] * 5000)))
    assert error.code == "TooManyColumns"
    assert error.message.values == {"count": 5000, "most": 4096}


def test_as_many_columns_as_are_allowed():
    header = ",".join(f"c{number}" for number in range(4096))
    rows = [",".join(str(row * column % 97) for column in range(4096)) for row in range(1, 21)]
    assert len(read(table(header, *rows)).profile.columns) == 4096


def test_a_file_over_the_limit_is_refused_before_it_is_read():
    class Sparse(io.BytesIO):
        def seek(self, offset: int, whence: int = 0) -> int:
            return 1024**3 + 1 if whence == io.SEEK_END else super().seek(offset, whence)

    with pytest.raises(ServiceError) as refused:
        profile(Sparse(b"a,b\n1,2\n"))
    assert refused.value.code == "FileTooLarge"
