#!/bin/sh
# make-certificates.sh FOLDER [KEYS]: the one-shot step of compose.yaml. Makes a certificate authority, a certificate for each service and for
# a till, and the two key rings that the services share, in FOLDER. What is already there stays. With KEYS, each of them gets a folder KEYS/NAME
# with what it needs and nothing else: the authority's key and the others' stay in FOLDER. Needs openssl.
set -eu
folder=$1
keys=${2:-}
owner=${OWNER_UID:-10001}
mkdir -p "$folder"
cd "$folder"
umask 077

if [ ! -f ca.crt ]; then
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -keyout ca.key -out ca.crt -subj "/CN=Patron local authority" \
    -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign" 2>/dev/null
fi

for name in identity loyalty campaign inventory gateway till; do
  [ -f "$name.crt" ] && continue
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$name.key" -out "$name.csr" -subj "/CN=$name" 2>/dev/null
  printf 'subjectAltName=DNS:%s,DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth,clientAuth\nkeyUsage=critical,digitalSignature\n' "$name" >"$name.ext"
  openssl x509 -req -in "$name.csr" -CA ca.crt -CAkey ca.key -CAcreateserial -days 825 -extfile "$name.ext" -out "$name.crt" 2>/dev/null
  rm -f "$name.csr" "$name.ext"
done

# A ring holds named secrets, one of them active; see Sources/ServiceKit/Callers/KeyRing.swift.
for ring in caller-keys quote-keys; do
  [ -f "$ring.json" ] && continue
  id="key-$(openssl rand -hex 4)"
  printf '{"active":"%s","keys":[{"id":"%s","secret":"%s"}]}\n' "$id" "$id" "$(openssl rand -base64 32)" >"$ring.json"
done

chmod 0644 ca.crt ./*.crt
chmod 0600 ./*.key ./*.json
if [ -n "$keys" ]; then
  for name in identity loyalty campaign inventory gateway till; do
    mkdir -p "$keys/$name"
    cp -p ca.crt "$name.crt" "$name.key" "$keys/$name/"
    if [ "$name" != till ]; then cp -p caller-keys.json "$keys/$name/"; fi
    if [ "$name" = gateway ]; then cp -p quote-keys.json "$keys/$name/"; fi
    chmod 0700 "$keys/$name"
    chown -R "$owner" "$keys/$name" 2>/dev/null || true
  done
else
  chown -R "$owner" . 2>/dev/null || true
fi
echo "certificates and key rings are in $folder"
