"""Measures the RPC runtime beside its peers: the same echo service on each, one core for the server and another for the load, rounds alternating.

CPU us/call (user and system time of the server) is the steady figure; calls/s and percentiles depend on what else the machine does, and
"others' cores" says how much that was. Compare ratios of one run, never absolute times between machines.

    PYTHONPATH=Benchmarks python3 -m rpc [--rounds N] [--seconds S] [--brief] [--only NAME,NAME] [--json FILE]

Needs h2load, nghttp and nghttpd (apt: nghttp2-client nghttp2-server). A peer that was not built is left out, with one line that says so.
"""
import argparse
import shutil
import sys
import tempfile

from . import client, contenders, idle, machine, report, targets
from .rounds import Rounds

STREAM_MESSAGES = 50_000
STREAM_PAYLOAD_BYTES = 100
BRIEF = ("nghttpd", "patron")


def options():
    parser = argparse.ArgumentParser(prog="rpc", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", default=f"{contenders.ROOT}/.build/release", help="where swift build puts its programs")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0, help="about how long each measurement lasts")
    parser.add_argument("--idle-connections", type=int, default=10_000, help="0: none")
    parser.add_argument("--brief", action="store_true", help="Patron beside nghttpd and nothing else")
    parser.add_argument("--only", default="", help="contenders by name, separated by commas; no client, no idle connections")
    parser.add_argument("--json", default=f"{contenders.ROOT}/.build/bench/rpc.json")
    return parser.parse_args()


def main():
    chosen = options()
    for tool in ("h2load", "nghttp"):
        if not shutil.which(tool):
            sys.exit(f"rpc: {tool} is missing (apt install nghttp2-client)")
    machine.raise_file_limit()
    cores = machine.Cores()
    about = machine.description()
    with tempfile.TemporaryDirectory(prefix="patron-rpc-bench.") as folder:
        files = contenders.Files(folder, STREAM_MESSAGES, STREAM_PAYLOAD_BYTES)
        everybody = contenders.all_contenders(chosen.bin, files)
        names = BRIEF if chosen.brief else [name for name in chosen.only.split(",") if name]
        wanted = [contender for contender in everybody if not names or contender.name in names]
        present = [contender for contender in wanted if contender.is_present]
        missing = {contender.name: f"{contender.command[0]} is not there ({contender.remedy})" for contender in wanted if not contender.is_present}
        rounds = Rounds(present, files, cores, chosen.seconds, STREAM_MESSAGES, STREAM_PAYLOAD_BYTES)
        rounds.run(chosen.rounds, progress)
        own_client = client.measure(chosen.bin, cores, chosen.rounds, progress) if not names else {}
        silent = idle.measure(present, cores, chosen.idle_connections, progress) if chosen.idle_connections and not names else None
    results = {
        "machine": about, "rounds": chosen.rounds, "servers": report.medians(rounds.figures), "client": report.medians(own_client),
        "idle": silent, "ratios": targets.ratios(rounds.figures | own_client, silent), "missing": missing | rounds.failed,
    }
    print(f"\nmachine: {about['cores']} cores, {about['processor']}, {about['memory_gib']} GiB, {about['date']}, load average {about['load_average']}")
    report.print_tables(results)
    report.write_json(results, chosen.json)
    # A peer may fail; that Patron answers every call is not a matter of time.
    sys.exit(any(name.startswith("patron") for name in rounds.failed))


def progress(line):
    if sys.stderr.isatty():
        print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
    else:
        print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
