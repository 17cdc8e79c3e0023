"""Patron's client: what a call costs the process that makes it, and beside it what the same call costs Patron's server."""
import json
import pathlib
import subprocess

from . import machine
from .server import Server

LOADS = ((1, 1), (10, 32))
WARM_UP_CALLS = 5000
CALLS = {1: 20_000, 10: 150_000}  # by connections
MODES = {"client from handlers": ["--on-loop"], "client from elsewhere": []}


def measure(binaries, cores, rounds, progress):
    """mode -> load -> one figure a round."""
    binaries = pathlib.Path(binaries)
    figures = {mode: {} for mode in MODES}
    for number in range(rounds):
        for mode, flags in MODES.items():
            progress(f"round {number + 1} of {rounds}: {mode}")
            port = machine.free_port()
            with Server("patron", [str(binaries / "echo-server"), str(port)], port, cores.server) as server:
                for connections, streams in LOADS:
                    figures[mode].setdefault(f"{connections}x{streams}", []).append(
                        _call(binaries, flags, server, cores, connections, streams))
    return figures


def _call(binaries, flags, server, cores, connections, streams):
    calls = CALLS[connections]
    before = server.cpu_seconds()
    out = subprocess.run(
        [str(binaries / "echo-client"), str(server.port), "--connections", str(connections), "--streams", str(streams),
         "--calls", str(calls), "--warm-up", str(WARM_UP_CALLS), *flags],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True, preexec_fn=machine.pin(cores.client)).stdout
    report = json.loads(out)
    return {
        "calls": calls,
        "cpu_us": report["cpu_us_per_call"],
        "server_cpu_us": (server.cpu_seconds() - before) / (calls + WARM_UP_CALLS) * 1e6,
        "calls_per_second": report["calls_per_second"],
        "p50_us": report["p50_us"],
        "p99_us": report["p99_us"],
    }
