# Every target is a sentence in `make help`. Nothing here needs root but `make deps` on a bare machine.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run build client binary test test-long check bench gen gen-check shots docs-shots deps clean

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X main.version=$(VERSION)
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

help: ## say what there is
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## build everything and start the demo center on a fresh data folder
	@echo "[1/3] client"; $(MAKE) --no-print-directory client
	@echo "[2/3] binary"; $(MAKE) --no-print-directory binary
	@echo "[3/3] demo"; exec bin/linekeeper demo

build: client binary ## build bin/linekeeper: one file with the client inside (STATIC=1: static, without Opus encoding)

client: web/node_modules/.package-lock.json
	@cd web && npm run --silent build -- --logLevel warn

binary:
	@CGO_ENABLED=0 go build $(if $(STATIC),-tags static) -trimpath -ldflags '$(LDFLAGS)' -o bin/linekeeper ./cmd/linekeeper
	@echo "bin/linekeeper $(VERSION), $$(du -h bin/linekeeper | cut -f1)"

web/node_modules/.package-lock.json: web/package-lock.json
	@echo "installing the client's packages"; cd web && npm ci --silent

test: ## everything, on a fresh machine too: installs what is missing where it can
	@tools/test/run

test-long: ## the tests that take longer: race detector everywhere, fuzzing of each target for 20 s
	@tools/test/run long

check: ## format, vet, staticcheck, client lint and types, dependency rule, generated files
	@tools/test/run check

bench: ## measure and write bench/results.md (BENCH_SHORT=1: quickly; ARGS='-run name': one row)
	@$(MAKE) --no-print-directory build
	@go run ./tools/bench $(ARGS)

gen: ## write what is generated: openapi.json, client types, schema.sql, sample configuration, parts of the guides
	@tools/test/gen

shots: build ## walk the demo's screens in three languages and leave pictures in web/shots
	@node web/e2e/shots.mjs

docs-shots: build ## take the pictures of the users' guide anew
	@node web/e2e/docs.mjs

deps: ## install what the tests need (as root, on Debian) and the client's packages
	@tools/test/deps

clean: ## remove what was built
	@rm -rf bin tmp web/shots web/node_modules web/tools/node_modules
	@find web/dist -mindepth 1 ! -name .keep -delete 2>/dev/null || true
