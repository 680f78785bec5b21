#!/bin/sh
# Builds secaws in two different folders and compares: what a reader builds from the source is what we release.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
for n in 1 2; do
	mkdir "$work/$n"
	(cd "$top" && tar -cf - --exclude=./.git --exclude=./bin .) | (cd "$work/$n" && tar -xf -)
	(cd "$work/$n" && CGO_ENABLED=0 go build -trimpath -buildvcs=false -tags urfave_cli_no_docs,nethttpomithttp2 -ldflags "-s -w" -o secaws ./cmd/secaws)
done
if cmp "$work/1/secaws" "$work/2/secaws"; then
	echo "reproducible: $(sha256sum "$work/1/secaws" | cut -c1-64)"
else
	echo "two builds in two folders differ" >&2
	exit 1
fi
