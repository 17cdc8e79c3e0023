#!/usr/bin/env python3
"""Measures the RPC runtime: unary echo through h2load, beside nghttpd serving a static file of the same size (the floor of a server on nghttp2).

Each server is pinned to one core and the load generator to another; rounds alternate, their order turns, and every figure is the median over
rounds. CPU us/call (user and system time of the server) is the steady figure; calls/s depends on what else the machine does.

    Benchmarks/rpc.py [--echo-server PATH] [--rounds N] [--calls N] [--json FILE]

Needs h2load and nghttpd (apt: nghttp2-client nghttp2-server) and nothing else but Python.
"""
import argparse
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOADS = [(1, 1), (10, 32), (100, 10)]  # connections x streams
TICK = os.sysconf("SC_CLK_TCK")
START_SECONDS = 20


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def message():
    """A bench.Msg of 100 bytes behind its gRPC prefix."""
    identity, payload = b"order-0123456789", b"x" * 76
    body = b"\x0a" + varint(len(identity)) + identity + b"\x10" + varint(12345) + b"\x1a" + varint(len(payload)) + payload
    return b"\0" + len(body).to_bytes(4, "big") + body


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cores():
    available = sorted(os.sched_getaffinity(0))
    return available[0], available[-1]


class Server:
    def __init__(self, name, command, port, core):
        self.name = name
        self.port = port
        self.process = subprocess.Popen(
            ["taskset", "-c", str(core)] + command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    self.stop()
                    sys.exit(f"rpc.py: {name} did not start: {' '.join(command)}")
                time.sleep(0.05)

    def cpu_seconds(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICK

    def resident_mib(self):
        return int(re.search(r"VmRSS:\s+(\d+)", open(f"/proc/{self.process.pid}/status").read()).group(1)) / 1024

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def load(server, path, body, calls, connections, streams, core):
    """One run of h2load; every reply must be whole and OK."""
    command = ["taskset", "-c", str(core), "h2load", "-n", str(calls), "-c", str(connections), "-m", str(streams), "-t", "1",
               "-H", "content-type: application/grpc", "-H", "te: trailers", "-d", body]
    before, begun = server.cpu_seconds(), time.monotonic()
    out = subprocess.run(command + [f"http://127.0.0.1:{server.port}{path}"], capture_output=True, text=True, check=False).stdout
    spent = server.cpu_seconds() - before
    done = re.search(r"(\d+) succeeded", out)
    rate = re.search(r"finished in [\d.]+\w+, ([\d.]+) req/s", out)
    data = re.search(r"\((\d+)\) data", out)
    if not (done and rate and data) or int(done.group(1)) != calls or int(data.group(1)) != calls * len(message()):
        sys.exit(f"rpc.py: {server.name} did not answer every call:\n{out[-800:]}")
    return {"cpu_us": spent / calls * 1e6, "calls_per_second": float(rate.group(1)), "seconds": time.monotonic() - begun}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--echo-server", default=f"{ROOT}/.build/release/echo-server")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", type=int, default=100_000, help="calls in each run; a tenth of it at 1x1")
    parser.add_argument("--json", default=f"{ROOT}/.build/bench/rpc.json")
    options = parser.parse_args()
    for tool in ("h2load", "nghttpd", "taskset"):
        if not shutil.which(tool, path=os.environ.get("PATH", "") + ":/usr/sbin"):
            sys.exit(f"rpc.py: {tool} is missing (apt install nghttp2-client nghttp2-server util-linux)")
    server_core, client_core = cores()

    with tempfile.TemporaryDirectory(prefix="patron-rpc-bench.") as folder:
        # nghttpd gets the very same request, and answers with a file of the same bytes.
        os.makedirs(f"{folder}/bench.Echo")
        body = f"{folder}/bench.Echo/Unary"
        with open(body, "wb") as file:
            file.write(message())
        nghttpd = shutil.which("nghttpd", path=os.environ.get("PATH", "") + ":/usr/sbin")
        peers = {
            "patron": (lambda port: [options.echo_server, str(port)], "/bench.Echo/Unary", body),
            "nghttpd": (lambda port: [nghttpd, "--no-tls", "-a", "127.0.0.1", "-d", folder, str(port)], "/bench.Echo/Unary", body),
        }
        results = {name: {f"{c}x{m}": [] for c, m in LOADS} for name in peers}
        memory = {name: [] for name in peers}
        for number in range(options.rounds):
            names = list(peers) if number % 2 == 0 else list(reversed(peers))
            for name in names:
                command, path, sent = peers[name]
                port = free_port()
                server = Server(name, command(port), port, server_core)
                try:
                    load(server, path, sent, 2000, 10, 16, client_core)  # warm
                    for connections, streams in LOADS:
                        calls = options.calls // 10 if connections == 1 else options.calls
                        results[name][f"{connections}x{streams}"].append(
                            load(server, path, sent, calls, connections, streams, client_core))
                    memory[name].append(server.resident_mib())
                finally:
                    server.stop()

    report = {"rounds": options.rounds, "calls": options.calls, "servers": {}}
    print(f"{'server':<10}{'load':>8}{'CPU us/call':>14}{'min..max':>16}{'calls/s':>12}{'RSS MiB':>10}")
    for name, runs in results.items():
        report["servers"][name] = {"resident_mib": statistics.median(memory[name])}
        for key, figures in runs.items():
            cpu = [run["cpu_us"] for run in figures]
            row = {"cpu_us_per_call": round(statistics.median(cpu), 2), "cpu_us_min": round(min(cpu), 2), "cpu_us_max": round(max(cpu), 2),
                   "calls_per_second": round(statistics.median(run["calls_per_second"] for run in figures))}
            report["servers"][name][key] = row
            span = f"{row['cpu_us_min']}..{row['cpu_us_max']}"
            print(f"{name:<10}{key:>8}{row['cpu_us_per_call']:>14}{span:>16}{row['calls_per_second']:>12}{statistics.median(memory[name]):>10.1f}")
    for key in (f"{c}x{m}" for c, m in LOADS):
        floor = report["servers"]["nghttpd"][key]["cpu_us_per_call"]
        if floor > 0:
            report.setdefault("ratio_to_nghttpd", {})[key] = round(report["servers"]["patron"][key]["cpu_us_per_call"] / floor, 2)
    print("ratio to nghttpd:", ", ".join(f"{key} {value}" for key, value in report.get("ratio_to_nghttpd", {}).items()))
    os.makedirs(os.path.dirname(options.json) or ".", exist_ok=True)
    with open(options.json, "w") as file:
        json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
