#!/usr/bin/env bash
# bench.sh BIN: three benchmarks, a table each, the same figures as JSON under .build/bench. Times never fail it; a call of the RPC runtime that
# allocates more than it used to does.
# Compare ratios within one run, or CPU per operation; never absolute times between machines.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$1 out=.build/bench
mkdir -p "$out"
echo "machine: $(nproc) cores, $(awk '/MemTotal/ {printf "%.0f GiB", $2/1048576}' /proc/meminfo), $(date -u +%Y-%m-%d)"
echo; echo "RPC: echo, one core (make bench-rpc: all of it, beside its peers)"
PYTHONPATH=Benchmarks python3 -m rpc --bin "$bin" --brief --json "$out/rpc-brief.json"
PYTHONPATH=Benchmarks python3 -m rpc.allocations --bin "$bin"
echo; echo "Ledger writes: group commit against one caller at a time"
"$bin/storage-bench" --only writes --json "$out/storage-brief.json"
echo; echo "Checkouts: the demo day over five processes"
data=$(mktemp -d "${TMPDIR:-/tmp}/patron-bench.XXXXXX")
"$bin/patron" up --data "$data" --ports auto >"$data/up.log" 2>&1 &
up=$!
trap 'kill -TERM $up 2>/dev/null; wait $up 2>/dev/null; rm -rf "$data"' EXIT
"$bin/patron" status --data "$data" --wait 60 >/dev/null
"$bin/patron" demo --data "$data" --brief --bench-json "$out/checkout.json"
