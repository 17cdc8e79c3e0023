#!/usr/bin/env bash
# Writes Tests/SystemTests/Fixtures: a populated database of each service in the schema of this binary, as SQL text, for the tests that upgrade it.
# Run it once for each released schema version; a fixture that is there is never written again. Needs the sqlite3 command line.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
PATRON_WRITE_FIXTURES="$folder" swift test --skip-build --filter 'SystemTests.UpgradeTests/.*written as a fixture'
mkdir -p Tests/SystemTests/Fixtures
for file in "$folder"/*.sql; do
  [ -e "Tests/SystemTests/Fixtures/$(basename "$file")" ] || cp "$file" Tests/SystemTests/Fixtures/
done
