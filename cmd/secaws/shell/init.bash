# secaws for bash 3.2 and later. In ~/.bashrc:  eval "$(secaws shell-init bash)"

# secaws-use PROFILE puts the profile's credentials into this shell, secaws-use alone renews them, secaws-use --clear
# takes them away. The region of the shell is yours again then, and never that of the profile before.
secaws-use() {
  local lines
  case $#:${1-} in
  1:--clear)
    __secaws_back
    unset AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION AWS_ACCOUNT_ID \
      SECAWS_PROFILE SECAWS_ROLE SECAWS_ACCOUNT
    return 0
    ;;
  0: | 1:[!-]*) ;;
  *)
    echo 'secaws-use: want secaws-use [PROFILE] or secaws-use --clear' >&2
    return 2
    ;;
  esac
  [ $# -gt 0 ] || set -- ${SECAWS_PROFILE:+"$SECAWS_PROFILE"}
  lines=$(__secaws_back && @SECAWS@ env --format sh -- "$@") || return $?
  __secaws_back
  __secaws_region=${AWS_REGION-} __secaws_default_region=${AWS_DEFAULT_REGION-}
  eval "$lines"
  __secaws_given=${AWS_REGION-}
}

# __secaws_back gives the regions back that were set before secaws-use, where none was set since.
__secaws_back() {
  [ -n "${SECAWS_PROFILE-}" ] && [ -n "${__secaws_given-}" ] || return 0
  if [ "${AWS_REGION-}" = "$__secaws_given" ]; then
    unset AWS_REGION
    [ -z "${__secaws_region-}" ] || export AWS_REGION="$__secaws_region"
  fi
  if [ "${AWS_DEFAULT_REGION-}" = "$__secaws_given" ]; then
    unset AWS_DEFAULT_REGION
    [ -z "${__secaws_default_region-}" ] || export AWS_DEFAULT_REGION="$__secaws_default_region"
  fi
}
@PROMPT@
# The segment before your own prompt is worked out here, from variables alone: no process is started.
__secaws_prompt() {
  local status=$? profile=${SECAWS_PROFILE:-${AWS_PROFILE-}} account= color='36' text
  __secaws_segment=
  [ -n "$profile" ] || return $status
  text=$profile
  if [ -n "${SECAWS_PROFILE-}" ]; then
    account=${SECAWS_ACCOUNT:-${AWS_ACCOUNT_ID-}}
    [ -z "${SECAWS_ROLE-}$account" ] || text="$text ${SECAWS_ROLE-}${account:+@$account}"
  fi
  ! __secaws_production "$profile x $account" || color='1;31'
  __secaws_paint "$color" "${text//[[:cntrl:]]/?}"
  [ -z "${SECAWS_PROFILE-}" ] || __secaws_time "${AWS_CREDENTIAL_EXPIRATION-}"
  return $status
}

# __secaws_production tells whether a part of $1 means production: prod-Ops, but neither preprod-Ops nor non-prod.
__secaws_production() {
  local IFS=' ' part before=
  for part in ${1//[!A-Za-z0-9]/ }; do
    case $before:$part in
    [Nn][Oo][NnTt]:* | [Pp][Rr][Ee]:*) ;;
    *:[Pp][Rr][Oo][Dd] | *:[Pp][Rr][Dd] | *:[Pp][Rr][Oo][Dd][Uu][Cc][Tt][Ii][Oo][Nn] | *:[Ll][Ii][Vv][Ee]) return 0 ;;
    esac
    before=$part
  done
  return 1
}

# __secaws_time adds what is left until $1, in UTC.
__secaws_time() {
  local e=$1 color='36' now=${EPOCHSECONDS-} y m left text
  case $e in [0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9]Z) ;; *) return 0 ;; esac
  if [ -n "${__secaws_epoch-}" ]; then
    now=$((__secaws_epoch + SECONDS))
  elif [ -z "$now" ]; then
    printf -v now '%(%s)T' -1
  fi
  # Days since 1970 of a date whose year starts in March, so that a leap day is the last.
  y=$((10#${e:0:4})) m=$((10#${e:5:2}))
  if [ $m -gt 2 ]; then m=$((m - 3)); else m=$((m + 9)) y=$((y - 1)); fi
  left=$(((y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + 10#${e:8:2} - 719469) * 86400 + 10#${e:11:2} * 3600 + 10#${e:14:2} * 60 + 10#${e:17:2} - now))
  [ $left -ge 300 ] || color='1;33'
  if [ $left -le 0 ]; then
    text=ended
  elif [ $left -lt 120 ]; then
    text=${left}s
  elif [ $left -lt 3600 ]; then
    text=$((left / 60))m
  else
    text=$((left / 3600))h$((left / 600 % 6))$((left / 60 % 10))m
  fi
  __secaws_paint "$color" "$text"
}

# Between \001 and \002 readline counts no width.
__secaws_paint() {
  __secaws_segment=$__secaws_segment$'\001\e['$1$'m\002'$2$'\001\e[0m\002 '
}

# The prompt may be made anew each time, by another hook.
__secaws_show() {
  local status=$?
  case ${PS1-} in *__secaws_segment*) ;; *) PS1='${__secaws_segment-}'${PS1-} ;; esac
  return $status
}

case ${PROMPT_COMMAND[*]-} in
*__secaws_prompt*) ;;
*)
  # First, so that what comes after still finds the status of the last command.
  PROMPT_COMMAND="__secaws_prompt${PROMPT_COMMAND:+; $PROMPT_COMMAND}"$'\n'__secaws_show
  # A bash older than 4.2 has no clock of its own: one process, here, and its count of seconds from then on.
  [ "${BASH_VERSINFO[0]}${BASH_VERSINFO[1]}" -ge 42 ] || __secaws_epoch=$(($(date +%s) - SECONDS))
  ;;
esac
