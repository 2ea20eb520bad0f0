# The commands of this repository. `make help` lists them; nothing here takes a password or writes outside
# the checkout, except that `setup` installs missing Debian packages when it may.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

SWIFT ?= swift
# The Swift toolchain brings its own clang; a machine with it needs no other C compiler.
SHIM_CC ?= $(shell command -v clang || command -v cc)
SWIFT_SOURCES := Package.swift Sources Tests $(wildcard Benchmarks)
RESULTS ?= prove-results/
FUZZ_SECONDS ?= 60
PROCESS_ROUNDS ?= 200
JOBS ?= $(shell nproc)
SANITIZERS ?= address thread
SANITIZED := ^(ServerTests|ProtocolTests|TelemetryTests)\.

SHIM := .build/crash-shim/libholdfast-crash-shim.so
SHIM_SOURCES := $(wildcard Tests/CrashShim/*.c)
PROCESS := Tests/Process/run_process_campaigns.py --worker .build/release/crash-worker --shim $(SHIM)
SERVER_PROCESS := Tests/Process/server_campaign.py --holdfast .build/release/holdfast --shim $(SHIM)
SHIM_PARTS := $(SHIM_SOURCES) $(wildcard Tests/CrashShim/*.h) Tests/CrashShim/exports.map

.PHONY: help setup setup-prove lint format build test prove bench demo fuzz interop process process-share
.PHONY: shim shim-test python-test sanitize

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' Makefile

setup:  ## install what the build needs, or say what is missing
	@scripts/setup

setup-prove:
	@scripts/setup prove

lint:  ## check the format of all sources
	$(SWIFT) format lint --strict --recursive $(SWIFT_SOURCES)

format:  ## format all sources in place
	$(SWIFT) format --in-place --recursive $(SWIFT_SOURCES)

build: setup
	$(SWIFT) build -c release --build-tests

test: setup lint build  ## lint, build and run all tests, as continuous integration does
	$(SWIFT) test -c release --skip-build
	@$(MAKE) --no-print-directory process-share python-test

prove: setup-prove shim  ## the long campaigns: every crash, flip and cut; resumes where it stopped
	$(SWIFT) run -c release holdfast-prove --results $(RESULTS) --jobs $(JOBS)
	$(MAKE) shim-test interop
	$(MAKE) process PROCESS_RESULTS="--results $(RESULTS)"
	@scripts/fuzz --seconds 600 --results $(RESULTS)

bench: setup  ## measure
	$(SWIFT) run -c release holdfast-bench

demo: setup  ## a day of a ledger: serve, import, close, replay, audit
	$(SWIFT) build -c release --product holdfast
	@scripts/demo

fuzz: setup  ## feed decoders with hostile bytes for FUZZ_SECONDS each
	@scripts/fuzz --seconds $(FUZZ_SECONDS)

sanitize: setup  ## run the tests of server, clients and protocol under the sanitizers; long
	for sanitizer in $(SANITIZERS); do \
		$(SWIFT) test --sanitize=$$sanitizer --scratch-path .build/sanitize/$$sanitizer \
			--filter '$(SANITIZED)' || exit 1; \
	done

interop: setup-prove  ## check our proofs and files with other people's software
	@scripts/interop

process: setup-prove shim  ## kill real processes, cut their power, fail their writes: PROCESS_ROUNDS of each
	$(SWIFT) build -c release --product crash-worker
	$(SWIFT) build -c release --product holdfast
	python3 $(PROCESS) --all --rounds $(PROCESS_ROUNDS) $(PROCESS_RESULTS)
	python3 $(SERVER_PROCESS) --rounds $(PROCESS_ROUNDS)

# The share of `make test`: what a machine lacks is skipped, and said.
process-share:
	@[ -z "$(SHIM_CC)" ] || $(MAKE) --no-print-directory shim
	@if command -v python3 >/dev/null; then python3 $(PROCESS) --rounds 10 && \
		python3 $(SERVER_PROCESS) --rounds 5 && \
		python3 Tests/Process/readme.py --holdfast .build/release/holdfast && \
		scripts/demo; \
		else echo 'process campaigns skipped: python3 is not installed'; fi

python-test:  ## test the Python client, against golden bytes and the protocol's page
	@if command -v python3 >/dev/null; then python3 -m unittest discover -b clients/python/tests; \
		else echo 'Python client not tested: python3 is not installed'; fi

shim: $(SHIM)  ## build the library that makes unsynced writes losable

$(SHIM): $(SHIM_PARTS)
	@mkdir -p $(@D)
	$(SHIM_CC) -std=gnu11 -O2 -g -Wall -Wextra -Werror -fPIC -shared -pthread \
		-Wl,--version-script=Tests/CrashShim/exports.map -o $@ $(SHIM_SOURCES)

shim-test: setup-prove shim  ## prove that the shim loses what it may and nothing else
	python3 Tests/CrashShim/test_shim.py $(SHIM)
