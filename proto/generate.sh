#!/bin/sh
# Regenerates everything that is generated from the .proto files:
#
#   proto/generate.sh            writes Sources/{CGoogleProto,CPatronProto,GoogleProto/Generated,PatronAPI/Generated}, and the same
#                                for the messages that test the generator, Tests/{CTestingProto,ProtobufCTests/Generated}, and for
#                                those of the interop suites, Tests/Interop/{CInteropProto,InteropProto/Generated}, and the list of
#                                all messages for the fuzzer, Tests/Fuzz/FuzzTargets/Generated
#   proto/generate.sh --check    fails when what is committed differs
#
# Needs protoc 3.21, protoc-gen-c 1.4 and their include files (apt: protobuf-compiler protobuf-c-compiler libprotobuf-dev
# libprotobuf-c-dev). The output depends on the .proto files alone, byte for byte.
set -eu

proto=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$proto")
testing=$root/Tests/ProtobufCTests/proto
interop=$root/Tests/Interop/proto
includes=${PROTOBUF_INCLUDE:-/usr/include}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for tool in protoc protoc-gen-c; do
  command -v "$tool" >/dev/null || { echo "generate: $tool is missing (apt install protobuf-compiler protobuf-c-compiler)" >&2; exit 1; }
done

swift build --package-path "$proto/generator" --quiet
generator=$(swift build --package-path "$proto/generator" --show-bin-path)/generator

# 1. Descriptors of the whole contract: with comments for the Swift code, without for reflection.
wellknown="google/protobuf/any.proto google/protobuf/descriptor.proto google/protobuf/duration.proto google/protobuf/field_mask.proto google/protobuf/timestamp.proto"
contract=$(cd "$proto" && find patron grpc google -name '*.proto' | LC_ALL=C sort)
tests="patron/testing/v1/everything.proto $(cd "$interop" && find grpc connectrpc -name '*.proto' | LC_ALL=C sort | tr '\n' ' ')"
protoc -I "$proto" -I "$testing" -I "$interop" -I "$includes" --include_imports --include_source_info --descriptor_set_out="$work/commented.bin" \
  $wellknown $contract $tests
protoc -I "$proto" -I "$includes" --include_imports --descriptor_set_out="$work/reflection.bin" $contract

# 2. C, from descriptors that protoc-gen-c can take.
"$generator" rewrite "$work/commented.bin" "$work/rewritten.bin"
mkdir "$work/c"
protoc --descriptor_set_in="$work/rewritten.bin" --c_out="$work/c" $wellknown $contract $tests

place() { # target folder...
  target="$work/out/$1"; shift
  mkdir -p "$target/include"
  (cd "$work/c" && find "$@" -name '*.pb-c.[ch]' | LC_ALL=C sort) | while read -r file; do
    case $file in *.h) destination=$target/include/$file ;; *) destination=$target/$file ;; esac
    mkdir -p "$(dirname "$destination")"
    cp "$work/c/$file" "$destination"
  done
}
place Tests/CTestingProto patron/testing
place Tests/Interop/CInteropProto grpc/testing connectrpc
rm -r "$work/c/patron/testing" "$work/c/grpc/testing" "$work/c/connectrpc"
place Sources/CGoogleProto google grpc
place Sources/CPatronProto patron

# 3. Swift.
"$generator" emit "$work/commented.bin" "$work/reflection.bin" "$work/out"

generated="Sources/CGoogleProto Sources/CPatronProto Sources/GoogleProto/Generated Sources/PatronAPI/Generated
  Tests/CTestingProto Tests/ProtobufCTests/Generated Tests/Interop/CInteropProto Tests/Interop/InteropProto/Generated
  Tests/Fuzz/FuzzTargets/Generated"
if [ "${1-}" = --check ]; then
  for folder in $generated; do
    diff -r "$root/$folder" "$work/out/$folder" >&2 || { echo "generate: $folder is not what the .proto files give; run make generate" >&2; exit 1; }
  done
  echo "generate: generated code is up to date"
else
  for folder in $generated; do
    rm -rf "${root:?}/$folder"
    mkdir -p "$(dirname "$root/$folder")"
    cp -R "$work/out/$folder" "$root/$folder"
  done
fi
