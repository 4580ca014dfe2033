"""Datasets from outside, fetched from a server of the test's own that speaks as the real source does."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import struct
import subprocess
import sys
import tarfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from p2n_ext.catalog import datasets
from p2n_ext.catalog.datasets import FetchedData, Sources, images, openml, tables, texts
from p2n_schemas.errors import ErrorCode, P2NError

FETCHED = [dataset for dataset in datasets.ALL if isinstance(dataset, FetchedData)]


class Source:
    """Answers by path; an answer is the body, or a list of (status, body) that are given one after the other."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []
        source = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                source.asked.append(self.path)
                answer = source.answers.get(self.path, [(404, b"")])
                status, body = answer.pop(0) if isinstance(answer, list) else (200, answer)
                cut = status == 299
                self.send_response(200 if cut else status)
                self.send_header("Content-Length", str(len(body) + (10 if cut else 0)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def mirrors(self) -> Sources:
        return Sources(
            {
                name: f"{self.address}/{name}"
                for name in ("openml", "huggingface", "mnist", "cifar", "figshare")
            }
        )


@pytest.fixture
def source() -> Iterator[Source]:
    made = Source()
    yield made
    made.server.shutdown()
    made.server.server_close()
    made.thread.join(10)


def load(dataset: FetchedData, sources: Sources, root: Path) -> subprocess.CompletedProcess[str]:
    """Run the loader as the datasets container does, without its pauses."""
    loader = dataset.mount(sources).loader.replace("PAUSE_SECONDS = 2.0", "PAUSE_SECONDS = 0.0")
    (root / dataset.key).mkdir()
    script = root / "loader.py"
    script.write_text(loader, encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return subprocess.run(
        [sys.executable, "-I", str(script)],
        env={**kept, "P2N_DATA": str(root / dataset.key)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def cell(dataset: FetchedData, root: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the notebook's cell binds."""
    monkeypatch.setenv("P2N_DATA", str(root))
    scope: dict[str, Any] = {}
    exec("\n".join([*dataset.imports(), dataset.load_cell(dataset.positive)]), scope)
    return scope


def idx(array: np.ndarray) -> bytes:
    """An IDX file of bytes, as the MNIST page defines it."""
    return gzip.compress(
        struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape) + array.tobytes()
    )


def mnist_like(source: Source, rng: np.random.Generator) -> tuple[FetchedData, np.ndarray, np.ndarray]:
    pixels = rng.integers(0, 256, (30, 28, 28), dtype=np.uint8)
    labels = rng.integers(0, 10, 30, dtype=np.uint8)
    parts = [idx(pixels[:20]), idx(labels[:20]), idx(pixels[20:]), idx(labels[20:])]
    for name, body in zip(images.MNIST.names, parts, strict=True):
        source.answers[f"/mnist/{name}"] = body
    md5 = tuple(hashlib.md5(body).hexdigest() for body in parts)
    return replace(images.MNIST, rows=30, train_rows=20, md5=md5), pixels, labels


def test_idx_files(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset, pixels, labels = mnist_like(source, np.random.default_rng(0))
    assert load(dataset, source.mirrors(), tmp_path).returncode == 0
    scope = cell(dataset, tmp_path, monkeypatch)
    assert np.array_equal(np.round(scope["X"] * 255).reshape(30, 28, 28), pixels)
    assert np.array_equal(scope["y"], labels)


@pytest.mark.parametrize("dataset", [images.CIFAR10, images.CIFAR100], ids=lambda d: d.key)
def test_cifar_records(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dataset: images.CifarImages
) -> None:
    rng = np.random.default_rng(1)
    files = {}
    for name in dataset.records:
        coarse = rng.integers(0, 9, (4, dataset.label_bytes - 1), dtype=np.uint8)
        fine = rng.integers(0, len(dataset.classes), (4, 1), dtype=np.uint8)
        files[name] = np.hstack([coarse, fine, rng.integers(0, 256, (4, 3072), dtype=np.uint8)])
    body = packed({name: records.tobytes() for name, records in files.items()})
    source.answers[f"/cifar/{dataset.filename}"] = body
    rows = 4 * len(files)
    small = replace(
        dataset, rows=rows, train_rows=rows - 4, md5=hashlib.md5(body).hexdigest(), bytes_exactly=len(body)
    )
    assert load(small, source.mirrors(), tmp_path).returncode == 0
    scope = cell(small, tmp_path, monkeypatch)
    whole = np.concatenate(list(files.values()))
    assert np.array_equal(scope["y"], whole[:, dataset.label_bytes - 1])
    assert np.array_equal(np.round(scope["X"] * 255), whole[:, dataset.label_bytes :])


def packed(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


ARFF = b"""\
% a comment, as OpenML's files have them
@relation credit-g
@attribute checking_status {'<0','0<=X<200','no checking'}
@attribute duration numeric
@attribute class {good,bad}
@data
'<0',6,good
'no checking',48,bad
?,12,good
'0<=X<200',24,good
'<0',?,bad
"""


def describe(source: Source, arff: bytes, **changes: Any) -> openml.OpenMLTable:
    about = {
        "id": "31",
        "name": "credit-g",
        "version": "1",
        "format": "ARFF",
        "file_id": "7",
        "status": "active",
        "default_target_attribute": "class",
        "md5_checksum": hashlib.md5(arff).hexdigest(),
    }
    answer = {"data_set_description": about | changes}
    source.answers["/openml/api/v1/json/data/31"] = json.dumps(answer).encode()
    source.answers["/openml/data/v1/download/7"] = arff
    return replace(openml.GERMAN, rows=5, columns=2)


def test_openml(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset = describe(source, ARFF)
    done = load(dataset, source.mirrors(), tmp_path)
    assert done.returncode == 0, done.stderr
    scope = cell(dataset, tmp_path, monkeypatch)
    # two rows have a missing value; the nominal column becomes three
    assert scope["X"].tolist() == [[6, 0, 1, 0], [48, 0, 0, 1], [24, 1, 0, 0]]
    assert scope["y"].tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"md5_checksum": "0" * 32}, "data.arff has the MD5"),
        ({"status": "deactivated"}, "is deactivated"),
        ({"format": "Sparse_ARFF"}, "is Sparse_ARFF, not ARFF"),
        ({"id": "32"}, "gives no description of dataset 31"),
        ({"file_id": "../x"}, "names no file"),
    ],
)
def test_what_openml_must_not_say(
    source: Source, tmp_path: Path, changes: dict[str, str], words: str
) -> None:
    done = load(describe(source, ARFF, **changes), source.mirrors(), tmp_path)
    assert done.returncode != 0
    assert words in done.stderr


def parquet(rows: dict[str, list[Any]]) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(pa.table(rows), buffer)
    return buffer.getvalue()


def hub(source: Source, dataset: texts.HubTexts) -> texts.HubTexts:
    """Two shards of the training part, one of each other; listed with the public addresses, as a mirror does."""
    listing: dict[str, list[str]] = {}
    for split in dataset.splits:
        for shard in range(2 if split == "train" else 1):
            path = f"/api/datasets/{dataset.repository}/parquet/{dataset.config}/{split}/{shard}.parquet"
            listing.setdefault(split, []).append(f"https://huggingface.co{path}")
            rows = {
                name: [f"{split} {shard} {name} good", f"{split} {shard} {name} bad"] for name in dataset.text
            }
            source.answers[f"/huggingface{path}"] = parquet({**rows, dataset.label: [1, 0]})
    answer = {dataset.config: {**listing, "unsupervised": []}}
    source.answers[f"/huggingface/api/datasets/{dataset.repository}/parquet"] = json.dumps(answer).encode()
    rows_of = tuple(4 if split == "train" else 2 for split in dataset.splits)
    return replace(dataset, rows=sum(rows_of), rows_of=rows_of)


HUB = [dataset for dataset in texts.ALL if isinstance(dataset, texts.HubTexts)]


@pytest.mark.parametrize("dataset", HUB, ids=lambda d: d.key)
def test_the_hubs_parquet_files(
    source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dataset: texts.HubTexts
) -> None:
    small = hub(source, dataset)
    done = load(small, source.mirrors(), tmp_path)
    assert done.returncode == 0, done.stderr
    scope = cell(small, tmp_path, monkeypatch)
    assert len(scope["X"]) == small.rows
    assert scope["X"][0] == " ".join(f"train 0 {name} good" for name in dataset.text)
    assert scope["y"].tolist() == [1, 0] * (small.rows // 2)
    assert all(isinstance(text, str) for text in scope["X"])


def test_what_the_hub_must_not_say(source: Source, tmp_path: Path) -> None:
    for number, (changes, words) in enumerate(
        [({"config": "other"}, "no configuration 'other'"), ({"splits": ("train", "dev")}, "no split 'dev'")]
    ):
        hub(source, texts.AG_NEWS)
        (tmp_path / str(number)).mkdir()
        done = load(replace(texts.AG_NEWS, **changes), source.mirrors(), tmp_path / str(number))
        assert words in done.stderr
    address = f"/huggingface/api/datasets/{texts.AG_NEWS.repository}/parquet/default/train/0.parquet"
    source.answers[address] = b"<html>sign in</html>"
    done = load(texts.AG_NEWS, source.mirrors(), tmp_path)
    assert "train-000.parquet is no file of the expected kind" in done.stderr
    source.answers[f"/huggingface/api/datasets/{texts.AG_NEWS.repository}/parquet"] = b"<html>"
    (tmp_path / "html").mkdir()
    assert (
        "did not answer with a JSON object" in load(texts.AG_NEWS, source.mirrors(), tmp_path / "html").stderr
    )


def directed(source: Source, dataset: Any, address: str, body: bytes, **changes: Any) -> Any:
    """A dataset of one file with another content, and its checksum."""
    source.answers[f"/figshare/{address}"] = body
    return replace(dataset, sha256=hashlib.sha256(body).hexdigest(), **changes)


def test_california_housing(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = b"-122.23,37.88,41.0,880.0,129.0,322.0,126.0,8.3252,452600.0\n" * 2
    body = packed({"CaliforniaHousing/cal_housing.data": rows, "CaliforniaHousing/cal_housing.domain": b"x"})
    dataset = directed(source, tables.CALIFORNIA, tables.CALIFORNIA.address, body, rows=2)
    assert load(dataset, source.mirrors(), tmp_path).returncode == 0
    scope = cell(dataset, tmp_path, monkeypatch)
    # the first row as scikit-learn's documentation prints it
    assert np.allclose(
        scope["X"][0], [8.3252, 41.0, 6.98412698, 1.02380952, 322.0, 2.55555556, 37.88, -122.23], atol=1e-8
    )
    assert scope["y"].tolist() == [4.526, 4.526]


def test_cover_types(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "".join(f"{','.join(str(n + c) for n in range(54))},{c}\n" for c in range(1, 8))
    body = gzip.compress(lines.encode())
    dataset = directed(source, tables.COVTYPE, tables.COVTYPE.address, body, rows=7)
    assert load(dataset, source.mirrors(), tmp_path).returncode == 0
    scope = cell(dataset, tmp_path, monkeypatch)
    assert scope["y"].tolist() == list(range(7))
    assert scope["X"][6, 0] == 7


def test_newsgroups(source: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {}
    for part in ("test", "train"):
        for group in texts.NEWSGROUPS.classes:
            files[f"20news-bydate-{part}/{group}/101"] = f"From: {group}\n\ncaf\xe9 {part}".encode("latin-1")
    body = packed(files)
    source.answers["/figshare/5975967"] = body
    dataset = replace(texts.NEWSGROUPS, rows=40, train_rows=20)
    refused = load(dataset, source.mirrors(), tmp_path)
    assert "20news-bydate.tar.gz has the SHA256" in refused.stderr, "other data is not taken"
    monkeypatch.setattr(
        texts.Newsgroups,
        "steps",
        lambda self, sources: [
            {
                "kind": "file",
                "url": f"{sources.base('figshare')}/5975967",
                "name": "20news-bydate.tar.gz",
                "most": 10**6,
            }
        ],
    )
    (tmp_path / "again").mkdir()
    assert load(dataset, source.mirrors(), tmp_path / "again").returncode == 0
    scope = cell(dataset, tmp_path / "again", monkeypatch)
    assert scope["X"][0] == "From: alt.atheism\n\ncaf\xe9 train"
    assert scope["y"].tolist() == [*range(20), *range(20)]


def test_a_passing_failure_is_tried_again(source: Source, tmp_path: Path) -> None:
    dataset, *_ = mnist_like(source, np.random.default_rng(2))
    path = f"/mnist/{images.MNIST.names[0]}"
    body = source.answers[path]
    source.answers[path] = [(503, b"busy"), (299, body[:1000]), (200, body)]
    done = load(dataset, source.mirrors(), tmp_path)
    assert done.returncode == 0, done.stderr
    assert source.asked.count(path) == 3
    assert "answered 503" in done.stdout
    assert "of 1010 bytes" in done.stdout or "broke" in done.stdout


@pytest.mark.parametrize(
    ("answer", "words", "asked"),
    [
        ([(404, b"")], "127.0.0.1 answered 404", 1),
        ([(503, b""), (503, b""), (503, b"")], "127.0.0.1 answered 503", 3),
        (b"other bytes", "has the MD5", 1),
        (b"x" * 20_000_000, "is larger than the", 1),
    ],
)
def test_what_a_file_must_not_be(source: Source, tmp_path: Path, answer: Any, words: str, asked: int) -> None:
    dataset, *_ = mnist_like(source, np.random.default_rng(3))
    path = f"/mnist/{images.MNIST.names[0]}"
    source.answers[path] = answer
    done = load(dataset, source.mirrors(), tmp_path)
    assert done.returncode == 1
    assert words in done.stderr.splitlines()[-1]
    assert source.asked.count(path) == asked


def test_an_unreachable_source_is_told(tmp_path: Path) -> None:
    done = load(images.MNIST, Sources({"mnist": "http://data.invalid/mnist"}), tmp_path)
    assert done.returncode == 1
    assert done.stderr.strip() == "data.invalid can't be reached: its name can't be looked up from here"


@pytest.mark.parametrize(
    ("mirrors", "words"),
    [
        ({"kaggle": "https://a.example"}, "no source 'kaggle'"),
        ({"openml": "file:///etc"}, "no http(s) address"),
        ({"openml": "https://me:secret@a.example"}, "user name or password"),
        ({"openml": "https://a.example/?key=1"}, "no http(s) address"),
    ],
)
def test_a_mirror_that_is_none_is_refused(mirrors: dict[str, str], words: str) -> None:
    with pytest.raises(P2NError) as caught:
        Sources(mirrors)
    assert caught.value.code is ErrorCode.E_VALIDATION
    assert words in caught.value.info.message
    assert "secret" not in caught.value.info.model_dump_json()


@pytest.mark.parametrize("dataset", FETCHED, ids=lambda d: d.key)
def test_facts_of_what_is_fetched(dataset: FetchedData) -> None:
    public, mirrored = (
        dataset.mount(),
        dataset.mount(Sources({"openml": "http://a", "huggingface": "http://a"})),
    )
    assert public.needs_network
    assert not public.needs_environment
    assert public.recorded_as == mirrored.recorded_as, "a mirror has the same data"
    assert dataset.checksum
    assert dataset.licence_note
    assert dataset.license_compliant == (dataset.licence not in ("not stated", "not confirmed"))
    assert len(set(dataset.classes)) == len(dataset.classes)
    assert (dataset.image is not None) == (dataset.input == "image")
    if dataset.image is not None:
        assert int(np.prod(dataset.image)) == dataset.columns
    if dataset.train_rows is not None:
        assert 0 < dataset.train_rows < dataset.rows
    compile(dataset.load_cell(dataset.positive), dataset.key, "exec")


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("MNIST", "mnist"),
        ("Fashion-MNIST", "fashion_mnist"),
        ("CIFAR-10", "cifar10"),
        ("CIFAR-100", "cifar100"),
        ("SST-2", "sst2"),
        ("AG’s News", "ag_news"),
        ("IMDB", "imdb"),
        ("20 Newsgroups", "20newsgroups"),
        ("20NG", "20newsgroups"),
        ("California housing", "california_housing"),
        ("UCI Adult", "adult"),
        ("German credit", "credit_g"),
        ("Ionosphere", "ionosphere"),
        ("Wisconsin Breast Cancer (Original)", "breast_w"),
        ("WDBC", "breast_cancer"),
        ("Pima Indians Diabetes", "pima"),
    ],
)
def test_names_as_papers_write_them(name: str, key: str) -> None:
    found = datasets.find(name)
    assert found is not None
    assert found.key == key


def test_an_ordinary_word_is_a_dataset_only_where_the_paper_says_so() -> None:
    assert datasets.find("adult") is None
    assert datasets.find("Adult", "We use the UCI repository.") is openml.ADULT
    assert datasets.find("MR", "movie reviews by Pang and Lee") is texts.MOVIE_REVIEWS
    assert not any(
        datasets.mentioned("Mr. Adult wrote a letter in German at California", d) for d in datasets.ALL
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("ImageNet", "non-commercial research"),
        ("ILSVRC 2012", "permission"),
        ("WMT 2014 English-to-German", "classification and regression only"),
        ("Penn Treebank", "Linguistic Data Consortium"),
        ("Yelp Polarity", "terms of its own"),
        ("Omniglot", "few examples"),
    ],
)
def test_known_data_that_cannot_be_had_has_its_reason(name: str, reason: str) -> None:
    assert datasets.find(name) is None
    why = datasets.unavailable(name)
    assert why is not None
    assert why.startswith("data not available: ")
    assert reason in why


def test_data_that_can_be_had_is_not_called_unavailable() -> None:
    assert not [dataset.key for dataset in datasets.ALL if datasets.unavailable(dataset.title) is not None]
    assert datasets.unavailable("a set of our own") is None
