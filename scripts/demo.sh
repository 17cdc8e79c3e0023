#!/usr/bin/env bash
# demo.sh BIN: the demo day on a fresh data folder and on ports of its own; stops everything; exits with the demo's status.
# The day is played twice: the second time changes nothing, because every request id replays.
set -uo pipefail
bin=$1
data=$(mktemp -d "${TMPDIR:-/tmp}/patron-demo.XXXXXX")
"$bin/patron" up --data "$data" --ports auto >"$data/up.log" 2>&1 &
up=$!
finish() { kill -TERM $up 2>/dev/null; wait $up 2>/dev/null; rm -rf "$data"; }
trap 'finish; exit 130' INT TERM
if ! "$bin/patron" status --data "$data" --wait 60 >/dev/null; then
  cat "$data/up.log" >&2; finish; exit 1
fi
"$bin/patron" demo --data "$data"
status=$?
if [ $status -eq 0 ]; then
  "$bin/patron" demo --data "$data" --expect-replay --brief
  status=$?
fi
if [ $status -ne 0 ]; then tail -n 40 "$data/up.log" >&2; fi
finish
exit $status
