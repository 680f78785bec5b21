#!/bin/sh
# The whole story on awslab, four AWS accounts on loopback, in a throw-away HOME: nothing of yours is read or written.
# Each command is shown before it runs, and what it prints is what it prints. Started by: make demo
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)

home=$(mktemp -d)
lab=$home/lab
# Only what is named here reaches the commands below, so your own AWS settings cannot.
if [ "${DEMO_HOME:-}" != "$$" ]; then
	rm -rf "$home"
	exec env -i DEMO_HOME=$$ PATH="$top/bin:$PATH" HOME=/nonexistent TMPDIR="${TMPDIR:-/tmp}" TERM="${TERM:-dumb}" LANG="${LANG:-C.UTF-8}" sh "$0"
fi
export HOME="$home"

lab_pid=
cleanup() {
	[ -z "$lab_pid" ] || { kill "$lab_pid" 2>/dev/null || :; wait "$lab_pid" 2>/dev/null || :; }
	rm -rf "$home"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

say() { printf '\n\033[1m# %s\033[0m\n' "$*"; }
show() { printf '\033[36m$ %s\033[0m\n' "$*"; }
run() { show "$*"; "$@"; }
refused() {
	show "$*"
	if "$@"; then
		echo "demo: this had to be refused, and was not" >&2
		exit 1
	fi
	printf '\033[2m(refused, as it should be)\033[0m\n'
}

# The AWS CLI where there is one; a tiny command of awslab elsewhere. (Releases before 2.13 do not know AWS_ENDPOINT_URL.)
if command -v aws >/dev/null 2>&1; then
	mb() { printf 'aws s3 mb s3://%s' "$1"; }
	aws_args() { echo "aws --endpoint-url $AWS_ENDPOINT_URL s3 mb s3://$1"; }
else
	mb() { printf 'awslab s3 mb s3://%s' "$1"; }
	aws_args() { echo "awslab s3 mb s3://$1"; }
fi
make_bucket() { # PROFILE BUCKET
	show "secaws exec $1 -- $(mb "$2")"
	# shellcheck disable=SC2046 # the words are ours and hold no blanks
	secaws exec "$1" -- $(aws_args "$2")
}
refused_bucket() { # PROFILE BUCKET
	if make_bucket "$1" "$2"; then
		echo "demo: this had to be refused, and was not" >&2
		exit 1
	fi
	printf '\033[2m(refused, as it should be)\033[0m\n'
}
phone() { echo "awslab totp --dir $lab --fresh $1"; }
