"""Sweeps on a real Ray cluster: two nodes on loopback, of which one is killed in mid-sweep."""

import contextlib
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
import ray
from ray._private.node import Node
from ray._raylet import (
    DASHBOARD_AGENT_LISTEN_PORT_NAME,
    METRICS_AGENT_PORT_NAME,
    METRICS_EXPORT_PORT_NAME,
    persist_port,
)
from ray.cluster_utils import Cluster

from tenfold.runs import RunStore, SweepError, sweep

CORES = 1  # of each node
NODE = {"num_cpus": CORES, "object_store_memory": 80 * 2**20}
NODE |= {"include_log_monitor": False, "no_monitor": True}
UNUSED = (METRICS_AGENT_PORT_NAME, METRICS_EXPORT_PORT_NAME, DASHBOARD_AGENT_LISTEN_PORT_NAME)
# A killed node is noticed within a second, for its port refuses the connection; what is slow has its time.
SETTINGS = {
    "health_check_timeout_ms": 60_000,
    "health_check_initial_delay_ms": 0,
    "health_check_period_ms": 250,
    "health_check_failure_threshold": 2,
    "worker_register_timeout_seconds": 600,
    "agent_register_timeout_ms": 600_000,
}


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("", 0))
        return bound.getsockname()[1]


class PatientNode(Node):
    """A node waits 15 s for its agents to say where they listen, too little on a busy machine.

    One port is chosen for it; for services that are not installed, it is told at once what they would say.
    """

    def start_raylet(self, *arguments: object, **settings: object) -> None:
        for name in UNUSED:
            persist_port(self.get_session_dir_path(), self.node_id, name, -1)
        super().start_raylet(*arguments, **settings)

    def start_api_server(self, **_: object) -> None:
        """No dashboard."""


@pytest.fixture
def cluster(trial, monkeypatch) -> Iterator[Cluster]:
    """Two nodes, each with its own server and workers; sweeps find them by RAY_ADDRESS."""
    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    monkeypatch.setenv("RAY_worker_niceness", "0")  # else whatever else runs comes first
    monkeypatch.setattr("ray._private.node.Node", PatientNode)
    nodes = Cluster()
    nodes.add_node(**NODE, _system_config=SETTINGS, runtime_env_agent_port=free_port())
    nodes.add_node(**NODE, runtime_env_agent_port=free_port())
    monkeypatch.setenv("RAY_ADDRESS", nodes.address)
    yield nodes
    ray.shutdown()
    nodes.shutdown()


def kill(cluster: Cluster, node: Node) -> None:
    """As when a machine is switched off: its server, and the workers that would else outlive it a little."""
    workers = psutil.Process(node.all_processes["raylet"][0].process.pid).children(recursive=True)
    cluster.remove_node(node, allow_graceful=False)
    for worker in workers:
        with contextlib.suppress(psutil.NoSuchProcess):
            worker.kill()


def wait_until(condition) -> None:
    end = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_node_killed_in_mid_sweep_costs_no_finished_run_and_changes_no_result(
    trial, cluster, trained, tmp_path
):
    gate = tmp_path / "gate"
    configs = [{"lr": n / 100, "steps": 7} | ({} if n < 6 else {"gate": str(gate)}) for n in range(12)]
    store = RunStore(tmp_path / "cluster.jsonl")
    with ThreadPoolExecutor() as aside:
        waiting = aside.submit(
            sweep,
            trial.train,
            configs,
            store,
            backend="ray",
            cost=lambda config: 2 - ("gate" in config),
            progress=False,
        )
        wait_until(lambda: len(trained()) == 8)  # six have finished, and one waits at the gate on each node
        wait_until(lambda: len(store.load()) == 6)
        before = store.path.read_text().splitlines()
        kill(cluster, cluster.list_all_nodes()[1])
        gate.touch()
        on_cluster = waiting.result(timeout=300)
    calls = [rate for call in trained() for rate in call]
    assert store.path.read_text().splitlines()[:6] == before
    assert [run.config for run in on_cluster] == configs
    assert sorted(run.config["lr"] for run in store.load().values()) == [n / 100 for n in range(12)]
    assert all(calls.count(n / 100) == 1 for n in range(6))
    assert len(calls) == 12 + CORES  # that of the lost node was repeated
    other = RunStore(tmp_path / "alone.jsonl")
    alone = sweep(trial.train, configs, other, n_jobs=2, backend="loky", progress=False)
    assert [(run.key, run.metrics, run.curve) for run in on_cluster] == [
        (run.key, run.metrics, run.curve) for run in alone
    ]


def test_failing_call_and_lost_process_on_a_cluster_do_not_lose_the_others(trial, cluster, tmp_path):
    faults = {0.2: "raises", 0.3: "kills its process"}
    configs = [{"lr": rate, "steps": 2, "fault": faults.get(rate)} for rate in (0.1, 0.2, 0.3, 0.4)]
    store = RunStore(tmp_path / "cluster.jsonl")
    with pytest.raises(SweepError) as failed:
        sweep(trial.train, configs, store, backend="ray", progress=False)
    assert sorted(run.config["lr"] for run in store.load().values()) == [0.1, 0.4]
    assert "2 of 4 runs are recorded" in str(failed.value)
    assert "1 run(s) failed with ArithmeticError: the loss is not a loss" in str(failed.value)
    assert "1 run(s) failed with WorkerCrashedError in each of 4 processes" in str(failed.value)
