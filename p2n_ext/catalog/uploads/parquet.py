"""What a parquet file says of itself in its footer: columns, types, rows, missing values; no data page is touched.

The footer is a FileMetaData struct in Thrift's compact protocol (apache/parquet-format, parquet.thrift; thrift's
thrift-compact-protocol.md). Reading it takes a page of code; the libraries that do it weigh 50 MB and parse far more.
"""

from __future__ import annotations

import os
import struct
from typing import IO, Any

from .archive import Refused
from .delimited import MAX_COLUMNS

MAGIC = b"PAR1"
MAX_FOOTER_BYTES = 32_000_000
_MAX_DEPTH = 16
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = range(1, 13)
# parquet.thrift, enum Type
_PHYSICAL = {
    0: "boolean",
    1: "integer",
    2: "integer",
    3: "other",
    4: "number",
    5: "number",
    6: "other",
    7: "other",
}
# parquet.thrift, enum ConvertedType: UTF8, ENUM are text; UINT_8 … INT_64 are integers; others have a meaning of their own
_TEXT, _INTEGERS = (0, 4), range(11, 19)
_OPTIONAL, _REPEATED = 1, 2


def inspect_parquet(raw: IO[bytes]) -> dict[str, Any]:
    """Rows and columns in the shape of `DataFile`. Raises Refused."""
    size = raw.seek(0, os.SEEK_END)
    raw.seek(0)
    if size < 12 or raw.read(4) != MAGIC:
        raise Refused("it does not begin as a parquet file does")
    raw.seek(size - 8)
    length, magic = struct.unpack("<I4s", raw.read(8))
    if magic == b"PARE":
        raise Refused("it is encrypted")
    if magic != MAGIC or length > min(size - 12, MAX_FOOTER_BYTES):
        raise Refused("it does not end as a parquet file does")
    raw.seek(size - 8 - length)
    try:
        footer = _Compact(raw.read(length)).struct()
        return {"format": "parquet", "rows": _rows(footer), "columns": _columns(footer)}
    except (IndexError, KeyError, TypeError, ValueError, AttributeError, struct.error):
        raise Refused("its footer can't be read") from None


def _rows(footer: dict[int, Any]) -> int:
    rows = int(footer[3])
    if rows < 1:
        raise Refused("it has no rows")
    return rows


def _columns(footer: dict[int, Any]) -> list[dict[str, Any]]:
    root, *elements = footer[2]
    if not 1 <= len(elements) <= MAX_COLUMNS:
        raise Refused(
            f"it has {len(elements)} columns; 1 to {MAX_COLUMNS} are taken", too_large=bool(elements)
        )
    if root.get(5) != len(elements) or any(element.get(5) for element in elements):
        raise Refused("it has nested columns")
    names = [element[4].decode() for element in elements]
    if len(set(names)) != len(names) or not all(
        name and len(name) <= 200 and name.isprintable() for name in names
    ):
        raise Refused("its columns need printable names, each its own")
    missing = _missing(footer)
    return [
        {
            "name": name,
            "type": _type(element),
            "missing": missing.get(name) if element.get(3) == _OPTIONAL else 0,
        }
        for name, element in zip(names, elements, strict=True)
    ]


def _type(element: dict[int, Any]) -> str:
    if element.get(3) == _REPEATED:
        return "other"
    converted, logical = element.get(6), element.get(10) or {}
    if converted in _TEXT or 1 in logical or 4 in logical:
        return "text"
    if converted is not None:
        return "integer" if converted in _INTEGERS else "other"
    # a logical type that is neither text nor an integer (a date, a decimal) is not what its bytes are
    if logical and 10 not in logical:
        return "other"
    return _PHYSICAL[element[1]]


def _missing(footer: dict[int, Any]) -> dict[str, int | None]:
    """Missing values by column: the sum over row groups, none where one of them does not say."""
    counts: dict[str, int | None] = {}
    for group in footer.get(4) or []:
        for chunk in group[1]:
            about = chunk[3]
            name = about[3][0].decode()
            nulls = (about.get(12) or {}).get(3)
            so_far = counts.get(name, 0)
            counts[name] = None if nulls is None or so_far is None else so_far + int(nulls)
    return counts


class _Compact:
    """Thrift's compact protocol, as plain dictionaries by field number."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        fields: dict[int, Any] = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._zigzag()
            kind = head & 0x0F
            fields[number] = kind == _TRUE if kind in (_TRUE, _FALSE) else self._value(kind, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if depth > _MAX_DEPTH:
            raise ValueError("nested too deeply")
        if kind in (_TRUE, _FALSE):
            return self._byte() == _TRUE
        if kind == _BYTE:
            return self._byte()
        if kind in (_I16, _I32, _I64):
            return self._zigzag()
        if kind == _DOUBLE:
            return struct.unpack("<d", self._take(8))[0]
        if kind == _BINARY:
            return self._take(self._varint())
        if kind in (_LIST, _SET):
            head = self._byte()
            count = head >> 4 if head >> 4 != 15 else self._varint()
            return [self._value(head & 0x0F, depth + 1) for _ in range(self._sane(count))]
        if kind == _MAP:
            count = self._sane(self._varint())
            kinds = self._byte() if count else 0
            return [
                (self._value(kinds >> 4, depth + 1), self._value(kinds & 15, depth + 1)) for _ in range(count)
            ]
        if kind == _STRUCT:
            return self.struct(depth + 1)
        raise ValueError(f"no such type: {kind}")

    def _sane(self, count: int) -> int:
        if count > len(self._data) - self._at:
            raise ValueError("more elements than bytes")
        return count

    def _byte(self) -> int:
        self._at += 1
        return self._data[self._at - 1]

    def _take(self, count: int) -> bytes:
        self._at += self._sane(count)
        return self._data[self._at - count : self._at]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 0x7F) << shift
            if not byte & 0x80:
                return value
            shift += 7
            if shift > 63:
                raise ValueError("a number that is too long")

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
