#!/usr/bin/env bash
# install-packages.sh build|postgres|generate|lint|interop|bench|bench-peers|bench-instructions: installs what is missing of the system packages that the task needs,
# and of the Python tools (into .build/tools). Says one clear line when it cannot.
set -euo pipefail
cd "$(dirname "$0")/.."

build_packages=(libnghttp2-dev libprotobuf-c-dev libsqlite3-dev libpq-dev zlib1g-dev libjemalloc-dev pkg-config)
generate_packages=("${build_packages[@]}" protobuf-compiler protobuf-c-compiler libprotobuf-dev)
python_packages=(python3 python3-venv)

case ${1:-build} in
  build) packages=("${build_packages[@]}") python_tools=() ;;
  postgres) packages=("${build_packages[@]}" postgresql) python_tools=() ;;
  generate) packages=("${generate_packages[@]}") python_tools=() ;;
  lint) packages=("${generate_packages[@]}" "${python_packages[@]}") python_tools=(buf-bin==1.75.0 PyYAML==6.0.3) ;;
  interop) packages=("${build_packages[@]}" "${python_packages[@]}" openssl) python_tools=(buf-bin==1.75.0 grpcio==1.85.1 grpcio-tools==1.85.1 grpcio-reflection==1.85.1 grpc-requests==0.1.21) ;;
  bench) packages=("${build_packages[@]}" nghttp2-client nghttp2-server python3) python_tools=() ;;
  bench-peers) packages=(g++ pkg-config protobuf-compiler protobuf-compiler-grpc libprotobuf-dev libgrpc++-dev golang-go golang-google-grpc-dev golang-goprotobuf-dev) python_tools=() ;;
  bench-instructions) packages=(valgrind binutils) python_tools=() ;;
  *) echo "usage: $0 build|postgres|generate|lint|interop|bench|bench-peers|bench-instructions" >&2; exit 2 ;;
esac

command -v swift >/dev/null || { echo "patron needs Swift 6 on the PATH: see https://www.swift.org/install" >&2; exit 1; }

if command -v dpkg-query >/dev/null; then
  missing=()
  for package in "${packages[@]}"; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    # A python3 or pkg-config that stands on the PATH serves as well as Debian's package of it.
    needed=()
    for package in "${missing[@]}"; do
      case $package in
        postgresql) compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || needed+=("$package") ;;
        python3) command -v python3 >/dev/null || needed+=("$package") ;;
        python3-venv) python3 -c 'import venv, ensurepip' 2>/dev/null || needed+=("$package") ;;
        pkg-config) command -v pkg-config >/dev/null || needed+=("$package") ;;
        *) needed+=("$package") ;;
      esac
    done
    if [ ${#needed[@]} -gt 0 ]; then
      as_root=()
      if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { echo "patron needs these packages, and neither root nor sudo is here to install them: ${needed[*]}" >&2; exit 1; }
        as_root=(sudo)
      fi
      echo "installing ${needed[*]}"
      { "${as_root[@]}" apt-get update -qq && DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${needed[@]}"; } >/tmp/patron-apt.$$ 2>&1 \
        || { tail -n 5 /tmp/patron-apt.$$ >&2; rm -f /tmp/patron-apt.$$; echo "patron could not install: ${needed[*]}" >&2; exit 1; }
      rm -f /tmp/patron-apt.$$
    fi
  fi
else
  echo "not a Debian or Ubuntu machine: install the equivalents of ${packages[*]} yourself" >&2
fi

if [ ${#python_tools[@]} -gt 0 ]; then
  venv=.build/tools/python
  wanted=$(printf '%s\n' "${python_tools[@]}")
  if [ ! -x "$venv/bin/python" ]; then mkdir -p .build/tools && python3 -m venv "$venv"; fi
  have=$("$venv/bin/pip" freeze --disable-pip-version-check 2>/dev/null || true)
  for tool in "${python_tools[@]}"; do
    grep -qxi "$tool" <<<"$have" || {
      "$venv/bin/pip" install -q --disable-pip-version-check "${python_tools[@]}" || { echo "patron could not install from PyPI: $wanted" >&2; exit 1; }
      break
    }
  done
fi
