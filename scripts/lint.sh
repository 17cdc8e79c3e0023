#!/usr/bin/env bash
# What a reviewer should not have to say: format, the contract's lint, its compatibility with the last tag, generated code.
set -euo pipefail
cd "$(dirname "$0")/.."
buf=.build/tools/python/bin/buf

echo "swift format"
# Generated code is the generator's business: proto/generate.sh --check holds it.
git ls-files -co --exclude-standard '*.swift' | grep -v '/Generated/' | xargs swift format lint --strict --parallel

echo "buf lint"
(cd proto && "../$buf" lint)

echo "buf breaking"
last_tag=$(git describe --tags --abbrev=0 2>/dev/null || true)
if [ -n "$last_tag" ]; then
  "$buf" breaking proto --against ".git#tag=$last_tag,subdir=proto"
else
  echo "  no tag yet: nothing to compare with"
fi

echo "shell scripts"
for script in scripts/*.sh proto/*.sh .ci/run; do bash -n "$script"; done

echo "compose.yaml"
.build/tools/python/bin/python scripts/check-compose.py

echo "generated code"
proto/generate.sh --check
