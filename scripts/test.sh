#!/usr/bin/env bash
# Every test. First those that live in one process, in parallel; then those that start executables and want the machine for themselves: the
# five services, and the server that is attacked. Further arguments go to `swift test` and make one run of it, such as: scripts/test.sh --filter LoyaltyTests
set -euo pipefail
cd "$(dirname "$0")/.."
if [ $# -gt 0 ]; then exec swift test --skip-build "$@"; fi
swift test --skip-build --skip SystemTests --skip HostileTests
swift test --skip-build --filter SystemTests
swift test --skip-build --filter HostileTests
