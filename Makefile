# Every target is a line or two that also works when typed by hand.

GO        ?= go
TESTFLAGS ?=
RACE_PKGS ?= ./theory/... ./circuits/arith/... ./reductions/chess/...
FUZZTIME  ?= 10s
BENCH     ?= .
BENCHPKGS ?= ./...
COUNT     ?= 3
FIGURES   ?= build/figures

COMMANDS  := $(sort $(notdir $(patsubst %/,%,$(dir $(wildcard cmd/tc0/*.go cmd/tc0-verify/*.go)))))

.DEFAULT_GOAL := help
.PHONY: help build test bench demo figure3 figure3-full lint fuzz clean

help: ## list the targets and the variables that change them
	@awk -F ':.*## ' '/^[a-z0-9 -]+:.*## / {printf "  %-7s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@awk -F ' *\\?= ?' '/^[A-Z_]+ +\?=/ {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

build: ## compile every package, and the commands into bin/
	$(GO) build ./...
	@for c in $(COMMANDS); do \
		echo "$(GO) build -o bin/$$c ./cmd/$$c"; \
		$(GO) build -trimpath -buildvcs=false -o bin/$$c ./cmd/$$c || exit 1; \
	done

test: ## run all tests, then the short ones of RACE_PKGS under the race detector
	$(GO) test $(TESTFLAGS) ./...
	$(if $(strip $(RACE_PKGS)),$(GO) test -race -short $(RACE_PKGS))

bench: ## run the benchmarks COUNT times (BENCH selects by name)
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -count $(COUNT) $(BENCHPKGS)

demo: build ## compile the shipped flip-flop checkpoint, check the circuit, compare, count
	bin/tc0 compile theory/ssm/testdata/mamba-flipflop4 --length 8 --bits 8 -o build/demo
	bin/tc0 check build/demo
	bin/tc0 equiv build/demo --samples 100 --seed 1
	bin/tc0 stats build/demo

figure3 figure3-full: build ## train what the figure needs (an hour; -full many) and draw it in FIGURES
	mkdir -p $(FIGURES)
	bin/tc0 sweep docs/figures/$@.json -o $(FIGURES)/$@.jsonl > $(FIGURES)/$@.txt
	bin/tc0 plot figure3 $(FIGURES)/$@.jsonl --grid docs/figures/$@.json -o $(FIGURES)/$@.svg
	bin/tc0 compare $(FIGURES)/$@.jsonl > $(FIGURES)/$@-theory.txt

lint: ## gofmt, go vet, tidy modules, staticcheck
	@bad=$$(gofmt -l .); if [ -n "$$bad" ]; then echo "not formatted by gofmt:"; echo "$$bad"; exit 1; fi
	$(GO) vet ./...
	$(GO) mod tidy -diff
	$(GO) tool staticcheck ./...

fuzz: ## run every fuzz target of every package for FUZZTIME
	@for p in $$($(GO) list ./...); do \
		targets=$$($(GO) test -run '^$$' -list '^Fuzz' $$p) || { echo "$$targets"; exit 1; }; \
		for f in $$(echo "$$targets" | grep '^Fuzz'); do \
			echo "== $$p $$f"; \
			$(GO) test -run '^$$' -fuzz "^$$f\$$" -fuzztime $(FUZZTIME) $$p || exit 1; \
		done; \
	done

clean: ## remove bin/ and build/
	rm -rf bin build
