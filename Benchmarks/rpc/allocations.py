"""Counts the allocations that the RPC runtime makes for a call, at the server and at the client, and for a message of a stream; fails when there are
more than Benchmarks/allocations/thresholds.json allows. Unlike a time, a count is the same on every machine, so this may decide.

    PYTHONPATH=Benchmarks python3 -m rpc.allocations [--bin FOLDER] [--calls N]

Needs h2load (apt: nghttp2-client), a C compiler and glibc.
"""
import argparse
import json
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

from . import contenders, machine
from .h2load import Target
from .message import echo_request, stream_bytes
from .server import Server

FOLDER = contenders.ROOT / "Benchmarks/allocations"
WARM_UP_CALLS = 10_000
STREAM_MESSAGES, STREAM_PAYLOAD_BYTES = 20_000, 100
CONNECTIONS, STREAMS = 10, 32


class Counting:
    """The environment of a process whose allocations are counted, and the counter."""

    def __init__(self, folder, name):
        library = folder / "count.so"
        if not library.exists():
            subprocess.run([shutil.which("cc") or "clang", "-O2", "-shared", "-fPIC", "-o", library, FOLDER / "count.c"], check=True)
        self.path = folder / f"{name}.counter"
        self.environment = dict(os.environ, LD_PRELOAD=str(library), PATRON_ALLOCATIONS=str(self.path))

    def value(self):
        return struct.unpack("Q", self.path.read_bytes())[0]


def measure(binaries, calls):
    """What of each kind is allocated for one."""
    cores = machine.Cores()
    out = {}
    with tempfile.TemporaryDirectory(prefix="patron-rpc-bench.") as folder:
        files = contenders.Files(folder, STREAM_MESSAGES, STREAM_PAYLOAD_BYTES)
        counting = Counting(pathlib.Path(folder), "server")
        port = machine.free_port()
        with Server("patron", [str(binaries / "echo-server"), str(port)], port, cores.server, counting.environment) as server:
            unary = Target(server, "Unary", files.echo, len(echo_request()))
            unary.run(cores.client, WARM_UP_CALLS, CONNECTIONS, STREAMS)
            before = counting.value()
            unary.run(cores.client, calls, CONNECTIONS, STREAMS)
            out["unary call"] = (counting.value() - before) / calls

            replies = Target(server, "ServerStream", files.stream, stream_bytes(STREAM_MESSAGES, STREAM_PAYLOAD_BYTES))
            replies.run(cores.client, 1, 1, 1)
            before = counting.value()
            replies.run(cores.client, 1, 1, 1)
            out["streamed message"] = (counting.value() - before) / STREAM_MESSAGES

            # The difference of two runs of the client: its start and its end drop out.
            once, twice = (_client(binaries, pathlib.Path(folder), server, cores, count) for count in (calls, 2 * calls))
            out["unary call by the client"] = (twice - once) / calls
    return out


def _client(binaries, folder, server, cores, calls):
    counting = Counting(folder, f"client-{calls}")
    subprocess.run(
        [str(binaries / "echo-client"), str(server.port), "--connections", str(CONNECTIONS), "--streams", str(STREAMS),
         "--calls", str(calls), "--warm-up", str(WARM_UP_CALLS), "--on-loop"],
        env=counting.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True,
        preexec_fn=machine.pin(cores.client))
    return counting.value()


def main():
    parser = argparse.ArgumentParser(prog="rpc.allocations", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=f"{contenders.ROOT}/.build/release")
    parser.add_argument("--calls", type=int, default=50_000)
    options = parser.parse_args()
    limits = json.loads((FOLDER / "thresholds.json").read_text())
    counts = measure(pathlib.Path(options.bin), options.calls)
    for kind, count in counts.items():
        print(f"allocations, {kind}: {count:.2f} of at most {limits[kind]}")
    sys.exit(any(count > limits[kind] for kind, count in counts.items()))


if __name__ == "__main__":
    main()
