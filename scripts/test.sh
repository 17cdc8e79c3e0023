#!/usr/bin/env bash
# Every test. First those that live in one process, in parallel; then those that start executables and want the machine for themselves: the
# five services, and the server that is attacked. Further arguments go to the test runner and make one run of it, such as: scripts/test.sh --filter LoyaltyTests
set -euo pipefail
cd "$(dirname "$0")/.."

log=.build/test.log
# The runner itself, since `swift test` does not pass on how many tests may run at once. All 1,500 at once starve each other into their time limits.
runner=$(swift build --show-bin-path)/patronPackageTests.xctest
width=${PATRON_TEST_WIDTH:-32}

# What failed comes last, where somebody who sees the end alone finds it.
run() {
  if NO_COLOR=1 "$runner" --testing-library swift-testing --experimental-maximum-parallelization-width "$width" "$@" 2>&1 | tee "$log"; then return; fi
  echo "What failed, of $log:"
  grep -A 3 'recorded an issue\|unexpected signal\|Fatal error' "$log" | grep -v '^--$\|warning patron' | cut -c 1-600 | head -60 || tail -n 30 "$log"
  exit 1
}

if [ $# -gt 0 ]; then
  run "$@"
else
  run --skip SystemTests --skip HostileTests
  run --filter SystemTests
  run --filter HostileTests
fi
