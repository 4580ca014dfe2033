"""Getting into a cluster: refused with the reason and what to do, where versions, token or address are not right."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sandbox_notebooks import metric_cell
from test_ray_executor import Listener

from p2n_schemas.errors import ErrorCode, P2NError
from p2n_schemas.runs import RunSpec
from ray_runner import client
from ray_runner.checks import cluster_checks, seen_file
from ray_runner.client import RayExecutor
from ray_runner.cluster import not_joined
from ray_runner.head import import_roots, sources_digest
from ray_runner.whereabouts import Whereabouts
from tests.live_server import free_port
from tests.ray_cluster import GIB, RayCluster

LONG = "print('begun')\nimport time\ntime.sleep(100)"


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    with RayCluster([(4, 8 * GIB)]) as running:
        yield running


def test_another_ray_or_python_is_named_with_what_to_do() -> None:
    # In another process, as in the bridge: nothing of the server's imports Ray.
    code = (
        "from ray._private.utils import check_version_info\n"
        "try: check_version_info({'ray_version': '2.9.0', 'python_version': '3.9.1'}, 'node 10.0.0.1')\n"
        "except RuntimeError as error: print(error)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    error = not_joined("10.0.0.5:6379", RuntimeError(done.stdout)).info
    assert error.code is ErrorCode.E_CLUSTER_MISMATCH
    assert error.detail["cluster"] == {"ray": "2.9.0", "python": "3.9.1"}
    assert set(error.detail["server"]) == {"ray", "python"}
    assert "Ray 2.9.0 with Python 3.9.1" in error.message
    assert error.remediation


async def test_an_address_where_nothing_answers_is_told_at_once(tmp_path: Path) -> None:
    executor = RayExecutor(tmp_path, f"127.0.0.1:{free_port()}")
    begun = time.monotonic()
    (check,) = [check for check in await executor.checks() if check[0] == "ray"]
    await executor.close()
    assert check[1] == "failed"
    assert "Nothing answers" in check[2]
    assert "P2NApp.ray_address" in check[3]
    assert time.monotonic() - begun < 30


@pytest.mark.ray
async def test_a_wrong_token_is_told_as_such(cluster: RayCluster, tmp_path: Path) -> None:
    wrong = tmp_path / "token"
    wrong.write_text("0" * 64)
    executor = RayExecutor(tmp_path / "state", cluster.address, token_file=str(wrong))
    with pytest.raises(P2NError) as refused:
        await executor.warm()
    await executor.close()
    assert refused.value.info.code is ErrorCode.E_RAY_UNAVAILABLE
    assert "ray_token_file" in refused.value.info.remediation


@pytest.mark.docker
@pytest.mark.ray
async def test_another_version_of_p2n_waits_for_the_runs_of_the_first_and_then_takes_over(
    cluster: RayCluster,
    tmp_path: Path,
    make_spec: Callable[..., RunSpec],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def joined(name: str) -> RayExecutor:
        return RayExecutor(tmp_path / name, cluster.address, token_file=str(cluster.token_file))

    first, listener = joined("first"), Listener()
    spec = make_spec(LONG)
    await first.submit(spec, listener)
    await listener.until(lambda: "begun" in listener.lines())

    newer = tmp_path / "newer"
    for root in import_roots():
        for package in ("ray_runner", "p2n_schemas"):
            if (Path(root) / package).is_dir():
                shutil.copytree(Path(root) / package, newer / package)
    with (newer / "ray_runner" / "nodes.py").open("a") as file:
        file.write("# another version\n")
    monkeypatch.setattr(client, "import_roots", lambda: [str(newer)])
    second, late = joined("second"), Listener()
    with pytest.raises(P2NError) as refused:
        await second.submit(make_spec(metric_cell()), Listener())
    info = refused.value.info
    assert info.code is ErrorCode.E_CLUSTER_MISMATCH
    assert info.detail["live_runs"] == 1
    assert info.detail["cluster"] == {"p2n": sources_digest()[:12]}
    # What goes on there can still be followed and ended.
    assert (await second.attach(spec.run_id, 0, late)).alive
    await late.until(lambda: "begun" in late.lines())
    assert not (await second.cancel(spec.run_id)).alive

    taken = Listener()
    await second.submit(make_spec("print('taken over')", metric_cell()), taken)
    await taken.until(taken.ended, 120)
    assert taken.lines() == ["taken over"]
    assert taken.events[-1]["payload"]["status"] == "succeeded"
    await first.close()
    await second.close()


def answer(node: str, **state: Any) -> dict[str, Any]:
    sound = {"engine": "29.0", "image": "sha256:a", "sees": True}
    return {"node": node, "result": sound | state}


def test_the_doctor_names_the_nodes_that_lack_something(tmp_path: Path) -> None:
    answers = [
        answer("sound"),
        answer("blind", sees=False),
        answer("other-image", image="sha256:b"),
        {"node": "no-engine", "error": {"message": "No Docker Engine answers.", "remediation": "Start it."}},
    ]
    found = {
        name: (status, message + remedy)
        for name, status, message, remedy, _ in cluster_checks("10.0.0.5:6379", answers, "sha256:a")
    }
    assert found.pop("ray")[0] == "warning"
    assert set(found) == {"node blind", "node other-image", "node no-engine"}
    assert "data_dir" in found["node blind"][1]
    assert "docker save" in found["node other-image"][1]
    assert found["node no-engine"][1] == "No Docker Engine answers.Start it."
    assert [check[1] for check in cluster_checks("10.0.0.5:6379", [answer("a")], "sha256:a")] == ["ok"]
    ((_, status, message, *_),) = cluster_checks("10.0.0.5:6379", [], "sha256:a")
    assert status == "failed"
    assert "2 CPUs" in message
    with seen_file(tmp_path, True) as seen:
        assert seen is not None
        assert Path(seen).exists()
    assert not Path(seen).exists()


async def test_however_many_runs_nobody_knows_the_nodes_are_asked_once() -> None:
    asked = 0

    async def ask() -> dict[str, list[str]]:
        nonlocal asked
        asked += 1
        return {"node-1": ["r_1", "r_2"], "node-2": ["r_3"]}

    whereabouts = Whereabouts(ask)
    found = [await whereabouts.node_of(f"r_{number}") for number in range(1, 6)]
    assert found == ["node-1", "node-1", "node-2", None, None]
    assert asked == 1
