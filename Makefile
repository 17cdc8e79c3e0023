# Patron's commands. CI runs the same ones: see .ci/run.
# CONFIGURATION=debug|release chooses the build that run, demo and bench use.

CONFIGURATION ?= release
DATA ?= ./data
SWIFT_BUILD = swift build -c $(CONFIGURATION)
BIN = $$(swift build -c $(CONFIGURATION) --show-bin-path)

.PHONY: help run demo up test test-postgres lint format generate check-generated bench bench-rpc bench-storage bench-loyalty interop crash soak fuzz packages build clean

help:
	@echo "make run        install, build, start the five services, sell the demo day; the services keep serving"
	@echo "make test       install, build, run every test"
	@echo "make test-postgres   the tests of storage and of the services on a private PostgreSQL server; FILTER=pattern"
	@echo "make demo       the demo day on a fresh data folder and ports of its own; exits with its status"
	@echo "make bench      measure the RPC runtime, the ledger and the checkout; table and JSON under .build/bench"
	@echo "make bench-rpc  the RPC runtime beside grpc-go, gRPC C++, grpc-swift-2 and nghttpd (INSTRUCTIONS=1: instructions a call)"
	@echo "make bench-storage  ledger writes and point reads beside a bare loop over SQLite's C API, and beside PostgreSQL; ENTRIES=N"
	@echo "make bench-loyalty  loyalty's calls over a large membership, tiers and notices; MEMBERS=N LOTS=N"
	@echo "make interop    the RPC runtime against gRPC's suites, and a running system against stock gRPC clients"
	@echo "make crash      kill a service at random and named points under load, RUNS=N times (SEED=S repeats one); every acknowledged write must be there"
	@echo "make fuzz       the fuzzer under AddressSanitizer; MINUTES=N or RUNS=N, SEED=N, TARGET=name"
	@echo "make soak       the random tests of storage (crashes, power cuts, faults, histories), ROUNDS=20 times as long; ENTRIES=N: a ledger so large too"
	@echo "make lint       swift-format, buf lint, the generated code and the shell scripts"
	@echo "make generate   regenerate C and Swift from proto/"

packages:
	@scripts/install-packages.sh build

build: packages
	$(SWIFT_BUILD)

run: build
	@scripts/run.sh "$(BIN)" "$(DATA)"

demo: build
	@scripts/demo.sh "$(BIN)"

up: build
	@"$(BIN)/patron" up --data "$(DATA)"

test: packages
	swift build --build-tests --explicit-target-dependency-import-check error
	scripts/test.sh

test-postgres:
	@scripts/install-packages.sh postgres
	swift build --build-tests --explicit-target-dependency-import-check error
	scripts/test-postgres.sh $(if $(FILTER),--filter '$(FILTER)')

lint:
	@scripts/install-packages.sh lint
	@scripts/lint.sh

format:
	@git ls-files -co --exclude-standard '*.swift' | grep -v '/Generated/' | xargs swift format --in-place --parallel

generate:
	@scripts/install-packages.sh generate
	proto/generate.sh

check-generated:
	@scripts/install-packages.sh generate
	proto/generate.sh --check

interop: build
	@scripts/install-packages.sh interop
	@scripts/interop-suites.sh "$(BIN)"
	@scripts/interop-clients.sh "$(BIN)"

# The tests that CI runs for a minute, for as long as is asked: what fails prints its seed.
crash: packages
	swift build --build-tests --explicit-target-dependency-import-check error
	PATRON_CRASH_RUNS=$(or $(RUNS),200) PATRON_CRASH_SEED=$(SEED) scripts/test.sh --filter SystemTests.CrashTests

# RUNS kills, ROUNDS times the seeds of each storage test. ENTRIES=100000000 takes some hours and 30 GiB.
soak: packages
	swift build --build-tests --explicit-target-dependency-import-check error
	PATRON_CRASH_RUNS=$(or $(RUNS),2000) PATRON_CRASH_SEED=$(SEED) scripts/test.sh --filter SystemTests.CrashTests
	PATRON_SOAK_ROUNDS=$(or $(ROUNDS),20) scripts/test.sh --filter 'PowerCutTests|RandomFaultTests|SerializabilityTests|ArchiveCrashTests'
	@if [ -n "$(ENTRIES)" ]; then $(MAKE) bench-storage ENTRIES=$(ENTRIES); fi

fuzz: packages
	@scripts/fuzz.sh

bench:
	@scripts/install-packages.sh bench
	swift build -c release
	@scripts/bench.sh "$$(swift build -c release --show-bin-path)"

# ROUNDS=N and SECONDS_EACH=S change how long it takes; INSTRUCTIONS=1 counts instructions, under valgrind, and nothing else.
bench-rpc:
	@scripts/install-packages.sh bench
	swift build -c release
	@scripts/bench-rpc.sh "$$(swift build -c release --show-bin-path)"

# ENTRIES=N is the largest ledger that is written to; ten million takes some minutes to fill.
bench-storage: packages
	swift build -c release --product storage-bench
	@scripts/bench-storage.sh "$$(swift build -c release --show-bin-path)" $(or $(ENTRIES),1000000)

# A million members with ten million lots take some minutes to fill, and 4 GB.
bench-loyalty: packages
	swift build -c release --product loyalty-bench
	@"$$(swift build -c release --show-bin-path)/loyalty-bench" --members $(or $(MEMBERS),100000) --lots $(or $(LOTS),1000000) --json .build/bench/loyalty.json

clean:
	rm -rf .build data
