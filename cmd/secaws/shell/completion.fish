# Completion of secaws for fish 3.1 and later. In ~/.config/fish/config.fish:  secaws completion fish | source

function __secaws_complete
    set -l typed (commandline -ct)
    set -l words (commandline -opc)
    set -l behind $words
    set -e behind[1]
    set -l answer (@SECAWS@ __complete -- $behind "$typed" 2>/dev/null)
    switch "$answer[1]"
        case ''
            return 1
        case :files
            __fish_complete_path "$typed"
        case ':command *'
            set -l from (string replace ':command ' '' -- $answer[1])
            set -l line (string escape -- $words[(math $from + 1)..-1])
            complete -C (string join ' ' -- $line "$typed")
        case '*'
            string join \n -- $answer
    end
end

complete -c secaws -e
complete -c secaws -f -a '(__secaws_complete)'
complete -c secaws-use -e
complete -c secaws-use -f
complete -c secaws-use -n '__fish_is_first_token' -l clear -d 'take the credentials away'
complete -c secaws-use -n '__fish_is_first_token' -a '(@SECAWS@ __complete -- env "" 2>/dev/null)'
