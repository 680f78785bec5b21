# Completion of secaws for PowerShell 5.1 and later. In $PROFILE:  (secaws completion powershell) -join "`n" | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName secaws -ScriptBlock {
    param($typed, $line, $cursor)
    # The words before the cursor as they were typed, without quotes around them; the last is the one being typed.
    $words = @($line.CommandElements | Select-Object -Skip 1 | Where-Object { $_.Extent.StartOffset -lt $cursor } | ForEach-Object {
            if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.Extent.Text }
        })
    if ($typed -eq '') { $words += '' }
    # Before 7.3 PowerShell drops empty arguments of programs; a pair of quotes stands for one.
    if ($PSVersionTable.PSVersion -lt [Version]'7.3' -or $PSNativeCommandArgumentPassing -eq 'Legacy') { $words = @($words | ForEach-Object { if ($_ -eq '') { '""' } else { $_ } }) }
    foreach ($answer in @(& @SECAWS@ __complete '--' @words 2>$null)) {
        if ($answer -eq ':files') {
            [System.Management.Automation.CompletionCompleters]::CompleteFilename($typed)
        } elseif ($answer -like ':command *') {
            $first = $line.CommandElements[[int]$answer.Substring(9)]
            $rest = if ($first) { $line.Extent.Text.Substring($first.Extent.StartOffset - $line.Extent.StartOffset) } else { '' }
            if ($typed -eq '') { $rest += ' ' }
            [System.Management.Automation.CommandCompletion]::CompleteInput($rest.TrimStart(), $rest.TrimStart().Length, $null).CompletionMatches
        } else {
            $word, $about = $answer -split "`t", 2
            $text = if ($word -match '^[A-Za-z0-9._/:=+-]+$') { $word } else { "'" + ($word -replace "['\u2018\u2019\u201a\u201b]", '$0$0') + "'" }
            if (-not $about) { $about = $word }
            [System.Management.Automation.CompletionResult]::new($text, $word, 'ParameterValue', $about)
        }
    }
}

Register-ArgumentCompleter -Native -CommandName secaws-use -ScriptBlock {
    param($typed, $line, $cursor)
    $count = @($line.CommandElements | Where-Object { $_.Extent.StartOffset -lt $cursor }).Count
    if ($typed -eq '') { $count += 1 }
    if ($count -ne 2) { return }
    if ($typed -like '-*') { return [System.Management.Automation.CompletionResult]::new('--clear') }
    foreach ($word in @(& @SECAWS@ __complete '--' env "$typed" 2>$null)) {
        if (-not $word) { continue }
        $text = if ($word -match '^[A-Za-z0-9._/:=+-]+$') { $word } else { "'" + ($word -replace "['\u2018\u2019\u201a\u201b]", '$0$0') + "'" }
        [System.Management.Automation.CompletionResult]::new($text, $word, 'ParameterValue', $word)
    }
}
