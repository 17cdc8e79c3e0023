#!/usr/bin/env python3
"""Counts the allocations that the server makes for one call of the RPC runtime, and fails when there are more than Benchmarks/allocations/thresholds.json
allows. Unlike a time, the count is the same on every machine, so this may decide.

    Benchmarks/allocations.py --echo-server PATH [--calls N]

Needs h2load (apt: nghttp2-client), a C compiler and glibc.
"""
import argparse
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

from rpc import Server, cores, free_port, message

HERE = pathlib.Path(__file__).parent / "allocations"

arguments = argparse.ArgumentParser()
arguments.add_argument("--echo-server", required=True)
arguments.add_argument("--calls", type=int, default=50_000)
arguments = arguments.parse_args()


def counted(path):
    return struct.unpack("Q", path.read_bytes())[0]


with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    library, counter, body = folder / "count.so", folder / "counter", folder / "body"
    subprocess.run([shutil.which("cc") or "clang", "-O2", "-shared", "-fPIC", "-o", library, HERE / "count.c"], check=True)
    body.write_bytes(message())
    port = free_port()
    own_core, other_core = cores()
    environment = [f"LD_PRELOAD={library}", f"PATRON_ALLOCATIONS={counter}"]
    server = Server("echo-server", ["env", *environment, arguments.echo_server, str(port)], port, own_core)

    def call(calls):
        subprocess.run(
            ["taskset", "-c", str(other_core), "h2load", "-n", str(calls), "-c", "10", "-m", "32", "-d", body,
             "-H", "content-type: application/grpc", "-H", "te: trailers", f"http://127.0.0.1:{port}/bench.Echo/Unary"],
            check=True, stdout=subprocess.DEVNULL)

    try:
        call(10_000)
        before = counted(counter)
        call(arguments.calls)
        per_call = (counted(counter) - before) / arguments.calls
    finally:
        server.stop()

limit = json.loads((HERE / "thresholds.json").read_text())["unary"]
print(f"{per_call:.1f} allocations a unary call, of at most {limit}")
sys.exit(per_call > limit)
