"""Counts the instructions in user space that a server spends on a call, by valgrind's callgrind. The same on every run of a machine, so it tells
apart what times cannot; what the kernel does is not in it.

    PYTHONPATH=Benchmarks python3 -m rpc.instructions [--calls N] [--bin FOLDER] [--json FILE]

Needs valgrind, objcopy and a C compiler. The profiles stay beside the JSON: `callgrind_annotate --inclusive=yes .build/bench/callgrind.patron.out`.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from . import contenders, machine
from .h2load import Target
from .message import echo_request, stream_bytes
from .server import Server

COUNTED = ("nghttpd", "nghttpd with a service's headers", "patron", "patron as a service", "patron as a service without its call log")
SHIM = contenders.ROOT / "Benchmarks/instructions/sigsuspend.c"
WARM_UP_CALLS = 1000
LOADS = (((1, 1), 0.1), ((10, 32), 1))  # connections x streams, and the share of the calls: one at a time takes long under valgrind
STREAM_MESSAGES, STREAM_PAYLOAD_BYTES, STREAMS = 10_000, 100, 2


class Counter:
    """Runs servers under callgrind. Its counters are set to zero after a warm-up and read after the load, so that the start is in no figure."""

    def __init__(self, folder, profiles):
        self.folder = pathlib.Path(folder)
        self.profiles = pathlib.Path(profiles)
        self.profiles.mkdir(parents=True, exist_ok=True)
        shim = self.folder / "sigsuspend.so"
        subprocess.run([shutil.which("cc") or "clang", "-O2", "-shared", "-fPIC", "-o", shim, SHIM], check=True)
        self.environment = dict(os.environ, LD_PRELOAD=str(shim))

    def start(self, contender, port, cores):
        command = contender.at(port)
        plain = self._plain(shutil.which(command[0]))
        self.dump = self.folder / "callgrind.out"
        return Server(
            contender.name, ["valgrind", "--tool=callgrind", f"--callgrind-out-file={self.dump}", plain, *command[1:]], port, cores,
            self.environment)

    def count(self, server, name, load):
        """What `load` made the server execute."""
        self._control("--zero", server)
        load()
        before = set(self.folder.glob("callgrind.out.*"))
        self._control("--dump", server)
        dump = (set(self.folder.glob("callgrind.out.*")) - before).pop()
        profile = self.profiles / f"callgrind.{name.replace(' ', '-')}.out"
        shutil.move(dump, profile)
        return self._total(profile)

    def count_client(self, binaries, calls):
        """What a call costs patron's client in all: of two runs, one of twice the calls, the difference."""
        plain = self._plain(pathlib.Path(binaries) / "echo-client")
        port = machine.free_port()
        spent = []
        with Server("patron", [str(pathlib.Path(binaries) / "echo-server"), str(port)], port, machine.Cores().server):
            for factor in (1, 2):
                profile = self.profiles / "callgrind.client-10x32.out"
                subprocess.run(
                    ["valgrind", "--tool=callgrind", f"--callgrind-out-file={profile}", plain, str(port), "--on-loop",
                     "--calls", str(calls * factor), "--warm-up", str(WARM_UP_CALLS)],
                    check=True, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                spent.append(self._total(profile))
        return round((spent[1] - spent[0]) / calls)

    def _plain(self, program):
        """A copy without Swift's debugging information, which valgrind cannot read; the names of functions are kept."""
        plain = self.folder / pathlib.Path(program).name
        subprocess.run(["objcopy", "--strip-debug", program, plain], check=True)
        return plain

    @staticmethod
    def _total(profile):
        return int(re.search(r"^(?:summary|totals): (\d+)", profile.read_text(), re.MULTILINE).group(1))

    def _control(self, order, server):
        subprocess.run(
            ["callgrind_control", order, str(server.process.pid)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def count(contender, counter, files, cores, calls):
    """load -> instructions a call, or a message of a stream."""
    port = machine.free_port()
    out = {}
    with counter.start(contender, port, cores.server) as server:
        unary = Target(server, "Unary", files.echo, len(echo_request()), contender.scheme, contender.headers)
        for (connections, streams), share in LOADS:
            counted = int(calls * share)
            unary.run(cores.client, WARM_UP_CALLS, 10, 32)
            spent = counter.count(
                server, f"{contender.name} {connections}x{streams}", lambda: unary.run(cores.client, counted, connections, streams))
            out[f"{connections}x{streams}"] = round(spent / counted)
        if contender.streams:
            size = stream_bytes(STREAM_MESSAGES, STREAM_PAYLOAD_BYTES)
            replies = Target(server, "ServerStream", files.stream, size, contender.scheme, contender.headers)
            replies.run(cores.client, 1, 1, 1)
            spent = counter.count(server, f"{contender.name} stream", lambda: replies.run(cores.client, STREAMS, 1, 1))
            out["stream"] = round(spent / (STREAMS * STREAM_MESSAGES))
    return out


def main():
    parser = argparse.ArgumentParser(prog="rpc.instructions", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=f"{contenders.ROOT}/.build/release")
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--json", default=f"{contenders.ROOT}/.build/bench/instructions.json")
    options = parser.parse_args()
    for tool in ("valgrind", "callgrind_control", "objcopy", "h2load"):
        if not shutil.which(tool):
            sys.exit(f"rpc.instructions: {tool} is missing (apt install valgrind binutils nghttp2-client)")
    results = {"machine": machine.description(), "instructions": {}}
    with tempfile.TemporaryDirectory(prefix="patron-rpc-bench.") as folder:
        files = contenders.Files(folder, STREAM_MESSAGES, STREAM_PAYLOAD_BYTES)
        counter = Counter(folder, pathlib.Path(options.json).parent)
        for contender in contenders.all_contenders(options.bin, files):
            if contender.name in COUNTED and contender.is_present:
                results["instructions"][contender.name] = count(contender, counter, files, machine.Cores(), options.calls)
        results["instructions"]["client from handlers"] = {"10x32": counter.count_client(options.bin, options.calls)}
    floor = results["instructions"].get("nghttpd", {})
    print("Instructions in user space, a call (stream: a message); beside them the ratio to nghttpd's")
    for name, loads in results["instructions"].items():
        print(f"  {name}: " + ", ".join(
            f"{load} {spent}" + (f" ({spent / floor[load]:.2f})" if load in floor else "") for load, spent in loads.items()))
    pathlib.Path(options.json).write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
