# secaws for fish 3.1 and later. In ~/.config/fish/config.fish:  secaws shell-init fish | source

# secaws-use PROFILE puts the profile's credentials into this shell, secaws-use alone renews them, secaws-use --clear
# takes them away. The region of the shell is yours again then, and never that of the profile before.
function secaws-use --description "Put a profile's credentials into this shell; --clear takes them away"
    if test "$argv" = --clear
        __secaws_back
        for name in AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_CREDENTIAL_EXPIRATION AWS_ACCOUNT_ID \
                SECAWS_PROFILE SECAWS_ROLE SECAWS_ACCOUNT
            set -eg $name
        end
        return 0
    end
    if test (count $argv) -gt 1; or string match -q -- '-*' $argv
        echo 'secaws-use: want secaws-use [PROFILE] or secaws-use --clear' >&2
        return 2
    end
    if test (count $argv) -eq 0; and test -n "$SECAWS_PROFILE"
        set argv $SECAWS_PROFILE
    end
    set -l region (__secaws_own "$AWS_REGION" "$__secaws_region")
    set -l default (__secaws_own "$AWS_DEFAULT_REGION" "$__secaws_default_region")
    set -l lines
    set -l code
    # An interrupt ends this function here: until secaws has answered, nobody else sees the regions given back.
    begin
        test -n "$region"; and set -lx AWS_REGION $region; or set -l AWS_REGION
        test -n "$default"; and set -lx AWS_DEFAULT_REGION $default; or set -l AWS_DEFAULT_REGION
        set lines (@SECAWS@ env --format fish -- $argv)
        set code $status
    end
    test $code -eq 0; or return $code
    __secaws_back
    set -g __secaws_region $AWS_REGION
    set -g __secaws_default_region $AWS_DEFAULT_REGION
    string join \n -- $lines | source
    set -g __secaws_given $AWS_REGION
    return 0 # set keeps the status of what it erased
end

# __secaws_back gives the regions back that were set before secaws-use, where none was set since.
function __secaws_back
    test -n "$SECAWS_PROFILE"; and test -n "$__secaws_given"; or return 0
    test "$AWS_REGION" != "$__secaws_given"; or __secaws_export AWS_REGION $__secaws_region
    test "$AWS_DEFAULT_REGION" != "$__secaws_given"; or __secaws_export AWS_DEFAULT_REGION $__secaws_default_region
end

# __secaws_own NOW BEFORE prints which of the two __secaws_back would leave.
function __secaws_own
    if test -n "$SECAWS_PROFILE"; and test -n "$__secaws_given"; and test "$argv[1]" = "$__secaws_given"
        set argv $argv[2]
    end
    echo $argv[1]
end

# __secaws_export NAME VALUE exports a variable; without a value it takes it away.
function __secaws_export
    if test -n "$argv[2]"
        set -gx $argv[1] $argv[2]
    else
        set -eg $argv[1]
    end
end
@PROMPT@
# The segment before your own prompt is worked out here, from variables alone: no process is started.
function __secaws_prompt
    set -l profile $SECAWS_PROFILE
    test -n "$profile"; or set profile $AWS_PROFILE
    test -n "$profile"; or return 0
    set -l text $profile
    set -l account
    if test -n "$SECAWS_PROFILE"
        set account $SECAWS_ACCOUNT
        test -n "$account"; or set account $AWS_ACCOUNT_ID
        test -z "$account"; or set account @$account
        test -z "$SECAWS_ROLE$account"; or set text "$text $SECAWS_ROLE$account"
    end
    if __secaws_production "$profile x $account"
        set_color --bold red
    else
        set_color cyan
    end
    echo -n (string replace -ar '[[:cntrl:]]' '?' -- $text)
    set_color normal
    echo -n ' '
    test -z "$SECAWS_PROFILE"; or __secaws_time "$AWS_CREDENTIAL_EXPIRATION"
end

# __secaws_production tells whether a part of its argument means production: prod-Ops, but neither preprod-Ops nor non-prod.
function __secaws_production
    set -l parts (string split ' ' -- (string replace -ar '[^a-z0-9]+' ' ' -- (string lower -- $argv[1])))
    set -l before
    for part in $parts
        if contains -- $part prod prd production live; and not contains -- "$before" non not pre
            return 0
        end
        set before $part
    end
    return 1
end

# __secaws_time shows what is left until its argument, in UTC.
function __secaws_time
    set -l e (string match -r '^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)Z$' -- $argv[1])
    and contains path (builtin -n)
    or return 0
    # fish has no clock, but since 3.5 it knows when a file was changed and how long ago that is.
    set -l now (math (path mtime /) + (path mtime -R /))
    # Days since 1970 of a date whose year starts in March, so that a leap day is the last.
    set -l y $e[2]
    set -l m $e[3]
    if test $m -gt 2
        set m (math $m - 3)
    else
        set m (math $m + 9)
        set y (math $y - 1)
    end
    set -l left (math "($y * 365 + floor($y / 4) - floor($y / 100) + floor($y / 400) + floor((153 * $m + 2) / 5) + $e[4] - 719469) * 86400 + $e[5] * 3600 + $e[6] * 60 + $e[7] - $now")
    if test $left -lt 300
        set_color --bold yellow
    else
        set_color cyan
    end
    if test $left -le 0
        echo -n ended
    else if test $left -lt 120
        echo -n {$left}s
    else if test $left -lt 3600
        echo -n (math "floor($left / 60)")m
    else
        echo -n (math "floor($left / 3600)")h(math "floor($left / 600) % 6")(math "floor($left / 60) % 10")m
    end
    set_color normal
    echo -n ' '
end

function __secaws_status
    return $argv[1]
end

if not functions -q __secaws_own_prompt
    functions -q fish_prompt
    and functions -c fish_prompt __secaws_own_prompt
    or function __secaws_own_prompt
        echo -n '> '
    end
    function fish_prompt
        set -l last $status
        __secaws_prompt
        __secaws_status $last
        __secaws_own_prompt
    end
end
