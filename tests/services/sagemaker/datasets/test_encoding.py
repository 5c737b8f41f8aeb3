"""Letters with accents arrive as they were typed, whatever program wrote the file."""

import pytest

from services.sagemaker.datasets import records
from tests.services.sagemaker.datasets.reading import read, refusal

_SPANISH = "nombre,ciudad,importe\n" + "José,Málaga,1\nBegoña,Ávila,2\nÑoño,Cádiz,3\n" * 3


@pytest.mark.parametrize(
    ("codec", "shown"),
    [
        ("utf-8", "UTF-8"),
        ("utf-8-sig", "UTF-8"),
        ("latin-1", "Windows-1252"),
        ("cp1252", "Windows-1252"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("utf-32", "UTF-32-LE"),
    ],
)
def test_spanish_text_is_read(codec, shown):
    reading = read(_SPANISH.encode(codec))
    assert reading.canonical.decode() == _SPANISH
    assert reading.profile.encoding == shown


@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("cp1252", "precio,pago\n5 €,“sí”\n6 €,‘no’\n"),
        ("cp1251", "имя,город\nИван,Москва\nПётр,Казань\n"),
        ("shift_jis", "名前,都市\n田中,東京\n鈴木,大阪\n"),
        ("cp1252", "id,city\n1,León\n2,Madrid\n"),
        ("cp1252", "prénom,ville\nFrançois,Besançon\nZoë,Orléans\n"),
    ],
)
def test_other_texts_are_read(codec, text):
    reading = read(text.encode(codec))
    assert [column.name for column in reading.profile.columns] == text.split("\n")[0].split(",")
    assert "Encoding" in reading.codes
    last = text.strip().split("\n")[-1].split(",")[1]
    assert last.replace(" €", "") in reading.canonical.decode()


def test_bytes_that_windows_1252_leaves_undefined_are_kept():
    reading = read(("name,city\nx\x81y,Málaga\n" + "José,Málaga\n" * 9).encode("latin-1"))
    assert "x\x81y,Málaga" in reading.canonical.decode()


def test_an_accent_far_into_a_latin_1_file_is_read(monkeypatch):
    monkeypatch.setattr(records, "HEAD_BYTES", 100)
    monkeypatch.setattr(records, "BLOCK_BYTES", 100)
    text = "name,city\n" + "Ana,Madrid\n" * 50 + "José,Málaga\n" * 20 + "Ana,Madrid\n" * 20
    reading = read(text.encode("latin-1"))
    assert reading.canonical.decode() == text
    assert reading.profile.encoding == "Windows-1252"


def test_latin_1_after_utf_8_is_mended_and_the_row_named(monkeypatch):
    monkeypatch.setattr(records, "HEAD_BYTES", 100)
    monkeypatch.setattr(records, "BLOCK_BYTES", 50)
    text = "name,city\n" + "José,Málaga\n" * 20
    reading = read(text.encode() + b"Bego\xf1a,C\xe1diz\n" + "José,Málaga\n".encode() * 3)
    assert reading.canonical.decode() == text + "Begoña,Cádiz\n" + "José,Málaga\n" * 3
    [row] = reading.notice("MixedEncoding").rows
    assert 18 <= row <= 22


def test_a_utf_16_file_that_is_cut_is_refused_with_the_byte():
    error = refusal(_SPANISH.encode("utf-16") + b"\xd8")
    assert error.code == "BadEncoding"
    assert error.message.values["byte"] > 0


def test_blocks_may_cut_letters_anywhere(monkeypatch):
    text = "name,city\n" + "José ñandú,日本語\n" * 40
    for size in range(7, 30):
        monkeypatch.setattr(records, "HEAD_BYTES", 64 + size)
        monkeypatch.setattr(records, "BLOCK_BYTES", size)
        assert read(text).canonical.decode() == text
        assert read(text.encode("utf-16")).canonical.decode() == text
