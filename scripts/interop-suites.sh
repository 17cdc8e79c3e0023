#!/usr/bin/env bash
# interop-suites.sh BIN: the RPC runtime against others' programs and suites.
#
#   gRPC's interop tests    against itself and against Python grpcio, both ways, in plaintext and TLS
#   h2spec                  every case in strict mode; H2SPEC names the program, else it is looked for on the PATH
#   connectrpc/conformance  every case of gRPC, as server and as client; CONNECTCONFORMANCE names its runner
#
# The last two are not in this repository: where a program is absent, one line says so.
set -uo pipefail
cd "$(dirname "$0")/.."
interop=$1/rpc-interop
python=$PWD/.build/tools/python/bin/python
certificates=$PWD/Tests/RPCTransportTests/Certificates
work=$(mktemp -d "${TMPDIR:-/tmp}/patron-suites.XXXXXX")
processes=()
finish() {
  for process in "${processes[@]}"; do kill -TERM "$process" 2>/dev/null; wait "$process" 2>/dev/null; done
  rm -rf "$work"
}
fail() { echo "$1" >&2; tail -n 40 "$work"/*.log >&2 2>/dev/null; finish; exit 1; }
trap 'finish; exit 130' INT TERM

# start NAME COMMAND...: in the background, its output in NAME.log.
start() { local name=$1; shift; "$@" >"$work/$name.log" 2>&1 & processes+=($!); }
# port NAME: the number at the end of the first line that it printed.
port() {
  for _ in $(seq 300); do
    if line=$(head -n 1 "$work/$1.log" 2>/dev/null) && [ -n "$line" ]; then echo "${line##*[!0-9]}"; return; fi
    sleep 0.1
  done
  return 1
}

start plain "$interop" server
start tls "$interop" server --tls-certificate "$certificates/server.pem" --tls-key "$certificates/server.key"
start peer-plain "$python" Tests/Interop/grpcio_interop.py server
start peer-tls "$python" Tests/Interop/grpcio_interop.py server --certificate "$certificates/server.pem" --key "$certificates/server.key"

cases=empty_unary,large_unary,server_compressed_unary,client_streaming,server_streaming,server_compressed_streaming,ping_pong,empty_stream
cases+=,custom_metadata,status_code_and_message,special_status_message,unimplemented_method,unimplemented_service,cancel_after_begin
cases+=,cancel_after_first_response,timeout_on_sleeping_server
authority=(--tls-authority "$certificates/authority.pem" --server_host_override localhost)

# check TEXT COMMAND...
check() { local text=$1; shift; "$@" >"$work/check.log" 2>&1 || fail "$text"; echo "ok $text"; }
check "interop tests: ours against ours" "$interop" client --server_port "$(port plain)"
check "interop tests: ours against ours, TLS" "$interop" client --server_port "$(port tls)" "${authority[@]}"
# grpcio's server cannot see whether a request came compressed.
check "interop tests: our client against grpcio" "$interop" client --server_port "$(port peer-plain)" --test_case $cases
check "interop tests: our client against grpcio, TLS" "$interop" client --server_port "$(port peer-tls)" "${authority[@]}" --test_case $cases
check "interop tests: grpcio against our server" "$python" Tests/Interop/grpcio_interop.py client "127.0.0.1:$(port plain)"
check "interop tests: grpcio against our server, TLS" "$python" Tests/Interop/grpcio_interop.py client "127.0.0.1:$(port tls)" \
  --authority "$certificates/authority.pem"

if h2spec=$(command -v "${H2SPEC:-h2spec}"); then
  check "h2spec --strict: $("$h2spec" -h 127.0.0.1 -p "$(port plain)" --strict -o 5 2>&1 | tee "$work/h2spec.log" | grep -a 'tests, ')" \
    grep -qaE '([0-9]+) tests, \1 passed, 0 skipped, 0 failed' "$work/h2spec.log"
else
  echo "skipped: h2spec is not here (set H2SPEC, or put it on the PATH)"
fi

if runner=$(command -v "${CONNECTCONFORMANCE:-connectconformance}"); then
  for mode in server client; do
    "$runner" --max-servers 1 --conf Tests/Interop/conformance.yaml --mode $mode -- "$interop" conformance-$mode >"$work/conformance.log" 2>&1 \
      || fail "connectrpc's conformance suite refuses our $mode"
    echo "ok connectrpc's conformance suite, our $mode: $(grep -a ' passed, ' "$work/conformance.log")"
  done
else
  echo "skipped: connectconformance is not here (set CONNECTCONFORMANCE, or put it on the PATH)"
fi
finish
