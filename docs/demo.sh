#!/bin/sh
# The whole story on awslab, four AWS accounts on loopback, in a throw-away HOME: nothing of yours is read or written.
# Each command is shown before it runs, and what it prints is what it prints. Started by: make demo
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)

# Only what is named here reaches the commands below, so none of your own AWS or secaws settings can.
if [ "${DEMO_HOME:-}" = "" ]; then
	home=$(mktemp -d)
	exec env -i NO_COLOR="${NO_COLOR:-}" DEMO_HOME="$home" HOME="$home" TMPDIR="$home/tmp" PATH="$home/.local/bin:$PATH" TERM="${TERM:-dumb}" \
		LANG="${LANG:-C.UTF-8}" SECAWS_BACKEND=file SECAWS_FILE_PASSPHRASE="of the demo" sh "$top/docs/demo.sh"
fi
home=$DEMO_HOME
lab=$home/lab

lab_pid=
cleanup() {
	[ -z "$lab_pid" ] || { kill "$lab_pid" 2>/dev/null || :; wait "$lab_pid" 2>/dev/null || :; }
	rm -rf "$home"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

bold='' cyan='' dim='' plain=''
if [ -t 1 ] && [ "${NO_COLOR:-}" = "" ]; then
	bold=$(printf '\033[1m') cyan=$(printf '\033[36m') dim=$(printf '\033[2m') plain=$(printf '\033[0m')
fi
say() { printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; }
show() { printf '%s$ %s%s\n' "$cyan" "$*" "$plain"; }
run() { # shows the words as one would type them, and runs them
	line=
	for word; do
		case $word in *" "*) word="\"$word\"" ;; esac
		line="$line $word"
	done
	show "${line# }"
	"$@"
}

# The AWS CLI where there is one; a tiny command of awslab elsewhere.
mb() { # BUCKET: the command that makes it
	if ! command -v aws >/dev/null 2>&1; then
		echo "awslab s3 mb s3://$1"
	elif aws --version 2>&1 | grep -Eq '^aws-cli/(1\.([01]?[0-9]|2[0-8])|2\.([0-9]|1[0-2]))\.'; then
		echo "aws --endpoint-url $AWS_ENDPOINT_URL s3 mb s3://$1" # these do not know the variable
	else
		echo "aws s3 mb s3://$1"
	fi
}
make_bucket() { # PROFILE BUCKET
	# shellcheck disable=SC2046 # the words are ours and hold no blanks
	run secaws exec "$1" -- $(mb "$2")
}
refused_bucket() { # PROFILE BUCKET
	if make_bucket "$1" "$2"; then
		echo "demo: this had to be refused, and was not" >&2
		exit 1
	fi
	printf '%s(refused, as it should be)%s\n' "$dim" "$plain"
}
phone() { echo "awslab totp --dir $lab --fresh $1"; }

mkdir -p "$home/tmp" "$home/.local/bin"
cp "$top/bin/secaws" "$top/bin/awslab" "$home/.local/bin/"

say "Four empty AWS accounts, on loopback. Each has one administrator with a key in ~/.aws/credentials."
show "awslab serve --dir ~/lab"
mkfifo "$home/ready"
awslab serve --dir "$lab" --seed accounts --totp-step 2s >"$home/ready" &
lab_pid=$!
head -n 1 "$home/ready"
# shellcheck disable=SC1091 # written by the lab
. "$lab/env"

say "The landing zone: one account for people, three for work, roles that demand MFA. One blueprint, planned, applied."
run secaws setup init </dev/null
run secaws setup apply --yes
run secaws setup plan

say "A person, from a name to a working user. A program stands for the phone here; you would scan a QR code."
run secaws user add ops --group Operators --mfa-process "$(phone ops)"

say "Work: the profile Ops is a role in prod, behind MFA. The session is alive, so no code is asked for."
make_bucket Ops demo-bucket-of-ops
make_bucket preprod-Ops demo-bucket-in-preprod

say "Another person, whose role may read in prod and not more."
run secaws user add dev --group DevAdmins --mfa-process "$(phone dev)"
refused_bucket prod-DevAdmin demo-bucket-of-dev

say "An administrator. Once she works, the bootstrap keys go: proven first, then switched off."
run secaws user add admin --group Administrators --mfa-process "$(phone admin)"
run secaws setup disable-bootstrap --yes

say "Who is there, what is alive, who did what."
run secaws user list
run secaws status
run secaws status --log --last 5

say "That was all of it: nothing is left behind. How to use it for real: README.md"
