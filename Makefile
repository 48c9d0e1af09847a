# Bare `make` lists what can be done. `make run ARGS="--sip 127.0.0.1:5080"` passes on what `dyzurka run` understands.
.DEFAULT_GOAL := help
.PHONY: image box-test screens words help run test test-trixie test-fresh nights lint deb deb-test bench bench-asterisk explore faults fuzz soak voices clean

ARGS ?=

help: ## say what can be done here
	@sed -n 's/^\([a-z-]*\): ## /\1: /p' Makefile

run: ## set up what is missing on a Debian machine, then start the sample building
	@tools/setup.sh run
	@mkdir -p dyzurka-data
	@[ -e dyzurka-data/building.toml ] || cp examples/lipowa7.toml dyzurka-data/building.toml
	@exec .venv/bin/dyzurka run --data dyzurka-data $(ARGS)

test: ## set up what is missing, then run all tests that need no special hardware
	@tools/setup.sh test
	@$(MAKE) --no-print-directory lint
	@PICTURES=0 .venv/bin/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder \
		$(wildcard tests/browser tests/peers tests/hardware tests/scenarios tests/lines tests/unit)
	@.venv/bin/python -m pytest -n 3 --dist loadfile $(wildcard tests/bench tests/faults)

image: ## build the SD card image for the Raspberry Pi (as root); ./build.sh --help
	@./build.sh

box-test: ## boot the image in QEMU, call it and look at it; builds the card first; BOX=ci leaves out what takes a box of its own
	@tools/setup.sh test
	@tools/setup.sh box
	@./build.sh --card
	@BOX=$(or $(BOX),full) .venv/bin/python -m pytest tests/box $(ARGS)

test-trixie: ## run unit tests and scenarios under Python 3.13 in a Debian trixie root
	@tools/test-trixie.sh

test-fresh: ## make run, one call, and make run again in a fresh Debian 12 root
	@tools/test-fresh.sh

nights: ## live through N random nights of a simulated building and check every promise; N=1000, FIRST=1
	@tools/setup.sh test
	@.venv/bin/python -m appliance.nights.cli --count $(or $(N),1000) --first $(or $(FIRST),1)

weeks: ## live through N weeks of nights in one process, and tell what grows from day to day; N=10
	@tools/setup.sh test
	@.venv/bin/python -m appliance.nights.cli --weeks --count $(or $(N),10) --first $(or $(FIRST),1)

lint: ## check style and types
	@.venv/bin/ruff check --quiet .
	@.venv/bin/ruff format --quiet --check .
	@.venv/bin/mypy

deb: ## build the Debian 13 packages, build/dyzurka_VERSION_ARCH.deb; ARGS=amd64 or arm64 for one
	@tools/setup.sh run
	@tools/build-deb.sh $(ARGS)

deb-test: ## install, upgrade, remove and purge the amd64 package in a Debian 13 root (as root); OLD=FILE.deb to upgrade from
	@tools/setup.sh run
	@tools/test-deb.sh $(OLD)

bench: ## measure what the README promises
	@tools/setup.sh test
	@.venv/bin/python -m tests.bench $(ARGS)

bench-asterisk: ## put an Asterisk beside us for `make bench` to measure: a Debian 11 root in .cache/bullseye
	@tools/setup.sh roots
	@tools/debian-root.sh make bullseye $(CURDIR)/.cache/bullseye main asterisk

faults: ## break things long and hard: 200 kills, disks, strangers
	@tools/setup.sh test
	@FAULTS_LONG=1 .venv/bin/python -m pytest tests/faults --ignore tests/faults/test_fuzz.py --ignore tests/faults/test_soak.py --timeout 3600 -s $(ARGS)

explore: ## run the tests that make up their own input with input they have not had yet
	@tools/setup.sh test
	@HYPOTHESIS=explore .venv/bin/python -m pytest -n 2 -m hypothesis tests/unit tests/lines tests/scenarios $(ARGS)

fuzz: ## a million broken packets through the socket
	@tools/setup.sh test
	@FAULTS_LONG=1 .venv/bin/python -m pytest tests/faults/test_fuzz.py --timeout 3600 -s $(ARGS)

soak: ## half an hour of 40 calls at once with constant turnover
	@tools/setup.sh test
	@FAULTS_LONG=1 .venv/bin/python -m pytest tests/faults/test_soak.py --timeout 3600 -s $(ARGS)

screens: ## take pictures of every page into build/screens, and keep a few in docs/screens
	@tools/setup.sh test
	@.venv/bin/python -m pytest -n 2 --dist loadfile tests/browser
	@.venv/bin/python -m tests.browser.screens

words: ## bring the page's Polish files up to date; says what has no Polish yet
	@tools/setup.sh test
	@.venv/bin/python tools/words.py

voices: ## render the shipped sentences and the hold music again
	@tools/setup.sh run
	@tools/voices.sh

clean: ## remove what can be made again: environment, caches, Debian roots
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis .setup-run .setup-test build *.egg-info
