#!/bin/sh
# The screens of docs/shell.md, taken from a real terminal (tmux) on a rehearsal cloud in a throw-away HOME.
# Needs make build and tmux. Started by: sh docs/screens.sh
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)

if [ "${SCREENS_HOME:-}" = "" ]; then
	home=$(mktemp -d)
	exec env -i SCREENS_HOME="$home" HOME="$home" TMPDIR="$home/tmp" PATH="$home/.local/bin:$PATH" TERM=xterm-256color LANG=C.UTF-8 \
		SECAWS_BACKEND=file SECAWS_FILE_PASSPHRASE="of the screens" sh "$top/docs/screens.sh"
fi
home=$SCREENS_HOME
mkdir -p "$home/tmp" "$home/.local/bin"
cp "$top/bin/secaws" "$top/bin/awslab" "$home/.local/bin/"

awslab serve --dir "$home/lab" --seed accounts --totp-step 2s >"$home/lab.log" 2>&1 &
lab_pid=$!
cleanup() {
	tmux -S "$home/tmux" kill-server 2>/dev/null || :
	kill "$lab_pid" 2>/dev/null || :
	wait "$lab_pid" 2>/dev/null || :
	rm -rf "$home"
}
trap cleanup EXIT
until [ -s "$home/lab/env" ]; do sleep 0.1; done
# shellcheck disable=SC1091 # written by the lab
. "$home/lab/env"

secaws setup init </dev/null >/dev/null 2>&1
secaws setup apply --yes >/dev/null 2>&1
secaws user add ops --group Operators --mfa-process "awslab totp --dir $home/lab --fresh ops" >/dev/null 2>&1

tmux -S "$home/tmux" -f /dev/null new-session -d -s keep "sleep 600" # a server that ends with its last session races the next one

# screen takes the terminal once a shell in it is at its prompt again, and $ahead is typed and a tab behind it.
ahead=
screen() { # TITLE SHELL-AND-ARGUMENTS INIT LINES…
	printf '\n%s\n' "$1"
	tmux -S "$home/tmux" new-session -d -s screen -x 110 -y 40 "$2"
	send "$3" clear
	shift 3
	send "$@"
	if [ "$ahead" != "" ]; then
		tmux -S "$home/tmux" send-keys -t screen -l "$ahead"
		tmux -S "$home/tmux" send-keys -t screen Tab
		sleep 1
	fi
	tmux -S "$home/tmux" capture-pane -t screen -p | sed -e 's/[[:space:]]*$//' -e '/^$/d' -e '/touch .*done/d'
	tmux -S "$home/tmux" kill-session -t screen
}
send() {
	for line; do
		tmux -S "$home/tmux" send-keys -t screen -l "$line"
		tmux -S "$home/tmux" send-keys -t screen Enter
		sleep 1 # so that what is typed ahead does not show in what the line prints
		tmux -S "$home/tmux" send-keys -t screen -l "touch $home/done"
		tmux -S "$home/tmux" send-keys -t screen Enter
		until [ -e "$home/done" ]; do sleep 0.1; done
		rm "$home/done"
		sleep 0.3
	done
}

screen bash "bash --norc" "PS1='$ '; eval \"\$(secaws shell-init bash)\"" \
	"secaws-use Ops" "secaws status" "secaws-use preprod-Ops" "secaws prompt --format '{account}/{role}( until {expires})'" "secaws-use --clear" "secaws status --log --last 3"
screen zsh "zsh -f" "PROMPT='%% '; eval \"\$(secaws shell-init zsh)\"" "secaws-use preprod-Ops" "secaws-use nobody" "secaws-use --clear" "secaws config remove Ops" "secaws-use Ops" "secaws config sync --key ops --group Operators"
screen fish "fish --no-config" "function fish_prompt; echo -n '> '; end; secaws shell-init fish | source" "secaws-use preprod-Ops" "secaws-use --clear"
ahead="secaws user re"
screen "zsh, tab" "zsh -f" "PROMPT='%% '; autoload -Uz compinit; compinit -u; eval \"\$(secaws completion zsh)\""
ahead="secaws login p"
screen "fish, tab" "fish --no-config" "function fish_prompt; echo -n '> '; end; secaws completion fish | source"
