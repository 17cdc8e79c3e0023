#!/usr/bin/env bash
# fuzz.sh: the fuzzer under AddressSanitizer and LeakSanitizer, target after target, until it finds something or its runs are over.
#
#   RUNS=N     changed inputs for each target in a round (default 20000)
#   MINUTES=N  rounds with further seeds for so long, instead of one round
#   SEED=N     the first round's seed (default 1; each round adds one)
#   TARGET=…   one target alone
#
# What crashes, or breaks a rule that must hold, is printed with its bytes. It belongs into Tests/Fuzz/Corpus as a file of its own once it is
# mended: the tests run every input there.
set -uo pipefail
cd "$(dirname "$0")/.."
runs=${RUNS:-20000} seed=${SEED:-1}
end=$(($(date +%s) + 60 * ${MINUTES:-0}))
build=(swift build --sanitize=address --scratch-path .build/asan --product rpc-fuzz)
"${build[@]}" || exit 1
fuzz=$("${build[@]}" --show-bin-path)/rpc-fuzz
current=$(mktemp)
trap 'rm -f "$current"' EXIT

# The C code of this repository's messages is built with the sanitizer; that of nghttp2, zlib and protobuf-c is not, but their memory is
# watched as well, and inputs lie in front of a page that may not be read.
export ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:detect_stack_use_after_return=0
export LSAN_OPTIONS=suppressions=$PWD/scripts/fuzz-suppressions.txt:print_suppressions=0
export SWIFT_BACKTRACE=enable=no

while true; do
  if ! "$fuzz" --seed "$seed" --runs "$runs" --current "$current" ${TARGET:+--target "$TARGET"}; then
    echo "fuzz: seed $seed failed; the input that was being run:" >&2
    grep -m 1 . "$current" >&2
    exit 1
  fi
  seed=$((seed + 1))
  if [ "$(date +%s)" -ge "$end" ]; then break; fi
done
