# Completion of secaws for bash 3.2 and later. In ~/.bashrc:  eval "$(secaws completion bash)"

_secaws() {
  local words at word line IFS=$' \t\n'
  COMPREPLY=()
  _secaws_words
  _secaws_ask "${words[@]:1}"
  _secaws_cut
}

# What bash holds for the current word may be only the part behind a colon, an equals sign or an at sign.
_secaws_cut() {
  local typed=${words[${#words[@]} - 1]} split=${COMP_WORDS[COMP_CWORD]} i
  local cut=$((${#typed} - ${#split}))
  case $split in [=:@]) cut=${#typed} ;; esac
  for i in "${!COMPREPLY[@]}"; do COMPREPLY[i]=${COMPREPLY[i]:cut}; done
}

# _secaws_words sets words to those of the line up to the cursor, which bash has parted at characters of names, and at to
# the place in COMP_WORDS at which each begins.
_secaws_words() {
  local rest=${COMP_LINE:0:COMP_POINT} i
  words=() at=()
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    case $rest in
    [[:space:]]* | '') words+=("") at+=($i) ;;
    *) ((i > 0)) || { words+=("") at+=($i); } ;;
    esac
    rest=${rest#"${rest%%[![:space:]]*}"}
    words[${#words[@]} - 1]+=$word
    rest=${rest#"$word"}
  done
}

# _secaws_ask sets COMPREPLY to what may stand in place of the last argument.
_secaws_ask() {
  while IFS= read -r line; do
    case $line in
    :files) _secaws_files ;;
    ":command "*) _secaws_command "${at[${line#:command }]}" ;;
    *)
      printf -v word %q "${line%%$'\t'*}"
      COMPREPLY+=("$word")
      ;;
    esac
  done < <(@SECAWS@ __complete -- "$@" 2>/dev/null)
  if [ ${#COMPREPLY[@]} -eq 1 ]; then
    case ${COMPREPLY[0]} in --*=) compopt -o nospace 2>/dev/null ;; esac
  fi
}

_secaws_files() {
  compopt -o filenames 2>/dev/null
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
}

# _secaws_command completes another program's line, which begins at word $1, as that program's own completion would.
_secaws_command() {
  local from=$1 spec name i skipped
  name=${COMP_WORDS[from]}
  if ((COMP_CWORD == from)); then
    case $name in
    */*) _secaws_files ;;
    *) while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -c -- "$name" | sort -u) ;;
    esac
    return
  fi
  spec=$(complete -p -- "$name" 2>/dev/null || complete -p -- "${name##*/}" 2>/dev/null)
  if [ -z "$spec" ]; then
    # What bash asks about a command it knows nothing of; bash-completion then loads a file for it.
    spec=$(complete -p -D 2>/dev/null)
    case $spec in
    *' -F '*)
      spec=${spec#*' -F '}
      "${spec%% *}" "$name" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}" >/dev/null 2>&1
      COMPREPLY=()
      ;;
    esac
    spec=$(complete -p -- "$name" 2>/dev/null || complete -p -- "${name##*/}" 2>/dev/null)
  fi
  for ((i = 0; i < from; i++)); do
    skipped=${COMP_LINE%%"${COMP_WORDS[i]}"*}
    COMP_LINE=${COMP_LINE:${#skipped}+${#COMP_WORDS[i]}} COMP_POINT=$((COMP_POINT - ${#skipped} - ${#COMP_WORDS[i]}))
  done
  skipped=${COMP_LINE%%[![:space:]]*}
  COMP_LINE=${COMP_LINE:${#skipped}} COMP_POINT=$((COMP_POINT - ${#skipped}))
  COMP_WORDS=("${COMP_WORDS[@]:from}") COMP_CWORD=$((COMP_CWORD - from))
  words=("${COMP_WORDS[COMP_CWORD]}") # which is whole for that program
  _secaws_as "$name" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
}

# _secaws_as answers for the command $1 as bash would: spec is its line of complete -p, $2 the word, $3 the one before.
_secaws_as() {
  local program
  case $spec in
  *' -F '*)
    program=${spec#*' -F '}
    "${program%% *}" "$1" "$2" "$3"
    ;;
  *' -C '*)
    eval "set -- ${spec#*' -C '}" '"$1" "$2" "$3"'
    program=$1
    shift $(($# - 3))
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(
      export COMP_LINE COMP_POINT COMP_TYPE COMP_KEY
      $program "$1" "$2" "$3" 2>/dev/null
    )
    case $spec in *' -o nospace'*) compopt -o nospace 2>/dev/null ;; esac
    ;;
  '') _secaws_files ;;
  *)
    spec=${spec#complete }
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(eval "compgen ${spec% *}" '-- "$2"' 2>/dev/null)
    ;;
  esac
}

_secaws_use() {
  local words at word line IFS=$' \t\n'
  COMPREPLY=()
  _secaws_words
  ((${#words[@]} == 2)) || return 0
  case ${words[1]} in
  -*) [[ --clear != "${words[1]}"* ]] || COMPREPLY=(--clear) ;;
  *) _secaws_ask env "${words[1]}" ;;
  esac
  _secaws_cut
}

complete -F _secaws secaws
complete -F _secaws_use secaws-use
