"""Loads a server with h2load and sees to it that every reply was whole and OK."""
import os
import re
import resource
import subprocess
import tempfile
import time

from . import machine

HEADERS = ["content-type: application/grpc", "te: trailers"]
CIPHER = "TLS_AES_128_GCM_SHA256"  # one for all who speak TLS, since each has its own favourite
# Where the log of single calls lies: in memory, where there is such a folder.
LOG_FOLDER = "/dev/shm" if os.path.isdir("/dev/shm") else None


class WrongAnswer(Exception):
    pass


class Target:
    """A method of a server, with what a call to it sends and gets."""

    def __init__(self, server, method, request_path, reply_bytes, scheme="http", headers=()):
        self.server = server
        self.url = f"{scheme}://127.0.0.1:{server.port}/bench.Echo/{method}"
        self.request_path = request_path
        self.reply_bytes = reply_bytes
        self.headers = [argument for header in [*HEADERS, *headers] for argument in ("-H", header)]

    def run(self, cores, calls, connections, streams, log_path=None):
        """h2load's output."""
        log = [f"--log-file={log_path}"] if log_path else []
        out = subprocess.run(
            ["h2load", "-n", str(calls), "-c", str(connections), "-m", str(streams), "-t", "1", f"--tls13-ciphers={CIPHER}",
             "-d", self.request_path, *log, *self.headers, self.url],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, preexec_fn=machine.pin(cores)).stdout
        succeeded = re.search(r"(\d+) succeeded", out)
        data = re.search(r"\((\d+)\) data", out)
        if not (succeeded and data) or int(succeeded.group(1)) != calls or int(data.group(1)) != calls * self.reply_bytes:
            raise WrongAnswer(f"{self.server.name} did not answer every call of {self.url}: {out[-800:]}")
        return out

    def check_status(self):
        """One call by nghttp, which tells the trailers that h2load does not look at."""
        out = subprocess.run(
            ["nghttp", "--no-dep", "-v", "-n", "-d", self.request_path, *self.headers, self.url],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False).stdout
        if re.findall(r"grpc-status: (\d+)", out) != ["0"]:
            raise WrongAnswer(f"{self.server.name} did not answer {self.url} with status OK: {out[-800:]}")

    def calls_for(self, cores, seconds, tried, connections, streams):
        """About how many calls last that long, by the rate of as many as `tried`."""
        rate = _rate(self.run(cores, tried, connections, streams))
        return max(tried, int(rate * seconds))

    def measure(self, cores, calls, connections, streams):
        """What `calls` calls cost the server and how fast they went."""
        own_before = resource.getrusage(resource.RUSAGE_CHILDREN)
        server_before, busy_before, begun = self.server.cpu_seconds(), machine.busy_seconds(), time.monotonic()
        out = self.run(cores, calls, connections, streams)
        seconds = time.monotonic() - begun
        server = self.server.cpu_seconds() - server_before
        own_after = resource.getrusage(resource.RUSAGE_CHILDREN)
        client = own_after.ru_utime + own_after.ru_stime - own_before.ru_utime - own_before.ru_stime
        return {
            "calls": calls,
            "cpu_us": server / calls * 1e6,
            "load_generator_cpu_us": client / calls * 1e6,
            "calls_per_second": _rate(out),
            "resident_mib": self.server.resident_kib() / 1024,
            "others_busy_cores": max(0.0, (machine.busy_seconds() - busy_before - server - client) / seconds),
        }

    def latencies(self, cores, calls, connections, streams):
        """The median and the 99th percentile, in microseconds. Asked for in a run of its own, for h2load logs each call with a system call."""
        with tempfile.NamedTemporaryFile(dir=LOG_FOLDER, prefix="patron-rpc-bench.") as log:
            self.run(cores, calls, connections, streams, log_path=log.name)
            # A line is the start, the status and the duration, by tabulators.
            durations = sorted(int(line.split(b"\t")[2]) for line in log)
        return {"p50_us": durations[len(durations) // 2], "p99_us": durations[len(durations) * 99 // 100]}


def _rate(out):
    """Calls a second."""
    return float(re.search(r"finished in [\d.]+\w+, ([\d.]+) req/s", out).group(1))
