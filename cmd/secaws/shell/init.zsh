# secaws for zsh 5.0 and later. In ~/.zshrc:  eval "$(secaws shell-init zsh)"

# secaws-use PROFILE puts the profile's credentials into this shell, secaws-use alone renews them, secaws-use --clear
# takes them away. The region of the shell is yours again then, and never that of the profile before.
secaws-use() {
  emulate -L zsh
  local lines
  case $#:${1-} in
  1:--clear)
    __secaws_back
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION AWS_ACCOUNT_ID \
      SECAWS_PROFILE SECAWS_ROLE SECAWS_ACCOUNT
    return 0
    ;;
  0: | 1:[^-]*) ;;
  *)
    echo 'secaws-use: want secaws-use [PROFILE] or secaws-use --clear' >&2
    return 2
    ;;
  esac
  (( $# )) || set -- ${SECAWS_PROFILE:+"$SECAWS_PROFILE"}
  lines=$(__secaws_back && @SECAWS@ env --format sh -- "$@") || return $?
  __secaws_back
  typeset -g __secaws_region=${AWS_REGION-} __secaws_default_region=${AWS_DEFAULT_REGION-}
  eval "$lines"
  typeset -g __secaws_given=${AWS_REGION-}
}

# __secaws_back gives the regions back that were set before secaws-use, where none was set since.
__secaws_back() {
  [[ -n ${SECAWS_PROFILE-} && -n ${__secaws_given-} ]] || return 0
  if [[ ${AWS_REGION-} == "$__secaws_given" ]]; then
    unset AWS_REGION
    [[ -z ${__secaws_region-} ]] || export AWS_REGION="$__secaws_region"
  fi
  if [[ ${AWS_DEFAULT_REGION-} == "$__secaws_given" ]]; then
    unset AWS_DEFAULT_REGION
    [[ -z ${__secaws_default_region-} ]] || export AWS_DEFAULT_REGION="$__secaws_default_region"
  fi
}
@PROMPT@
# The segment before your own prompt is worked out here, from variables alone: no process is started. It reaches the
# prompt through psvar, whose contents zsh prints as they are: 21 names, 22 production, 23 time left, 24 little of it.
zmodload -i zsh/datetime
__secaws_prompt() {
  emulate -L zsh
  local profile=${SECAWS_PROFILE:-${AWS_PROFILE-}} account text
  psvar[21]= psvar[22]= psvar[23]= psvar[24]=
  [[ -n $profile ]] || return 0
  text=$profile
  if [[ -n ${SECAWS_PROFILE-} ]]; then
    account=${SECAWS_ACCOUNT:-${AWS_ACCOUNT_ID-}}
    [[ -z ${SECAWS_ROLE-}$account ]] || text+=" ${SECAWS_ROLE-}${account:+@$account}"
  fi
  psvar[21]=${text//[[:cntrl:]]/?}
  ! __secaws_production "$profile x $account" || psvar[22]=1
  [[ -z ${SECAWS_PROFILE-} ]] || __secaws_time "${AWS_CREDENTIAL_EXPIRATION-}"
}

# __secaws_production tells whether a part of $1 means production: prod-Ops, but neither preprod-Ops nor non-prod.
__secaws_production() {
  emulate -L zsh
  local part before
  for part in ${(s: :)${(L)1}//[^a-z0-9]/ }; do
    case $before:$part in
    (non|not|pre):*) ;;
    *:(prod|prd|production|live)) return 0 ;;
    esac
    before=$part
  done
  return 1
}

# __secaws_time tells what is left until $1, in UTC.
__secaws_time() {
  emulate -L zsh
  setopt extended_glob
  local e=$1
  local -i left y m
  [[ $e == [0-9](#c4)-[0-9](#c2)-[0-9](#c2)T[0-9](#c2):[0-9](#c2):[0-9](#c2)Z ]] || return 0
  # Days since 1970 of a date whose year starts in March, so that a leap day is the last.
  y=10#${e[1,4]} m=10#${e[6,7]}
  if (( m > 2 )); then (( m -= 3 )); else (( m += 9, y -= 1 )); fi
  left=$(( (y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + 10#${e[9,10]} - 719469) * 86400 + 10#${e[12,13]} * 3600 + 10#${e[15,16]} * 60 + 10#${e[18,19]} - EPOCHSECONDS ))
  (( left >= 300 )) || psvar[24]=1
  if (( left <= 0 )); then
    psvar[23]=ended
  elif (( left < 120 )); then
    psvar[23]=${left}s
  elif (( left < 3600 )); then
    psvar[23]=$(( left / 60 ))m
  else
    psvar[23]=$(( left / 3600 ))h$(( left / 600 % 6 ))$(( left / 60 % 10 ))m
  fi
}

# The prompt may be made anew each time, by another hook.
__secaws_show() {
  [[ ${PROMPT-} == *'%(21V'* ]] ||
    PROMPT='%(21V.%(22V.%B%F{red}.%F{cyan})%21v%f%b .)%(23V.%(24V.%B%F{yellow}.%F{cyan})%23v%f%b .)'"${PROMPT-}"
}

typeset -ga precmd_functions
precmd_functions=(__secaws_prompt ${precmd_functions:#__secaws_(prompt|show)} __secaws_show)
