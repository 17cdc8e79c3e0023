#!/usr/bin/env bash
# bench-rpc.sh BIN: the RPC runtime beside its peers, as a table and as .build/bench/rpc.json. Times never fail it; more allocations a call than
# Benchmarks/allocations/thresholds.json allows do. Benchmarks/README.md says what each figure is.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=$1
export PYTHONPATH=Benchmarks
if [ -n "${INSTRUCTIONS:-}" ]; then
  scripts/install-packages.sh bench-instructions
  exec python3 -m rpc.instructions --bin "$bin" --json .build/bench/instructions.json
fi
# Peers are worth a lot and not everything: what cannot be installed or built is left out, and the table says so.
scripts/install-packages.sh bench-peers || true
scripts/build-bench-peers.sh
python3 -m rpc --bin "$bin" --rounds "${ROUNDS:-3}" --seconds "${SECONDS_EACH:-2}" --json .build/bench/rpc.json
python3 -m rpc.allocations --bin "$bin"
