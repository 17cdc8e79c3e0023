#!/usr/bin/env bash
# Every test. SwiftPM runs them in parallel inside one process; tests that need processes of their own start them on ports the kernel picks.
set -euo pipefail
cd "$(dirname "$0")/.."
swift test --skip-build "$@"
