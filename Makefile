# The tasks of the project by name. `make demo` needs Go and a shell, `make test` also Node and a Chromium.

# An older Go fetches the one that go.mod names by itself.
export GOTOOLCHAIN := auto
# With -trimpath, builds, vet and tests share the build cache, whatever the folder of the checkout.
export GOFLAGS := -trimpath
# Without cgo everywhere: the binary is static, and what vet and lint compile serves the tests too. Only the race detector needs it.
export CGO_ENABLED := 0

version := $(shell git describe --tags --match "v*" --always --dirty 2>/dev/null || echo dev)
go_files := $(shell git ls-files '*.go' 2>/dev/null)

.PHONY: build ui demo test test-go test-ui race soak check check-go check-ui check-unit check-release bench screens release clean

build: ## the binary, for this machine
	go build -trimpath -ldflags "-s -w -X greenroom/hooks/cli.Version=$(version)" -o greenroom .

release_flags = -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X greenroom/hooks/cli.Version=$(version)"

release: ## static binaries for Linux and macOS with their checksums, in dist/: two builds of the same commit are byte-equal
	rm -rf dist && mkdir dist
	for target in linux/amd64 linux/arm64 darwin/amd64 darwin/arm64; do \
		GOOS=$${target%/*} GOARCH=$${target#*/} go build $(release_flags) \
			-o dist/greenroom-$(version)-$${target%/*}-$${target#*/} . || exit 1; \
	done
	cd dist && sha256sum greenroom-* >SHA256SUMS

ui: ui/node_modules ## the portal's bundle and the Studio's, which the binary embeds: commit them with their sources
	cd ui && npm run --silent build && npm run --silent build:studio

demo: build ## a studio that looks real, served on this machine
	./greenroom demo --dir demo_data
	./greenroom serve --dir demo_data --http 127.0.0.1:8090

test: test-go test-ui ## everything that fits its time

# Tests write into memory where it has room and programs may run there: what they flush to the disk costs nothing then.
scratch = $(or $(TMPDIR),$(shell awk '$$2 == "/dev/shm" && $$4 !~ /noexec/ {found = 1} END {exit !found}' /proc/mounts 2>/dev/null && \
	awk '$$1 == "MemAvailable:" {exit $$2 < 8000000}' /proc/meminfo && test $$(df --output=avail /dev/shm | tail -1) -gt 8000000 && \
	test -w /dev/shm && echo /dev/shm || echo /tmp))

# Without tables for debuggers, which nobody reads of a test program, linking the thirty programs takes two thirds of the time.
lean = -ldflags "-s -w"

# make check vets; tests that wait do it four at a time, and three programs at a time fill two processors; they run in
# another order each time, whose seed go prints.
test-go: build
	TMPDIR=$(scratch) GREENROOM_BIN=$(CURDIR)/greenroom go test $(lean) -vet=off -shuffle=on -p 3 -parallel 4 -timeout 15m ./...

test-ui: build ui/node_modules
	cd ui && GREENROOM_BIN=$(CURDIR)/greenroom npm test --silent

# The detector does not watch SQLite, whose memory C's rules govern: the tests take a quarter of the time then.
race: ## the Go tests again under the race detector, which needs a C compiler; durable's test a server in another process
	GORACE="suppressions=$(CURDIR)/.ci/races-of-pocketbase $(GORACE)" TMPDIR=$(scratch) CGO_ENABLED=1 \
		go test -race -gcflags=modernc.org/...=-race=false $(lean) -vet=off -timeout 15m $(or $(PACKAGES),$$(go list ./... | grep -v hooks/durable))

soak: build ## the long runs
	GREENROOM_BIN=$(CURDIR)/greenroom GREENROOM_SOAK=1 GREENROOM_KILL_ROUNDS=50 GREENROOM_REPLICA_ROUNDS=30 GREENROOM_FAILOVER_ROUNDS=6 \
		go test -count=1 -timeout 60m ./hooks/durable
	GREENROOM_BIN=$(CURDIR)/greenroom GREENROOM_SOAK=1 go test -count=1 -timeout 60m -run LargeFile ./hooks/files
	GREENROOM_SOAK=1 go test -count=1 -run Memory ./hooks/loudness
	GREENROOM_BIN=$(CURDIR)/greenroom GREENROOM_SOAK=1 go test -count=1 -run 'LargeMove|AnyOrder' ./hooks/importer ./hooks/clerk

check: check-go check-ui check-unit check-release ## formatting, vet, lint, tidy modules, the front end's types and bundles

# vet reads every dependency, and collects garbage for a fifth of that time unless it may take 2 GB.
check-go:
	@test -z "$$(gofmt -l $(go_files))" || { echo "gofmt would change:"; gofmt -l $(go_files); exit 1; }
	@out=$$(go run golang.org/x/tools/cmd/goimports@v0.52.0 -local greenroom -l $(go_files)) && test -z "$$out" || { echo "goimports would change:"; echo "$$out"; exit 1; }
	GOGC=400 go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
	go mod tidy -diff

check-unit: ## the systemd unit, if systemd is installed to check it
	@command -v systemd-analyze >/dev/null || exit 0; dir=$$(mktemp -d); trap 'rm -r "$$dir"' EXIT; \
		sed 's|/usr/local/bin/greenroom|/bin/true|' deploy/greenroom.service >$$dir/greenroom.service; \
		out=$$(systemd-analyze verify $$dir/greenroom.service 2>&1) && test -z "$$out" || { echo "$$out"; exit 1; }

check-release: ## a release is the same, byte by byte, wherever it is built
	@dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; mkdir $$dir/elsewhere && \
		git ls-files -zco --exclude-standard | tar -c --ignore-failed-read --null -T - | tar -x -C $$dir/elsewhere && \
		go build $(release_flags) -o $$dir/here . && go build -C $$dir/elsewhere $(release_flags) -o ../there . && \
		{ cmp $$dir/here $$dir/there || { echo "Two builds of the same sources differ."; exit 1; }; }

check-ui: ui/node_modules
	cd ui && npm run --silent check
	cd ui && OUT=.svelte-kit/fresh npm run --silent build && STUDIO_OUT=.svelte-kit/fresh-studio npm run --silent build:studio
	@diff -rq -x '*.br' -x '*.gz' ui/build ui/.svelte-kit/fresh && diff -rq ui/studio/build ui/.svelte-kit/fresh-studio || \
		{ echo "A committed bundle is stale: run make ui and commit ui/build and ui/studio/build."; exit 1; }

screens: build ui/node_modules ## pictures of every page into ui/e2e/screens, and those of the README
	cd ui && GREENROOM_BIN=$(CURDIR)/greenroom npm run --silent screens

bench: ## figures beside PocketBase's own way and a floor; with MODE=peer beside the system that it replaces
	go run ./bench $(MODE)

clean: ## what was built and the demo's data
	rm -rf greenroom demo_data dist ui/node_modules ui/.svelte-kit ui/e2e/screens

ui/node_modules: ui/package-lock.json
	cd ui && npm ci --no-audit --no-fund --loglevel=error
	@touch $@
