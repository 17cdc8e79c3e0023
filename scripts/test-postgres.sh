#!/usr/bin/env bash
# The tests of storage and of the services on PostgreSQL. Further arguments go to the test runner, such as:
#   scripts/test-postgres.sh --filter LoyaltyTests
set -euo pipefail
cd "$(dirname "$0")/.."

if [ -z "${PATRON_POSTGRES:-}" ]; then exec scripts/with-postgres.sh fast "$0" "$@"; fi

export PATRON_TEST_POSTGRES=$PATRON_POSTGRES PATRON_TEST_POSTGRES_KEYS=$PATRON_POSTGRES_KEYS
# The server goes, and its schemas with it.
export PATRON_TEST_POSTGRES_KEEPS_SCHEMAS=1
# A test has half a dozen connections, each a process of the server: all tests at once would be thousands.
export PATRON_TEST_WIDTH=8
if [ $# -gt 0 ]; then
  scripts/test.sh "$@"
else
  scripts/test.sh --filter '^(DatabaseTests|IdentityTests|LoyaltyTests|CampaignTests|InventoryTests)\.|^ServiceKitTests\.Feed'
fi
