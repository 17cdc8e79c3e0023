#!/usr/bin/env bash
# Every test. First those that live in one process, in parallel; then those that start the five executables, which want the machine for
# themselves. Further arguments go to `swift test` and make one run of it, such as: scripts/test.sh --filter LoyaltyTests
#
# A run that hangs is ended after `limit` and repeated once, saying so: one in about six full runs was seen to stop with every thread idle,
# and the cause is not found yet. A test that fails is not repeated.
set -uo pipefail
cd "$(dirname "$0")/.."
if [ $# -gt 0 ]; then exec swift test --skip-build "$@"; fi
limit=600

run() {
  timeout --kill-after=10 "$limit" swift test --skip-build "$@"
  local status=$?
  if [ $status -eq 124 ] || [ $status -eq 137 ]; then
    echo "this run of the tests hung for $limit s and was ended; it is repeated once: swift test $*" >&2
    pkill -9 -f patronPackageTests.xctest
    timeout --kill-after=10 "$limit" swift test --skip-build "$@"
    status=$?
  fi
  return $status
}

run --skip SystemTests || exit 1
run --filter SystemTests || exit 1
