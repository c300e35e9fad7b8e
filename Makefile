# slice2go: Ice for Go. `make help` lists what can be done here.
#
# What people need on a bare machine: Go and make. The rest is fetched: Go
# modules through the module proxy, Debian packages (for the tests only) by
# apt-get where that is allowed.

MAKEFLAGS += --no-print-directory
SHELL := /bin/sh
.DEFAULT_GOAL := all

# A distribution's Go may be told never to fetch another version of itself;
# go.mod says which one we need.
GOTOOLCHAIN ?= auto
export GOTOOLCHAIN
ifneq ($(MAKECMDGOALS),help)
GO := $(shell .ci/find-go)
ifeq ($(GO),)
$(error no usable Go; see the lines above)
endif
export PATH := $(dir $(GO)):$(PATH)
endif

# What `make fuzz` and `make bench` spend on each target.
FUZZTIME ?= 30s
BENCHTIME ?= 1s
ROUNDS ?= 1
PKG ?= ./...
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
# SKIPS=-forbid-skips makes every skipped test a failure, as CI wants it.
SKIPS ?=
# The tests of several packages start peers of their own; two at a time keep a
# two-core machine from being so busy that patience runs out.
TESTFLAGS ?= -p 2 -timeout 15m
# Where generated packages are checked in; a test generates those of interop/gen.
CONFIGS := $(shell find . -name slice2go.yaml -not -path './out/*' -not -path './interop/gen/*' | sort)

.PHONY: all help modules generate check-generated build test race lint fuzz bench compare demo clean

## all: what a bare `make` does: fetch, generate, build, and say what there is now
all: modules generate build
	@echo
	@echo "Done. bin/slice2go is the compiler; generated/omero is OMERO's API in Go."
	@echo "Next: README.md, or one of these:"
	@sed -n 's/^## \([a-z-]*\): \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-24s %s\n", $$1, $$2}'

## help: this list
help:
	@sed -n 's/^## \([a-z-]*\): \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-24s %s\n", $$1, $$2}'

## modules: fetch the Go modules that go.mod names
modules:
	@echo "go: $$($(GO) version)"
	@$(GO) mod download

## generate: write the generated packages from slice/definitions
generate: bin/slice2go
	@for c in $(CONFIGS); do echo "slice2go generate --config $$c"; bin/slice2go generate --config $$c || exit 1; done

## check-generated: fail if a generated file is not what slice2go writes now
check-generated: bin/slice2go
	@for c in $(CONFIGS); do echo "slice2go generate --check --config $$c"; bin/slice2go generate --check --config $$c || exit 1; done

## build: compile every package, and the compiler into bin/
build: bin/slice2go
	@$(GO) build ./...
	@echo "built $$($(GO) list ./... | wc -l) packages and bin/slice2go ($$(bin/slice2go version))"

.PHONY: bin/slice2go
bin/slice2go:
	@mkdir -p bin
	@$(GO) build -o bin/slice2go ./cmd/slice2go

## test: all tests, with real ZeroC peers (installs their Debian packages where it may)
test:
	@.ci/install-debian || { s=$$?; echo "make test: NOT everything can be tested here; what is skipped is listed at the end" >&2; test $$s -eq 3; }
	$(GO) run ./.ci/gotest $(SKIPS) -count=1 $(TESTFLAGS) $(PKG)

## race: the same tests under the race detector
race:
	@.ci/install-debian || test $$? -eq 3
	$(GO) run ./.ci/gotest $(SKIPS) -race -count=1 $(TESTFLAGS) $(PKG)

## lint: gofmt, go vet and staticcheck
lint:
	@unformatted=$$(gofmt -l $$(git ls-files --cached --others --exclude-standard '*.go')); \
	if [ -n "$$unformatted" ]; then echo "gofmt -w is due for:"; echo "$$unformatted"; exit 1; fi
	$(GO) vet ./... ./.ci/gotest
	$(GO) run $(STATICCHECK) ./... ./.ci/gotest

## fuzz: every fuzz target for FUZZTIME (30s); PKG=./parser narrows it
fuzz:
	@for p in $$($(GO) list $(PKG)); do \
		for f in $$($(GO) test -list '^Fuzz' $$p | grep '^Fuzz'); do \
			echo "fuzz $$p $$f"; \
			$(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$p || exit 1; \
		done; \
	done

## bench: every Go benchmark for BENCHTIME (1s); PKG=./runtime/wire narrows it
bench:
	$(GO) test -run '^$$' -bench . -benchmem -benchtime $(BENCHTIME) -p 1 $(PKG)

## compare: our client beside ZeroC's C++, Java and Python clients, ROUNDS times (1) about six minutes
compare:
	@.ci/install-debian
	BENCH_OUT=$(CURDIR)/out/bench interop/bench/run.sh -r $(ROUNDS)

## demo: an OMERO in this process, asked a hundred things one by one and then at once
demo:
	@$(GO) run ./cmd/omero demo

## clean: remove what was built here
clean:
	rm -rf bin out
