"""However a file is cut into blocks, each block ends where a record ends, and nothing is lost."""

import csv
import io
import random

import pytest

from services.sagemaker.datasets import cells, records
from services.sagemaker.datasets.dialect import Dialect
from services.sagemaker.datasets.records import Records, end_of_records
from tests.services.sagemaker.datasets.reading import read, refusal


@pytest.mark.parametrize(
    ("data", "whole"),
    [
        ("a,b\nc,d\ne", "a,b\nc,d\n"),
        ('a,"b\nc",d\n"e\n', 'a,"b\nc",d\n'),
        ('a,"b ""q""\n x"\nc\n"', 'a,"b ""q""\n x"\nc\n'),
        ('5" pipe,b\n6" pipe,c\nd', '5" pipe,b\n6" pipe,c\n'),
        ('5" pipe,"x\ny"\n7,"z\n', '5" pipe,"x\ny"\n'),
        ('"a\nb', ""),
        ("abc", ""),
    ],
)
def test_a_block_ends_with_a_whole_record(data, whole):
    assert data.encode()[: end_of_records(data.encode(), Dialect())] == whole.encode()


def test_an_escaped_quote_does_not_end_a_cell():
    data = rb'a,"x\"' + b'\ny"\nb,"\n'
    assert data[: end_of_records(data, Dialect(escape="\\"))] == rb'a,"x\"' + b'\ny"\n'


_WORDS = (
    "alpha", "beta gamma", "café", "a;b", "c,d", "e|f", "tab\there", 'say "hi"', "line\nbreak", "crlf\r\nx", "  pad ",
    "", "12", "3.5", "=cmd|x", "'q", '5" pipe', "漢字", '""', 'a"b"c',
)  # fmt: skip


def _random_file(random: random.Random) -> tuple[list[list[str]], str]:
    """Rows of words and numbers, and a file a program of some kind would write of them."""
    width = random.randint(2, 6)
    kinds = [random.choice("wni") for _ in range(width)]
    make = {
        "w": lambda: random.choice(_WORDS),
        "n": lambda: f"{random.uniform(-1000, 1000):.3f}",
        "i": lambda: str(random.randint(-50, 5000)),
    }
    rows = [[f"name {number}" for number in range(width)]]
    rows += [[make[kind]() for kind in kinds] for _ in range(random.randint(8, 60))]
    written = io.StringIO(newline="")
    writer = csv.writer(
        written,
        delimiter=random.choice(",;\t|"),
        lineterminator=random.choice(["\n", "\r\n"]),
        quoting=random.choice([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    )
    writer.writerows(rows)
    return rows, written.getvalue()


@pytest.mark.parametrize("seed", range(60))
def test_every_cell_arrives_whatever_the_dialect_and_the_size_of_blocks(seed, monkeypatch):
    chance = random.Random(seed)
    rows, text = _random_file(chance)
    monkeypatch.setattr(records, "HEAD_BYTES", chance.choice([200, 1000, 2**20]))
    monkeypatch.setattr(records, "BLOCK_BYTES", chance.choice([50, 300, 2**20]))
    monkeypatch.setattr(cells, "_PARSED_AT_ONCE_BYTES", chance.choice([64, 512, 2**19]))
    canonical = read(text.encode(chance.choice(["utf-8", "utf-8-sig", "utf-16"]))).canonical
    arrived = [row for row in csv.reader(io.StringIO(canonical.decode(), newline="")) if row]
    assert [[cell.replace("\r\n", "\n") for cell in row] for row in arrived] == [
        [cell.replace("\r\n", "\n") for cell in row] for row in rows
    ]


def test_old_mac_line_ends_are_line_ends():
    assert read(b"a,b\r1,x\r2,y\r").canonical == b"a,b\n1,x\n2,y\n"


def test_doubled_line_ends_are_one():
    assert read(b"a,b\r\r\n1,x\r\r\n2,y\r\r\n").profile.rows == 2


def test_rows_after_blank_lines_keep_their_numbers(monkeypatch):
    monkeypatch.setattr(records, "HEAD_BYTES", 40)
    monkeypatch.setattr(records, "BLOCK_BYTES", 40)
    assert refusal("a,b\n" + "1,2\n\n" * 30 + "3,4,5\n").message.values["row"] == 62


def test_a_cell_larger_than_a_block_is_read(monkeypatch):
    monkeypatch.setattr(records, "HEAD_BYTES", 100)
    monkeypatch.setattr(records, "BLOCK_BYTES", 64)
    text = 'a,b\n1,x\n2,"' + "long line\n" * 200 + '"\n3,y\n'
    assert read(text).canonical.decode() == text


def test_progress_counts_what_was_read():
    source = io.BytesIO(b"a,b\n" + b"1,2\n" * 10)
    pass_over = Records(source)
    [block] = pass_over.blocks()
    assert block.read == pass_over.size == 44
