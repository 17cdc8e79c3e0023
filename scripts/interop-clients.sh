#!/usr/bin/env bash
# interop-clients.sh BIN: calls the system from stock clients. Every service: health, reflection and errors by Python grpcio, one of them over mutual
# TLS with the certificates of compose.yaml. Then a shop's day in small by grpcio with stubs of protoc, grpc-requests and buf curl by
# reflection alone, and the README's first call as it is pasted.
set -uo pipefail
cd "$(dirname "$0")/.."
bin=$1
python=$PWD/.build/tools/python/bin/python buf=$PWD/.build/tools/python/bin/buf
data=$(mktemp -d "${TMPDIR:-/tmp}/patron-interop.XXXXXX")
processes=()
finish() {
  for process in "${processes[@]}"; do kill -TERM "$process" 2>/dev/null; wait "$process" 2>/dev/null; done
  rm -rf "$data"
}
fail() { echo "$1" >&2; tail -n 40 "$data"/*.log >&2; finish; exit 1; }
trap 'finish; exit 130' INT TERM

"$bin/patron" up --data "$data" --ports auto >"$data/up.log" 2>&1 &
processes+=($!)
"$bin/patron" status --data "$data" --wait 60 >/dev/null || fail "the system did not start"
for service in identity loyalty campaign inventory gateway; do
  address=$("$python" -c "import json, sys; print(json.load(open(sys.argv[1]))[sys.argv[2]]['rpc'])" "$data/addresses.json" $service)
  echo "$service at $address"
  "$python" Tests/Interop/grpcio_smoke.py "$address" || fail "$service and grpcio do not agree"
done

OWNER_UID=$(id -u) sh scripts/make-certificates.sh "$data/certificates" >/dev/null || fail "no certificates"
"$bin/loyalty" --listen-address 127.0.0.1:0 --admin-address 127.0.0.1:0 --database "$data/tls.sqlite" --ready-file "$data/tls.ready" \
  --tls-certificate "$data/certificates/loyalty.crt" --tls-key "$data/certificates/loyalty.key" --tls-ca "$data/certificates/ca.crt" \
  --caller-keys-file "$data/certificates/caller-keys.json" --reflection on >"$data/tls.log" 2>&1 &
processes+=($!)
for _ in $(seq 300); do [ -f "$data/tls.ready" ] && break; sleep 0.1; done
address=$("$python" -c "import json, sys; print(json.load(open(sys.argv[1]))['rpc'])" "$data/tls.ready") || fail "loyalty did not start with TLS"
echo "loyalty over mutual TLS at $address"
"$python" Tests/Interop/grpcio_smoke.py "$address" --ca "$data/certificates/ca.crt" --cert "$data/certificates/till.crt" \
  --key "$data/certificates/till.key" || fail "loyalty and grpcio do not agree over mutual TLS"

"$python" Tests/Interop/stock_clients.py --data "$data" --buf "$buf" --proto proto || fail "the system and a stock client do not agree"
finish
