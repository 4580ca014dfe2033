"""What `deploy/` holds, against the schemas of those who read it: KubeRay's, and Ray's own of `ray up`. All offline."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from ray_runner.dispatcher import TASK_CPUS, TASK_MEMORY

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
KUBERAY_SCHEMA = json.loads((DEPLOY / "schemas" / "raycluster.schema.json").read_text())


def manifest() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "kuberay" / "raycluster.yaml").read_text())
    return found


def cluster_file() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "ray-up" / "cluster.yaml").read_text())
    return found


def test_the_manifest_is_what_kuberay_takes() -> None:
    jsonschema.Draft202012Validator.check_schema(KUBERAY_SCHEMA)
    jsonschema.validate(manifest(), KUBERAY_SCHEMA)
    assert "Apache License" in (DEPLOY / "schemas" / "LICENSE").read_text()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("headGroupSpec",), None),
        (("authOptions", "mode"), "password"),
        (("workerGroupSpecs", 0, "minReplica"), 1),
        (("workerGroupSpecs", 0, "rayStartParams", "num-cpus"), 8),
        (("workerGroupSpecs", 0, "template", "spec", "containers", 1, "image"), 28),
        (("workerGroupSpecs", 0, "template", "spec", "volume"), []),
    ],
)
def test_what_kuberay_would_refuse_is_seen(path: tuple[Any, ...], value: Any) -> None:
    wrong: Any = manifest()
    place = wrong["spec"]
    for step in path[:-1]:
        place = place[step]
    if value is None:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, KUBERAY_SCHEMA)


def test_the_cluster_file_is_what_ray_up_takes() -> None:
    package = importlib.util.find_spec("ray")
    assert package is not None
    assert package.origin is not None
    schema = json.loads((Path(package.origin).parent / "autoscaler" / "ray-schema.json").read_text())
    jsonschema.validate(cluster_file(), schema)
    # What `ray up` itself makes of it, in another process: no test that follows shall find Ray imported.
    code = (
        "import sys, yaml\n"
        "from ray.autoscaler._private.util import prepare_config, validate_config\n"
        "validate_config(prepare_config(yaml.safe_load(open(sys.argv[1]))))"
    )
    command = [sys.executable, "-c", code, str(DEPLOY / "ray-up" / "cluster.yaml")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    for key, value in (("docker", {"images": "p2n-node"}), ("max_worker", 3), ("max_workers", -1)):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(cluster_file() | {key: value}, schema)


def test_nodes_have_room_for_runs_and_an_engine_and_the_token() -> None:
    group = manifest()["spec"]["workerGroupSpecs"][0]
    worker, engine = group["template"]["spec"]["containers"]
    given = group["rayStartParams"]
    slots = min(int(given["num-cpus"]) // TASK_CPUS, int(given["memory"]) // TASK_MEMORY)
    assert slots >= 1
    limits = engine["resources"]["limits"]
    assert int(limits["cpu"]) >= slots * TASK_CPUS
    assert int(limits["memory"].removesuffix("Gi")) << 30 > slots * TASK_MEMORY
    hosts = {
        each["value"] for one in (worker, engine) for each in one["env"] if each["name"] == "DOCKER_HOST"
    }
    (host,) = hosts
    folder = str(Path(host.removeprefix("unix://")).parent)
    for one in (worker, engine):
        assert folder in {mount["mountPath"] for mount in one["volumeMounts"]}
    assert manifest()["spec"]["headGroupSpec"]["rayStartParams"]["num-cpus"] == "0"
    assert manifest()["spec"]["authOptions"]["mode"] == "token"
    options = cluster_file()["docker"]["run_options"]
    assert any("docker.sock" in option for option in options)
    assert any("RAY_AUTH_MODE=token" in option for option in options)


def test_all_say_one_version_of_ray() -> None:
    wanted = re.search(r"ray\[default\]==([0-9.]+)", (ROOT / "pyproject.toml").read_text())
    locked = re.search(r"^ray==([0-9.]+)", (ROOT / "requirements" / "runtime.lock").read_text(), re.M)
    assert wanted is not None
    assert locked is not None
    assert manifest()["spec"]["rayVersion"] == wanted[1] == locked[1]
    # Nodes and server are built from the one lock.
    dockerfile = (DEPLOY / "images" / "Dockerfile").read_text()
    assert "--require-hashes -r /tmp/runtime.lock" in dockerfile
    assert len(re.findall(r"^FROM base AS (?:node|server)$", dockerfile, re.M)) == 2


def test_the_servers_script_is_a_script() -> None:
    script = DEPLOY / "images" / "start-server.sh"
    subprocess.run(["bash", "-n", str(script)], check=True, timeout=10)
    refused = subprocess.run(
        ["bash", str(script), "true"],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=10,
    )
    assert refused.returncode != 0
    assert "P2N_RAY_ADDRESS" in refused.stderr
