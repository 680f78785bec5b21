# make demo · the whole story on a rehearsal cloud      make test · vet and every test, with the race detector
# make build · bin/secaws and bin/awslab                make check · format, linters, cross-compiles, reproducibility
# make bench · speed and size, as ratios to a Go hello-world in the same run

STATICCHECK   = honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOLANGCI_LINT = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
# urfave_cli_no_docs leaves out a manual-page generator that would cost every start time; nethttpomithttp2 leaves out
# HTTP/2, which the AWS APIs we call do not need (0.4 MB). Without cgo there is no
# dynamic linking at every start; the Keychain of macOS needs it.
ifneq ($(shell go env GOOS),darwin)
BUILD = CGO_ENABLED=0 go build
else
BUILD = go build
endif
BUILD += -trimpath -tags urfave_cli_no_docs,nethttpomithttp2 -ldflags "-s -w -X main.version=$(VERSION)"
# The race detector needs cgo; a machine with Go and make alone has no C compiler.
RACE := $(shell command -v gcc >/dev/null 2>&1 || command -v cc >/dev/null 2>&1 && echo -race)

.PHONY: build demo test check vet lint cross reproducible bench fuzz clean

build:
	$(BUILD) -o bin/ ./cmd/secaws ./cmd/awslab

demo: build
	@sh docs/demo.sh

test: vet
ifeq ($(RACE),)
	@echo "make test: no C compiler here, so the tests run without the race detector"
endif
	go test $(RACE) -timeout 40m ./...

vet:
	go vet ./...

check: vet lint cross reproducible
	go mod verify
	@test -z "$$(gofmt -l .)" || { echo "not gofmt'ed:"; gofmt -l .; exit 1; }

lint:
	go run $(STATICCHECK) ./...
	go run $(GOLANGCI_LINT) run ./...

# Darwin without cgo has no Keychain and refuses to compile; the tag crosscheck lets vet read it all the same.
cross:
	GOOS=windows go vet ./...
	GOOS=linux GOARCH=arm64 go vet ./...
	GOOS=darwin CGO_ENABLED=0 go vet -tags crosscheck ./...

reproducible:
	@sh internal/house/reproducible.sh

bench: build
	go test -run '^$$' -bench . -benchtime 1x -count 1 ./internal/bench
	go test -run '^$$' -bench ShellInit -benchtime 20x ./cmd/secaws

FUZZTIME = 20s
fuzz:
	@go list ./... | while read -r p; do go test -list '^Fuzz' $$p | grep '^Fuzz' | while read -r f; do \
		echo "== $$p $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) $$p || exit 1; done || exit 1; done

clean:
	rm -rf bin
