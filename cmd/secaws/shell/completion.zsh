#compdef secaws secaws-use
# Completion of secaws for zsh 5.0 and later. In ~/.zshrc, after compinit:  eval "$(secaws completion zsh)"

_secaws() {
  local -a answer names about
  local line
  integer width
  # words holds the line as it is typed, quotes and all; what is behind the cursor does not count.
  answer=("${(@f)$(@SECAWS@ __complete -- "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)}")
  case ${answer[1]-} in
  '') return 1 ;;
  :files) _files ;;
  ':command '*)
    integer from=${answer[1]#:command }
    shift $from words
    (( CURRENT -= from ))
    _normal
    ;;
  *)
    names=("${(@)answer%%$'\t'*}")
    for line in "${names[@]}"; do (( ${#line} <= width )) || width=${#line}; done
    for line in "${answer[@]}"; do
      [[ $line != *$'\t'* ]] || line="${(r:width:)line%%$'\t'*}  ${line#*$'\t'}"
      about+=("$line")
    done
    if [[ ${names[1]} == *= ]]; then compadd -S '' -l -d about -a names; else compadd -l -d about -a names; fi
    ;;
  esac
}

_secaws_use() {
  (( CURRENT == 2 )) || return 1
  if [[ $PREFIX == -* ]]; then
    compadd -- --clear
  else
    words=(secaws env "$PREFIX") CURRENT=3
    _secaws
  fi
}

if (( $+functions[compdef] )); then
  compdef _secaws secaws
  compdef _secaws_use secaws-use
fi
