#!/usr/bin/env bash
# build-bench-peers.sh [cpp] [go] [swift]: builds the echo servers that Patron is measured beside into .build/bench-peers, all three when none is
# named. A peer whose compiler or library is missing is skipped with one line; what was built is built anew only when its source has changed.
set -euo pipefail
cd "$(dirname "$0")/.."
sources=$PWD/Benchmarks/peers proto=$PWD/Benchmarks/proto out=$PWD/.build/bench-peers
mkdir -p "$out"

skip() { echo "bench peers: no $1: $2"; }

# Whether BINARY is there and newer than its sources.
fresh() {
  local binary=$1 folder=$2
  [ -x "$binary" ] && [ -z "$(find "$folder" "$proto" -type f -newer "$binary" -print -quit)" ]
}

build_cpp() {
  local binary=$out/cpp/echo_server
  fresh "$binary" "$sources/cpp" && return
  command -v g++ >/dev/null || { skip "gRPC C++" "g++ is missing"; return; }
  pkg-config --exists grpc++ protobuf || { skip "gRPC C++" "libgrpc++-dev is missing"; return; }
  command -v grpc_cpp_plugin >/dev/null || { skip "gRPC C++" "protobuf-compiler-grpc is missing"; return; }
  echo "bench peers: building gRPC C++"
  mkdir -p "$out/cpp"
  protoc -I"$proto" --cpp_out="$out/cpp" --grpc_out="$out/cpp" --plugin=protoc-gen-grpc="$(command -v grpc_cpp_plugin)" bench.proto
  # shellcheck disable=SC2046
  g++ -std=c++17 -O2 -I"$out/cpp" -o "$binary" "$sources/cpp/echo_server.cc" "$out/cpp/bench.pb.cc" "$out/cpp/bench.grpc.pb.cc" \
    $(pkg-config --cflags --libs grpc++ protobuf) -lpthread
}

build_go() {
  local binary=$out/go/echo-server packages=/usr/share/gocode
  fresh "$binary" "$sources/go" && return
  command -v go >/dev/null || { skip "grpc-go" "golang-go is missing"; return; }
  [ -d "$packages/src/google.golang.org/grpc" ] || { skip "grpc-go" "golang-google-grpc-dev is missing"; return; }
  command -v protoc-gen-go >/dev/null || { skip "grpc-go" "golang-goprotobuf-dev is missing"; return; }
  echo "bench peers: building grpc-go"
  rm -rf "$out/go/path"
  mkdir -p "$out/go/path/src/patron/bench" "$out/go/path/src/patron/echo-server"
  cp "$sources/go/echo-server/main.go" "$out/go/path/src/patron/echo-server/"
  protoc -I"$proto" --go_out=plugins=grpc:"$out/go/path/src/patron/bench" bench.proto
  GO111MODULE=off GOFLAGS='' GOPATH="$out/go/path:$packages" go build -o "$binary" patron/echo-server
}

build_swift() {
  local binary=$out/swift/release/EchoServer
  fresh "$binary" "$sources/swift" && return
  echo "bench peers: building grpc-swift-2 (some ten minutes the first time)"
  swift build --package-path "$sources/swift" --scratch-path "$out/swift" -c release --product EchoServer >"$out/swift.log" 2>&1 \
    || skip "grpc-swift-2" "it did not build, see $out/swift.log"
}

for peer in ${*:-cpp go swift}; do
  case $peer in
    cpp | go | swift) "build_$peer" ;;
    *) echo "usage: $0 [cpp] [go] [swift]" >&2; exit 2 ;;
  esac
done
