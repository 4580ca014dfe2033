"""POST /datasets over HTTP: streamed to disk, bounded, typed refusals, and nothing left of what was refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from p2n_ext.handlers import API_PATH
from p2n_schemas.datasets import DatasetCreated, DatasetList, UploadedDataset
from p2n_schemas.errors import ErrorBody, ErrorCode
from p2n_schemas.runs import DatasetFile, DatasetMount, Run, RunInputs, RunStatus

API = API_PATH.strip("/").split("/")
CSV = b"a,b,label\n1,2,x\n3,4,y\n"
BOUNDARY = "p2n-boundary"


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "p2n"


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any], data_dir: Path) -> dict[str, Any]:
    jp_server_config.setdefault("P2NApp", {}).update({"max_dataset_mb": 1, "data_dir": str(data_dir)})
    return jp_server_config


def form(data: bytes, filename: str = "mine.csv", **fields: str) -> bytes:
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    head = (
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="{filename}"\r\n\r\n'.encode()
    )
    return b"".join([*parts, head, data, f"\r\n--{BOUNDARY}--\r\n".encode()])


async def upload(
    jp_fetch: Any, body: bytes, boundary: str = BOUNDARY, **options: Any
) -> tuple[int, DatasetCreated]:
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    response = await jp_fetch(*API, "datasets", method="POST", body=body, headers=headers, **options)
    return response.code, DatasetCreated.model_validate_json(response.body)


async def refused(jp_fetch: Any, body: bytes, **options: Any) -> ErrorCode:
    with pytest.raises(HTTPClientError) as caught:
        await upload(jp_fetch, body, **options)
    assert caught.value.response is not None
    return ErrorBody.model_validate_json(caught.value.response.body).error.code


def left(data_dir: Path) -> list[Path]:
    return [path for folder in ("drafts", "objects/datasets") for path in (data_dir / folder).rglob("*")]


async def test_upload_look_delete(jp_fetch: Any, data_dir: Path) -> None:
    status, made = await upload(jp_fetch, form(CSV, licence="CC0 1.0", source="measured by us"))
    dataset = made.dataset
    assert (status, made.created) == (201, True)
    assert (dataset.name, dataset.format, dataset.rows) == ("mine", "csv", 2)
    assert (dataset.licence, dataset.source) == ("CC0 1.0", "measured by us")
    assert [column.name for column in dataset.columns] == ["a", "b", "label"]
    listed = DatasetList.model_validate_json((await jp_fetch(*API, "datasets")).body)
    assert listed.datasets == [dataset]
    one = await jp_fetch(*API, "datasets", dataset.id)
    assert UploadedDataset.model_validate_json(one.body) == dataset
    assert (data_dir / "objects" / "datasets" / dataset.id / "upload").read_bytes() == CSV
    assert (await jp_fetch(*API, "datasets", dataset.id, method="DELETE")).code == 204
    assert not [path for path in left(data_dir) if path.is_file()]
    assert not (data_dir / "objects" / "datasets" / dataset.id).exists()


async def test_the_same_bytes_are_the_same_dataset(jp_fetch: Any, data_dir: Path) -> None:
    _, first = await upload(jp_fetch, form(CSV))
    assert first.dataset.licence == "not stated"
    status, again = await upload(jp_fetch, form(CSV, filename="other.csv", licence="MIT"))
    assert (status, again.created) == (200, False)
    assert again.dataset == first.dataset.model_copy(update={"licence": "MIT"})
    _, third = await upload(jp_fetch, form(CSV))
    assert third.dataset.licence == "MIT", "what was stated stays"
    _, other = await upload(jp_fetch, form(CSV + b"5,6,x\n"))
    assert other.dataset.name == "mine-2"
    assert await refused(jp_fetch, form(CSV + b"7,8,x\n", name="mine")) is ErrorCode.E_CONFLICT
    assert await refused(jp_fetch, form(CSV + b"7,8,x\n", name="iris")) is ErrorCode.E_CONFLICT
    assert await refused(jp_fetch, form(CSV + b"7,8,x\n", name="../x")) is ErrorCode.E_VALIDATION
    assert not list((data_dir / "drafts").iterdir())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (form(b"\0\1\2"), ErrorCode.E_DATASET_INVALID),
        (form(CSV, filename="mine.exe"), ErrorCode.E_DATASET_INVALID),
        (form(b"PK\x03\x04", filename="mine.zip"), ErrorCode.E_DATASET_INVALID),
        (form(b"a\n" + b"1\n" * 600_000), ErrorCode.E_DATASET_TOO_LARGE),
        (form(b"a\n" + b"1\n" * 1_500_000), ErrorCode.E_DATASET_TOO_LARGE),
        (b"--p2n-boundary--\r\n", ErrorCode.E_BAD_REQUEST),
        (form(CSV)[:-12], ErrorCode.E_BAD_REQUEST),
        (b"nonsense", ErrorCode.E_BAD_REQUEST),
        (form(CSV, licence="x" * 5000), ErrorCode.E_BAD_REQUEST),
        (form(CSV)[:-18] + form(CSV), ErrorCode.E_BAD_REQUEST),
    ],
)
async def test_what_is_refused_leaves_nothing(
    jp_fetch: Any, data_dir: Path, body: bytes, code: ErrorCode
) -> None:
    assert await refused(jp_fetch, body) is code
    assert left(data_dir) == []


async def test_a_body_that_is_no_form(jp_fetch: Any, data_dir: Path) -> None:
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(*API, "datasets", method="POST", body="{}")
    assert caught.value.response is not None
    assert ErrorBody.model_validate_json(caught.value.response.body).error.code is ErrorCode.E_BAD_REQUEST
    assert left(data_dir) == []


async def test_a_file_without_a_length_is_bounded_too(jp_fetch: Any, data_dir: Path) -> None:
    async def pieces(write: Any) -> None:
        await write(form(b"a\n")[:-20])
        for _ in range(40):
            await write(b"1\n" * 30_000)

    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(*API, "datasets", method="POST", body_producer=pieces, headers=headers)
    assert caught.value.response is not None
    assert (
        ErrorBody.model_validate_json(caught.value.response.body).error.code is ErrorCode.E_DATASET_TOO_LARGE
    )
    assert left(data_dir) == []


@pytest.mark.parametrize("size", [1, 7, 40, 1000])
def test_a_form_may_come_in_any_pieces(size: int, tmp_path: Path) -> None:
    from p2n_ext.handlers.forms import FormReader

    data = CSV + b"\r\n--p2n-boundar\r\n--p2n-\r\n" * 3
    body = form(data, name="x", licence="MIT")
    reader = FormReader(f'multipart/form-data; boundary="{BOUNDARY}"', tmp_path / "file")
    for at in range(0, len(body), size):
        reader.feed(body[at : at + size])
    assert reader.finish() == "mine.csv"
    assert (tmp_path / "file").read_bytes() == data
    assert reader.fields == {"name": "x", "licence": "MIT"}


async def test_a_dataset_that_a_live_run_uses_stays(jp_fetch: Any, jp_serverapp: Any) -> None:
    from p2n_schemas.base import utc_now

    _, made = await upload(jp_fetch, form(CSV))
    services = jp_serverapp.web_app.settings["p2n_services"]()
    dataset = made.dataset
    database, objects = services.datasets._database, services.datasets._objects
    run = Run(
        id="r_1",
        env_hash="e",
        image_digest="i",
        status=RunStatus.QUEUED,
        created_at=utc_now(),
        title="mine.ipynb",
    )
    await database.add_run(run, None, 20)
    file = DatasetFile(
        filename="mine.csv", url=f"dataset:{dataset.id}", sha256=dataset.sha256, size_bytes=dataset.size_bytes
    )
    inputs = RunInputs(
        notebook="{}",
        requirements_lock="",
        python_version="3.11",
        seed=0,
        datasets=[DatasetMount(name="mine", loader="", file=file)],
    )
    await objects.put("runs/r_1/inputs.json", inputs.model_dump_json().encode())
    with pytest.raises(HTTPClientError) as caught:
        await jp_fetch(*API, "datasets", dataset.id, method="DELETE")
    assert caught.value.code == 409
    assert caught.value.response is not None
    assert json.loads(caught.value.response.body)["error"]["detail"] == {"runs": ["r_1"]}
    await database.transition("r_1", RunStatus.CANCELLED)
    assert (await jp_fetch(*API, "datasets", dataset.id, method="DELETE")).code == 204


async def test_runs_find_uploads_by_id_and_by_name(jp_fetch: Any, jp_serverapp: Any) -> None:
    from p2n_ext.services.datasets import granted
    from p2n_schemas.errors import P2NError

    _, made = await upload(jp_fetch, form(CSV))
    services = jp_serverapp.web_app.settings["p2n_services"]()
    found = await services.datasets.bind(["iris", made.dataset.id, "mine"])
    assert [mount.name for mount in found.mounts] == ["iris", "mine"]
    assert found.packages == ("scikit-learn", "numpy")
    objects = services.datasets._objects
    ready = await granted(objects, found.mounts, 60)
    assert ready[0] == found.mounts[0]
    assert ready[1].file is not None
    assert Path(ready[1].file.url.removeprefix("file://")).read_bytes() == CSV
    with pytest.raises(P2NError) as caught:
        await services.datasets.bind(["nothing"])
    assert caught.value.code is ErrorCode.E_NOT_FOUND
    assert "iris" in caught.value.info.remediation
    assert "mine" in caught.value.info.remediation
    await services.datasets.delete("mine")
    with pytest.raises(P2NError) as caught:
        await granted(objects, found.mounts, 60)
    assert caught.value.code is ErrorCode.E_DATASET_FAILED
