"""Which character encoding a file is in, and its bytes as UTF-8."""

from __future__ import annotations

import codecs
import re
from itertools import islice

import charset_normalizer

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
"""UTF-32's mark begins with UTF-16's, so it comes first."""

WESTERN = "cp1252"
_WESTERN_LETTERS = set("áéíóúüñàèìòùâêîôûäëïöÿçãõåæøœßšžýÁÉÍÓÚÜÑÀÈÌÒÙÂÊÎÔÛÄËÏÖÇÃÕÅÆØŒŠŽÝ")
_WESTERN_SIGNS = set("¿¡ºª°€£·–—‘’“”…«»©®±²³½¼¾µ§•\u00a0")
_LEAST_NATURAL = 0.9
_CANDIDATES = [
    "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r", "cp850", "cp852", "mac_roman",
    "cp932", "gb18030", "big5", "euc_kr", "euc_jp",
]  # fmt: skip
"""What analysts' programs write beside UTF-8 and Windows-1252. Among all 90 encodings Python knows, short texts
would fit many."""
_LEAST_ZEROS_OF_UTF_16 = 0.3
_CONTEXT_BYTES = 40
_MOST_CONTEXTS = 2_000
_BEYOND_ASCII = re.compile(rb"[\x80-\xff][^\n]{0,%d}" % _CONTEXT_BYTES)
_FALLBACK = "celaje-western"


def _one_byte(error: UnicodeError) -> tuple[str, int]:
    """What cp1252 leaves undefined is a Latin-1 control character."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    byte = error.object[error.start : error.start + 1]
    return byte.decode(WESTERN, "ignore") or byte.decode("latin-1"), error.start + 1


codecs.register_error(_FALLBACK, _one_byte)


def shown(encoding: str) -> str:
    """What the encoding is called outside Python."""
    named = {WESTERN: "Windows-1252", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp932": "Shift-JIS"}
    return named.get(encoding, encoding.upper().replace("CP125", "Windows-125").replace("_", "-"))


def byte_order_mark(head: bytes) -> tuple[bytes, str] | None:
    """The mark a file begins with and the encoding it stands for."""
    return next(((mark, encoding) for mark, encoding in _MARKS if head.startswith(mark)), None)


def utf_16_without_mark(head: bytes) -> str | None:
    """UTF-16 is told by its zeros: Latin text has one in every second byte."""
    pairs = len(head) // 2
    if pairs < 2:
        return None
    low, high = head[0 : 2 * pairs : 2].count(0), head[1 : 2 * pairs : 2].count(0)
    if high > _LEAST_ZEROS_OF_UTF_16 * pairs and not low:
        return "utf-16-le"
    if low > _LEAST_ZEROS_OF_UTF_16 * pairs and not high:
        return "utf-16-be"
    return None


def begins_as_utf_8(head: bytes) -> bool:
    """Whether a file's first bytes are UTF-8; the last character may be cut."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def guess(data: bytes) -> str:
    """The encoding of bytes that are not UTF-8: Windows-1252 where it makes Western words, else the likeliest."""
    excerpt = _around_accents(data)
    if _western_share(excerpt) >= _LEAST_NATURAL:
        return WESTERN
    best = charset_normalizer.from_bytes(excerpt, cp_isolation=_CANDIDATES).best()
    return best.encoding if best else WESTERN


def decoder(encoding: str) -> codecs.IncrementalDecoder:
    """Decodes piece by piece; bytes a one-byte encoding lacks become Latin-1 characters."""
    strict = encoding.startswith("utf")
    return codecs.getincrementaldecoder(encoding)("strict" if strict else _FALLBACK)


def mend_utf_8(data: bytes) -> bytes:
    """UTF-8 in which some bytes are Windows-1252, as when files of both kinds were joined, as UTF-8 throughout."""
    return data.decode("utf-8", _FALLBACK).encode()


def _around_accents(data: bytes) -> bytes:
    """The parts of a text with bytes beyond ASCII: they alone tell encodings apart."""
    found = islice(_BEYOND_ASCII.finditer(data), _MOST_CONTEXTS)
    starts = ((max(0, match.start() - _CONTEXT_BYTES), match) for match in found)
    return b"\n".join(data[start : match.start()].rpartition(b"\n")[2] + match[0] for start, match in starts)


def _western_share(data: bytes) -> float:
    """The share of characters beyond ASCII that stand where Western languages put them."""
    text = data.decode(WESTERN, _FALLBACK)
    natural = total = 0
    for before, character, after in zip(" " + text, text, text[1:] + " ", strict=False):
        if character.isascii():
            continue
        total += 1
        inside_word = before.isalpha() and after.isalpha()
        natural += character in _WESTERN_LETTERS or (character in _WESTERN_SIGNS and not inside_word)
    return natural / total if total else 0.0
