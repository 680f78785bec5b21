#!/bin/sh
# Installs secaws for one person: built from this checkout, or taken from a release archive whose checksum is right.
#
#   sh install.sh                                   build and install into ~/.local/bin
#   sh install.sh --archive secaws.tar.gz --checksums SHA256SUMS
#   sh install.sh --prefix /opt/secaws              into /opt/secaws/bin
#   sh install.sh --uninstall                       remove the program (keys, sessions and settings stay)
set -eu

say() { printf 'install: %s\n' "$*"; }
die() { printf 'install: %s\n' "$*" >&2; exit 1; }
wrong() { die "$1 (see the first lines of install.sh)"; }

prefix=${HOME:?}/.local archive='' checksums='' uninstall=''
while [ $# -gt 0 ]; do
	case $1 in
	--prefix | --archive | --checksums)
		[ $# -ge 2 ] || wrong "$1 needs a value"
		case $1 in --prefix) prefix=$2 ;; --archive) archive=$2 ;; --checksums) checksums=$2 ;; esac
		shift 2
		;;
	--uninstall) uninstall=1; shift ;;
	*) wrong "unknown argument $1" ;;
	esac
done
target=$prefix/bin/secaws

if [ -n "$uninstall" ]; then
	if [ -e "$target" ]; then
		rm -f "$target"
		say "removed $target; keys, sessions and settings are untouched"
	else
		say "nothing to remove: $target is not there"
	fi
	exit 0
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

sum() { if command -v sha256sum >/dev/null 2>&1; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d' ' -f1; }

from_archive() {
	[ -n "$checksums" ] || die "an archive is installed only with --checksums FILE to check it against"
	[ -r "$archive" ] || die "cannot read $archive"
	[ -r "$checksums" ] || die "cannot read $checksums"
	want=$(awk -v f="$(basename "$archive")" '{ n = $2; sub(/^\*/, "", n); if (n == f) print $1 }' "$checksums")
	[ -n "$want" ] || die "$checksums has no line for $(basename "$archive")"
	got=$(sum "$archive")
	[ "$got" = "$want" ] || die "checksum of $archive is $got, but $checksums says $want: nothing installed"
	tar -xzf "$archive" -C "$work" secaws || die "$archive holds no file named secaws"
	say "checksum of $(basename "$archive") is right"
}

from_checkout() {
	cd "$(dirname "$0")"
	command -v go >/dev/null 2>&1 || die "Go is needed to build from the checkout: https://go.dev/dl, or install a release with --archive"
	say "building secaws with $(go env GOVERSION)"
	version=$(git describe --tags --always --dirty 2>/dev/null || echo unknown)
	[ "$(go env GOOS)" = darwin ] || export CGO_ENABLED=0 # the Keychain needs cgo; elsewhere it costs every start time
	go build -trimpath -tags urfave_cli_no_docs,nethttpomithttp2 -ldflags "-s -w -X main.version=$version" -o "$work/secaws" ./cmd/secaws
}

if [ -n "$archive" ]; then from_archive; else from_checkout; fi

mkdir -p "$prefix/bin"
# A copy beside the target, then a rename: a running secaws keeps its file, and a full disk leaves the old one.
cp "$work/secaws" "$target.new.$$"
chmod 755 "$target.new.$$"
mv -f "$target.new.$$" "$target"
say "installed $target ($("$target" version 2>/dev/null | head -n 1))"
case ":$PATH:" in
*":$prefix/bin:"*) ;;
*) say "add it to your PATH: export PATH=\"$prefix/bin:\$PATH\"" ;;
esac
say "next: secaws add NAME"
