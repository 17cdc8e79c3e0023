#!/usr/bin/env bash
# The tests of storage and of the services on PostgreSQL: a private server from Debian's package, in a temporary folder, on a socket of its own,
# gone afterwards. Further arguments go to `swift test`, such as: scripts/test-postgres.sh --filter LoyaltyTests
set -euo pipefail
cd "$(dirname "$0")/.."

programs=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
[ -n "$programs" ] || { echo "no PostgreSQL server under /usr/lib/postgresql: see scripts/install-packages.sh postgres" >&2; exit 1; }

# initdb refuses root, and a socket's path has 107 bytes at most.
folder=$(mktemp -d /tmp/patron-postgres.XXXXXX)
as_owner=()
if [ "$(id -u)" -eq 0 ]; then
  chown postgres "$folder"
  as_owner=(runuser -u postgres --)
fi
stop() {
  "${as_owner[@]}" "$programs/pg_ctl" -D "$folder/data" -m immediate -s stop >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap stop EXIT

# A server that sorts as people do, to find a text column that does not sort bytewise. Nothing of it outlives the run, so nothing is synced.
"${as_owner[@]}" "$programs/initdb" -D "$folder/data" -U patron -A trust -E UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US \
  --no-sync >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; exit 1; }
"${as_owner[@]}" "$programs/pg_ctl" -D "$folder/data" -l "$folder/data/server.log" -w -s \
  -o "-k $folder -c listen_addresses= -c fsync=off -c full_page_writes=off -c max_connections=600 -c autovacuum=off -c jit=off -c wal_level=minimal -c max_wal_senders=0" start \
  || { cat "$folder/data/server.log" >&2; exit 1; }

export PATRON_TEST_POSTGRES="postgres:///postgres?host=$folder&user=patron&connect_timeout=300"
# A test has half a dozen connections, each a process of the server: all tests at once would be thousands.
export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=8
if [ $# -gt 0 ]; then
  scripts/test.sh "$@"
else
  scripts/test.sh --filter '^(DatabaseTests|LoyaltyTests|CampaignTests|InventoryTests)\.|^ServiceKitTests\.Feed'
fi
