#!/usr/bin/env bash
# interop.sh BIN: starts the system on ports of its own and calls every service from stock clients:
# Python grpcio, grpc-requests (reflection only, no stubs), buf curl, and the README's first call as it is pasted.
set -uo pipefail
cd "$(dirname "$0")/.."
bin=$1
python=$PWD/.build/tools/python/bin/python buf=$PWD/.build/tools/python/bin/buf
data=$(mktemp -d "${TMPDIR:-/tmp}/patron-interop.XXXXXX")
"$bin/patron" up --data "$data" --ports auto >"$data/up.log" 2>&1 &
up=$!
finish() { kill -TERM $up 2>/dev/null; wait $up 2>/dev/null; rm -rf "$data"; }
trap 'finish; exit 130' INT TERM
if ! "$bin/patron" status --data "$data" --wait 60 >/dev/null; then cat "$data/up.log" >&2; finish; exit 1; fi
"$python" Tests/Interop/stock_clients.py --data "$data" --buf "$buf" --proto proto
status=$?
if [ $status -ne 0 ]; then tail -n 40 "$data/up.log" >&2; fi
finish
exit $status
