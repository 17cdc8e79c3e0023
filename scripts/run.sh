#!/usr/bin/env bash
# run.sh BIN DATA [OPTIONS OF patron up]: starts the five services on DATA, plays the demo day through the gateway, and leaves them serving
# until Ctrl-C. Exits as `patron up` does when it is stopped, so with 0 after a drain.
set -uo pipefail
bin=$1 data=$2
shift 2
mkdir -p "$data"
"$bin/patron" up --data "$data" "$@" &
up=$!
# A terminal's Ctrl-C has reached `patron up` as well; it takes this SIGTERM for the same request.
trap 'kill -TERM $up 2>/dev/null; wait $up; exit $?' INT TERM
"$bin/patron" status --data "$data" --wait 60 >/dev/null || { kill -TERM $up 2>/dev/null; wait $up; exit 1; }
"$bin/patron" demo --data "$data"
status=$?
if [ $status -ne 0 ]; then
  echo "the demo day did not reconcile (exit $status); the services keep serving so that you can look: Ctrl-C stops them" >&2
else
  echo "the services keep serving: Ctrl-C stops them"
fi
wait $up
exit $status
