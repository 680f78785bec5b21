# secaws for PowerShell 5.1 and later. In $PROFILE:  (secaws shell-init powershell) -join "`n" | Invoke-Expression

# secaws-use PROFILE puts the profile's credentials into this shell, secaws-use alone renews them, secaws-use --clear
# takes them away. The region of the shell is yours again then, and never that of the profile before.
function global:secaws-use {
    if ($args.Count -eq 1 -and $args[0] -eq '--clear') {
        __secaws_back
        foreach ($name in 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'AWS_CREDENTIAL_EXPIRATION', 'AWS_ACCOUNT_ID',
            'SECAWS_PROFILE', 'SECAWS_ROLE', 'SECAWS_ACCOUNT') {
            __secaws_export $name ''
        }
        return
    }
    if ($args.Count -gt 1 -or "$args" -like '-*') {
        Write-Error 'secaws-use: want secaws-use [PROFILE] or secaws-use --clear'
        return
    }
    $name = @($args)
    if ($name.Count -eq 0 -and $Env:SECAWS_PROFILE) { $name = @($Env:SECAWS_PROFILE) }
    $PSNativeCommandUseErrorActionPreference = $false # what secaws fails with is seen below
    $region = $Env:AWS_REGION
    $default = $Env:AWS_DEFAULT_REGION
    $done = $false
    try {
        __secaws_back
        $lines = & @SECAWS@ env --format powershell '--' @name
        $done = $LASTEXITCODE -eq 0
    } finally { # also after an interrupt
        if (-not $done) {
            __secaws_export AWS_REGION $region
            __secaws_export AWS_DEFAULT_REGION $default
        }
    }
    if (-not $done) { return }
    $global:__secaws_region = $Env:AWS_REGION
    $global:__secaws_default_region = $Env:AWS_DEFAULT_REGION
    ($lines -join "`n") | Invoke-Expression
    $global:__secaws_given = $Env:AWS_REGION
}

# __secaws_back gives the regions back that were set before secaws-use, where none was set since.
function global:__secaws_back {
    if (-not $Env:SECAWS_PROFILE -or -not $global:__secaws_given) { return }
    if ($Env:AWS_REGION -eq $global:__secaws_given) { __secaws_export AWS_REGION $global:__secaws_region }
    if ($Env:AWS_DEFAULT_REGION -eq $global:__secaws_given) { __secaws_export AWS_DEFAULT_REGION $global:__secaws_default_region }
}

# __secaws_export NAME VALUE exports a variable; without a value it takes it away.
function global:__secaws_export($name, $value) {
    if ($value) { Set-Item "Env:$name" $value } else { Remove-Item -ErrorAction SilentlyContinue "Env:$name" }
}
@PROMPT@
# The segment before your own prompt is worked out here, from variables alone: no process is started.
function global:__secaws_prompt {
    $active = $Env:SECAWS_PROFILE
    if (-not $active) { $active = $Env:AWS_PROFILE }
    if (-not $active) { return '' }
    $esc = [char]27
    $text = $active
    $account = ''
    if ($Env:SECAWS_PROFILE) {
        $account = if ($Env:SECAWS_ACCOUNT) { $Env:SECAWS_ACCOUNT } else { "$Env:AWS_ACCOUNT_ID" }
        if ($account) { $account = "@$account" }
        if ($Env:SECAWS_ROLE -or $account) { $text = "$text $Env:SECAWS_ROLE$account" }
    }
    # prod-Ops, but neither preprod-Ops nor non-prod.
    $color = '36'
    $before = ''
    foreach ($part in "$active x $account" -split '[^A-Za-z0-9]+') {
        if ($part -in 'prod', 'prd', 'production', 'live' -and $before -notin 'non', 'not', 'pre') { $color = '1;31' }
        $before = $part
    }
    $segment = "$esc[${color}m" + ($text -replace '[\x00-\x1f\x7f-\x9f]', '?') + "$esc[0m "
    $end = [DateTimeOffset]::MinValue
    if ($Env:SECAWS_PROFILE -and [DateTimeOffset]::TryParse($Env:AWS_CREDENTIAL_EXPIRATION,
            [Globalization.CultureInfo]::InvariantCulture, [Globalization.DateTimeStyles]::None, [ref]$end)) {
        $left = $end - [DateTimeOffset]::UtcNow
        $color = '36'
        if ($left.TotalSeconds -lt 300) { $color = '1;33' }
        if ($left.TotalSeconds -le 0) { $time = 'ended' }
        elseif ($left.TotalSeconds -lt 120) { $time = '{0}s' -f [Math]::Floor($left.TotalSeconds) }
        elseif ($left.TotalSeconds -lt 3600) { $time = '{0}m' -f [Math]::Floor($left.TotalMinutes) }
        else { $time = '{0}h{1:00}m' -f [Math]::Floor($left.TotalHours), $left.Minutes }
        $segment += "$esc[${color}m$time$esc[0m "
    }
    return $segment
}
if (-not (Test-Path Function:__secaws_own_prompt)) {
    function global:__secaws_own_prompt { '' } # so that the copy is global
    Copy-Item Function:prompt Function:__secaws_own_prompt
    function global:prompt {
        $code = $global:LASTEXITCODE
        $segment = __secaws_prompt
        $global:LASTEXITCODE = $code
        $segment + (__secaws_own_prompt)
    }
}
