"""Files that people bring along: what is found in good ones, and that hostile ones are refused and hurt nobody."""

from __future__ import annotations

import asyncio
import io
import stat
import struct
import tempfile
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from palmerpenguins import load_penguins

from p2n_ext.catalog.uploads import ChildInspector
from p2n_ext.catalog.uploads.archive import Refused, members, unpack
from p2n_ext.catalog.uploads.delimited import MISSING, inspect_csv
from p2n_ext.catalog.uploads.parquet import inspect_parquet
from p2n_ext.catalog.uploads.worker import inspect
from p2n_schemas.datasets import DataFile
from p2n_schemas.errors import ErrorCode, P2NError

CSV = b"a,b,label\n1,0.5,x\n2,NA,y\n3,1e-3,x\n"


def parquet(frame: pd.DataFrame, **options: Any) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, **options)
    return buffer.getvalue()


def zipped(
    entries: dict[str, bytes], change: Callable[[zipfile.ZipInfo], None] = lambda entry: None
) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            change(entry)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of duplicate names
                archive.writestr(entry, data)
    return buffer.getvalue()


def look(data: bytes, filename: str) -> list[DataFile]:
    """In this process, as the child does it."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        return [DataFile.model_validate(found) for found in inspect(Path(file.name), filename)["files"]]


def test_a_csv_file_is_described() -> None:
    (file,) = look(CSV, "mine.csv")
    assert (file.rows, file.delimiter, file.path) == (3, ",", "mine.csv")
    assert [(c.name, c.type, c.missing, c.values) for c in file.columns] == [
        ("a", "integer", 0, ["1", "2", "3"]),
        ("b", "number", 1, ["1e-3", "0.5"]),
        ("label", "text", 0, ["x", "y"]),
    ]


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a;b\n1,5;2\n", ";"),
        ("a\tb\n1\t2\n", "\t"),
        ("a|b\n1|2\n", "|"),
        ('"a,b",c\n"1,2",3\n', ","),
        ("a\n1\n", ","),
    ],
)
def test_delimiters(text: str, delimiter: str) -> None:
    assert look(text.encode(), "x.csv")[0].delimiter == delimiter


def test_csv_and_parquet_of_one_table_say_the_same(tmp_path: Path) -> None:
    frame = load_penguins()
    (csv,) = look(frame.to_csv(index=False, na_rep="NA").encode(), "p.csv")
    (packed,) = look(parquet(frame), "p.parquet")
    assert csv.rows == packed.rows == 344
    assert [column.name for column in csv.columns] == [column.name for column in packed.columns]
    assert [column.missing for column in csv.columns] == [column.missing for column in packed.columns]
    numbers = {"integer", "number"}
    for one, other in zip(csv.columns, packed.columns, strict=True):
        assert one.type == other.type or {one.type, other.type} == numbers, one.name


def test_parquet_types() -> None:
    frame = pd.DataFrame(
        {
            "whole": [1, 2, 3],
            "small": pd.Series([1, 2, 3], dtype="uint8"),
            "real": [0.5, None, 1.5],
            "flag": [True, False, True],
            "word": ["x", None, "z"],
            "day": pd.to_datetime(["2020-01-01"] * 3),
        }
    )
    for options in ({}, {"compression": "zstd"}, {"row_group_size": 1}):
        (file,) = look(parquet(frame, **options), "x.parquet")
        assert {c.name: (c.type, c.missing) for c in file.columns} == {
            "whole": ("integer", 0),
            "small": ("integer", 0),
            "real": ("number", 1),
            "flag": ("boolean", 0),
            "word": ("text", 1),
            "day": ("other", 0),
        }


def test_a_zip_with_folders_notes_and_a_mac_s_leavings() -> None:
    data = zipped(
        {"d/": b"", "d/one.csv": CSV, "d/README.txt": b"hi", "__MACOSX/d/._one.csv": b"\0", "two.csv": CSV}
    )
    assert [file.path for file in look(data, "x.zip")] == ["d/one.csv", "two.csv"]


@pytest.mark.parametrize(
    ("filename", "data", "words"),
    [
        ("x.txt", CSV, "its name ends in none of"),
        ("x.csv", b"", "no first line"),
        ("x.csv", b"a,b\n", "no rows"),
        ("x.csv", b"a,b\n1,2,3\n", "has 3 fields"),
        ("x.csv", b"a,b\n1\n", "has 1 fields"),
        ("x.csv", b"a,a\n1,2\n", "same name"),
        ("x.csv", b"a,\n1,2\n", "no name"),
        ("x.csv", b"1,2\n3,4\n", "holds numbers"),
        ("x.csv", "a,b\n1,é\n".encode("latin-1"), "not UTF-8"),
        ("x.csv", "a,b\n1,2\n".encode("utf-16"), "not UTF-8"),
        ("x.csv", b"a,b\n1,\0\n", "zero bytes"),
        ("x.csv", b'a,b\n1,"2\n', "can't be read as csv"),
        ("x.csv", b"a,b\n1," + b"9" * 200_000 + b"\n", "can't be read as csv"),
        ("x.csv", zipped({"a.csv": CSV}), "x.csv: "),
        ("x.parquet", CSV, "does not begin"),
        ("x.parquet", b"PAR1" + b"\xff" * 100 + b"PAR1", "does not end"),
        ("x.parquet", b"PAR1" + b"\x00" * 100 + struct.pack("<I", 50) + b"PAR1", "can't be read"),
        ("x.parquet", b"PAR1" + b"\x19\xf9" * 100 + struct.pack("<I", 200) + b"PAR1", "can't be read"),
        ("x.parquet", b"PAR1" + b"\x00" * 10 + struct.pack("<I", 4) + b"PARE", "encrypted"),
        ("x.zip", CSV, "no sound zip"),
        ("x.zip", zipped({}), "no csv and no parquet"),
        ("x.zip", zipped({"README.md": b"x"}), "no csv and no parquet"),
        ("x.zip", zipped({"a.csv": CSV})[:-30], "no sound zip"),
        ("x.zip", zipped({"a.csv": CSV, "in.zip": zipped({"b.csv": CSV})}), "another archive"),
        ("x.zip", zipped({"a.csv": CSV, "in.tar.gz": b"x"}), "another archive"),
        ("x.zip", zipped({"../a.csv": CSV}), "path that is not taken"),
        ("x.zip", zipped({"d/../../a.csv": CSV}), "path that is not taken"),
        ("x.zip", zipped({"/etc/a.csv": CSV}), "path that is not taken"),
        ("x.zip", zipped({"C:a.csv": CSV}), "path that is not taken"),
        ("x.zip", zipped({"d\\a.csv": CSV}), "path that is not taken"),
        ("x.zip", zipped({"d//a.csv": CSV}), "path that is not taken"),
        ("x.zip", zipped({"a\u202e.csv": CSV}), "path that is not taken"),
        ("x.zip", zipped({"a.csv": CSV, "A.CSV": CSV}), "two entries"),
        ("x.zip", zipped({"a.csv": CSV, "a.csv/b.csv": CSV}), "used as a folder"),
        ("x.zip", zipped({f"{n}.csv": CSV for n in range(1001)}), "entries"),
        ("x.zip", zipped({"a.csv": b"a\n" + b"1\n" * 5_000_000}), "times its size"),
    ],
)
def test_what_is_no_data_is_refused(filename: str, data: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        look(data, filename)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (stat.S_IFLNK, "neither a file nor a folder"),
        (stat.S_IFCHR, "neither a file nor a folder"),
        (stat.S_IFBLK, "neither a file nor a folder"),
        (stat.S_IFIFO, "neither a file nor a folder"),
        (stat.S_IFSOCK, "neither a file nor a folder"),
        (stat.S_IFDIR, "neither a file nor a folder"),
    ],
)
def test_what_is_no_plain_file_is_refused(kind: int, words: str) -> None:
    def special(entry: zipfile.ZipInfo) -> None:
        entry.create_system, entry.external_attr = 3, (kind | 0o777) << 16

    with pytest.raises(Refused, match=words):
        look(zipped({"a.csv": b"/etc/passwd"}, special), "x.zip")


def test_an_encrypted_entry_is_refused() -> None:
    data = bytearray(zipped({"a.csv": CSV}))
    for at in (6, data.index(b"PK\x01\x02") + 8):
        data[at] |= 1
    with pytest.raises(Refused, match="encrypted"):
        look(bytes(data), "x.zip")


def test_sizes_that_an_archive_claims_are_not_believed(tmp_path: Path) -> None:
    real = b"a\n" + b"1\n" * 1000
    data = bytearray(zipped({"a.csv": real}))
    directory = data.index(b"PK\x01\x02")
    for claimed in (10, 100_000):
        struct.pack_into("<I", data, directory + 24, claimed)
        with pytest.raises((Refused, zipfile.BadZipFile)):
            look(bytes(data), "x.zip")
        path = tmp_path / f"{claimed}.zip"
        path.write_bytes(data)
        target = tmp_path / str(claimed)
        target.mkdir()
        with pytest.raises((Refused, zipfile.BadZipFile, EOFError)):
            unpack(str(path), str(target))


def test_a_child_looks_and_its_death_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(CSV)
    (file,) = asyncio.run(ChildInspector().inspect(path, "x.csv"))
    assert file.rows == 3
    with pytest.raises(P2NError) as caught:
        asyncio.run(ChildInspector().inspect(path, "x.txt"))
    assert caught.value.code is ErrorCode.E_DATASET_INVALID
    with pytest.raises(P2NError) as caught:
        asyncio.run(ChildInspector(seconds=0.01).inspect(path, "x.csv"))
    assert caught.value.code is ErrorCode.E_DATASET_TOO_LARGE
    # columns by the thousand, each with its values: more than the memory it is given
    wide = ",".join(f"c{n}" for n in range(4000)) + "\n"
    rows = "".join(",".join(f"{n}{row}" for n in range(4000)) + "\n" for row in range(600))
    path.write_text(wide + rows)
    with pytest.raises(P2NError) as caught:
        asyncio.run(ChildInspector(memory_mib=96).inspect(path, "x.csv"))
    assert caught.value.code in (ErrorCode.E_DATASET_TOO_LARGE, ErrorCode.E_DATASET_INVALID)


FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = st.one_of(
    st.text(max_size=30),
    st.lists(st.sampled_from(["..", ".", "a", "b.csv", "/", "\\", "C:", "~", "é", ""]), max_size=6).map(
        "/".join
    ),
).map(lambda name: f"{name}.csv")


@FUZZ
@given(st.lists(st.tuples(NAMES, st.binary(max_size=50)), min_size=1, max_size=5))
def test_nothing_is_ever_unpacked_outside(entries: list[tuple[str, bytes]]) -> None:
    try:
        data = zipped(dict(entries))
    except (ValueError, UnicodeEncodeError):
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        target = root / "in" / "data"
        target.mkdir(parents=True)
        (root / "x.zip").write_bytes(data)
        try:
            unpack(str(root / "x.zip"), str(target))
        except (Refused, zipfile.BadZipFile):
            pass
        else:
            unpacked = {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()}
            with zipfile.ZipFile(root / "x.zip") as archive:
                assert unpacked == {entry.filename for entry in members(archive)}
        assert {path.name for path in root.iterdir()} == {"in", "x.zip"}
        assert [path.name for path in (root / "in").iterdir()] == ["data"]
        assert not any(path.is_symlink() for path in target.rglob("*"))


@FUZZ
@given(st.data())
def test_a_damaged_archive_is_refused_or_read(data: st.DataObject) -> None:
    whole = bytearray(zipped({"a.csv": CSV, "d/b.csv": CSV * 3}))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        files = look(bytes(whole), "x.zip")
    except Refused:
        return
    assert all(file.rows in (3, 11) for file in files)


PARQUET = parquet(pd.DataFrame({"a": [1, 2], "b": ["x", None]}))


@FUZZ
@given(st.data())
def test_a_damaged_footer_is_refused_or_read(data: st.DataObject) -> None:
    whole = bytearray(PARQUET)
    start = len(whole) - 8 - int.from_bytes(whole[-8:-4], "little")
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(start, len(whole) - 1))] = data.draw(st.integers(0, 255))
    try:
        found = inspect_parquet(io.BytesIO(bytes(whole)))
    except Refused:
        return
    assert found["rows"] >= 1


@FUZZ
@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_read_as_csv(raw: bytes) -> None:
    try:
        found = inspect_csv(io.BytesIO(b"a,b\n" + raw))
    except Refused:
        return
    assert found["rows"] >= 1


CELLS = st.one_of(
    st.sampled_from(MISSING),
    st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), max_size=8),
)


@FUZZ
@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=12))
def test_pandas_reads_what_was_described(rows: list[tuple[str, str]]) -> None:
    """The notebook's own way of reading gives the rows and the missing values that the upload's description told."""
    frame = pd.DataFrame(rows, columns=["one", "two"])
    text = frame.to_csv(index=False)
    try:
        found = inspect_csv(io.BytesIO(text.encode()))
    except Refused:
        return
    again = pd.read_csv(
        io.StringIO(text), sep=found["delimiter"], na_values=list(MISSING), keep_default_na=False, dtype=str
    )
    assert list(again.columns) == [column["name"] for column in found["columns"]]
    assert len(again) == found["rows"]
    assert [int(n) for n in again.isna().sum()] == [column["missing"] for column in found["columns"]]
