#!/usr/bin/env bash
# bench-storage.sh BIN ENTRIES: what storage costs, and beside it a private PostgreSQL server where one is installed.
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${PATRON_POSTGRES:-}" ] && compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
  exec scripts/with-postgres.sh durable "$0" "$@"
fi
beside=()
if [ -n "${PATRON_POSTGRES:-}" ]; then
  beside=(--postgres "$PATRON_POSTGRES" --postgres-process "$PATRON_POSTGRES_PID")
else
  echo "PostgreSQL is not installed and is left out: scripts/install-packages.sh postgres"
fi
"$1/storage-bench" --entries "$2" --json .build/bench/storage.json "${beside[@]}" "${@:3}"
