#!/usr/bin/env bash
# with-postgres.sh fast|durable COMMAND…: runs the command beside a private server from Debian's package, in a temporary folder, on a socket of its
# own, gone afterwards. fast: for tests, nothing is synced. durable: for measuring, as Debian sets it up.
#
# The command finds PATRON_POSTGRES, the URL of a database; PATRON_POSTGRES_KEYS, that of another; and PATRON_POSTGRES_PID, the server's process.
set -euo pipefail

mode=$1
shift
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

# A server that sorts as people do, to find a text column that does not sort bytewise.
"${as_owner[@]}" "$programs/initdb" -D "$folder/data" -U patron -A trust -E UTF8 --locale=C.UTF-8 --locale-provider=icu --icu-locale=en-US \
  --no-sync >"$folder/initdb.log" 2>&1 || { cat "$folder/initdb.log" >&2; exit 1; }
settings="-k $folder -c listen_addresses= -c max_connections=600"
case $mode in
  # Nothing of it outlives the run, so nothing is synced, and nothing is tidied that will not be used again.
  fast) settings+=" -c fsync=off -c full_page_writes=off -c autovacuum=off -c jit=off -c wal_level=minimal -c max_wal_senders=0"
    settings+=" -c checkpoint_timeout=1h -c max_wal_size=8GB -c max_locks_per_transaction=256" ;;
  durable) ;;
  *) echo "usage: $0 fast|durable COMMAND…" >&2; exit 2 ;;
esac
"${as_owner[@]}" "$programs/pg_ctl" -D "$folder/data" -l "$folder/data/server.log" -w -s -o "$settings" start \
  || { cat "$folder/data/server.log" >&2; exit 1; }
"$programs/createdb" -h "$folder" -U patron keys

export PATRON_POSTGRES="postgres:///postgres?host=$folder&user=patron&connect_timeout=300"
export PATRON_POSTGRES_KEYS="postgres:///keys?host=$folder&user=patron&connect_timeout=300"
PATRON_POSTGRES_PID=$("${as_owner[@]}" head -n 1 "$folder/data/postmaster.pid")
export PATRON_POSTGRES_PID
"$@"
