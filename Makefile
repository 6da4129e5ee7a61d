# Parley. `make run` tries it out, `make test` tests it; both do all the set-up that they need.

GO        ?= go
T         ?= 10s
BIN        = bin
# The version that the program tells comes from git.
VERSIONED  = -trimpath -buildvcs=auto
STRIPPED   = $(VERSIONED) -ldflags '-s -w'

.PHONY: all build compiler run test race lint fuzz e2e bench size gen gen-go gen-web gen-check docs web prepare setup clean

all: build

## build: both programs: with embedded DuckDB, and static without it
build: compiler
	CGO_ENABLED=1 $(GO) build $(VERSIONED) -o $(BIN)/parley ./cmd/parley
	CGO_ENABLED=0 $(GO) build $(STRIPPED) -o $(BIN)/parley-static ./cmd/parley

# Without a C++ compiler the go command would leave DuckDB out, and the pages would stay empty.
compiler:
	@command -v g++ >/dev/null || .ci/setup build-essential

## run: a server to try: own certificate authority, domain parley.test, sample users, probe calls
run: build
	$(BIN)/parley local --dir run

## test: every test, of the Go code, of the page and with real clients; ends with "N passed, N failed, N skipped"
test: prepare
	@$(BIN)/testrun

## prepare: all that the tests need
prepare: setup web/node_modules
	@$(GO) build -o $(BIN)/testrun ./test/run

## race: the Go tests under the race detector
race:
	$(GO) test -race ./...

## lint: form, vet, the house rules, staticcheck, and the page's
lint: web/node_modules
	@test -z "$$(gofmt -l cmd internal test)" || { echo "gofmt would change:"; gofmt -l cmd internal test; exit 1; }
	$(GO) vet ./...
	$(GO) test ./test/arch
	$(GO) tool -modfile=tools/go.mod staticcheck ./...
	cd web && npm run --silent check

## fuzz: every fuzz target for T each (default 10s)
fuzz:
	@$(GO) build -o $(BIN)/testrun ./test/run
	@$(BIN)/testrun -fuzz $(T)

## e2e: only the tests with real clients
e2e: setup
	$(GO) test -count=1 ./test/e2e/... ./test/peers/...

## bench: the numbers beside other servers' on this machine, and the Go benchmarks of the hot paths
bench: setup build
	$(GO) test -run '^$$' -bench . -benchtime 1s ./internal/wire/sip ./internal/state ./internal/event ./internal/stack/... ./internal/wire/qoe ./internal/quality/ingest
	$(GO) run ./test/bench/sip
	$(GO) run ./test/bench/sip
	$(GO) run ./test/bench/relay
	$(GO) run ./test/bench/sip
	$(GO) run ./test/bench/relay
	$(GO) run ./test/bench/quality

## size: both programs against their budgets
size: build
	$(GO) build $(STRIPPED) -o $(BIN)/parley-stripped ./cmd/parley
	@$(GO) run ./test/size $(BIN)/parley-stripped $(BIN)/parley-static

## gen: everything that is generated from a source of truth
gen: gen-go gen-web

gen-go:
	$(GO) generate ./...
	$(GO) tool -modfile=tools/go.mod oapi-codegen -config api/oapi-codegen.yaml api/openapi.yaml

gen-web: web/node_modules
	cd web && npm run --silent gen

## gen-check: whether what is generated is current; a test of `make test` as well
gen-check: web/node_modules
	$(GO) test -count=1 -run 'Generated|Reference|Specification|Trap' ./test/arch

## docs: the reference pages
docs:
	$(GO) generate ./...

## web: the page, which is committed as built, so that Go alone builds the program; a test tells when it is older than its sources
web: web/node_modules
	cd web && npm run --silent build

web/node_modules: web/package-lock.json
	cd web && npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

setup:
	@.ci/setup

clean:
	rm -rf $(BIN) run web/node_modules
