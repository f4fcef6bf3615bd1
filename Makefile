# Everything that is done with the project, by name. `make demo` and `make test` need nothing but Go, Node and a shell.

# An older Go fetches the one that go.mod names by itself.
export GOTOOLCHAIN := auto

version := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
go_files := $(shell git ls-files '*.go' 2>/dev/null)

.PHONY: build demo test race soak check bench clean

build: ## the binary, for this machine
	CGO_ENABLED=0 go build -trimpath -ldflags "-s -w -X greenroom/hooks/cli.Version=$(version)" -o greenroom .

demo: build ## a studio that looks real, served on this machine
	./greenroom demo --dir demo_data
	./greenroom serve --dir demo_data --http 127.0.0.1:8090

test: build ui/node_modules ## everything that fits its time
	CGO_ENABLED=0 GREENROOM_BIN=$(CURDIR)/greenroom go test -timeout 15m ./...
	cd ui && GREENROOM_BIN=$(CURDIR)/greenroom npm run --silent test:sdk

race: ## the Go tests again under the race detector, which needs a C compiler
	CGO_ENABLED=1 go test -race -timeout 15m $$(go list ./... | grep -v hooks/durable)

soak: build ## the long runs
	GREENROOM_BIN=$(CURDIR)/greenroom GREENROOM_KILL_ROUNDS=50 go test -count=1 -timeout 60m ./hooks/durable

check: ## formatting, vet, lint, tidy modules
	@test -z "$$(gofmt -l $(go_files))" || { echo "gofmt would change:"; gofmt -l $(go_files); exit 1; }
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
	go mod tidy -diff

bench: ## figures beside PocketBase's own way and a floor
	go run ./bench

clean: ## what was built and the demo's data
	rm -rf greenroom demo_data ui/node_modules

ui/node_modules: ui/package-lock.json
	cd ui && npm ci --no-audit --no-fund --loglevel=error
	@touch $@
