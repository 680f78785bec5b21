package main

// nameKind is what a word of a command line names.
type nameKind string

const (
	nameNone    nameKind = ""
	nameFile    nameKind = "file"
	nameProfile nameKind = "profile"
	nameKey     nameKind = "key"
	nameUser    nameKind = "user"
	nameGroup   nameKind = "group"
	nameAccount nameKind = "account"
	nameHome    nameKind = "identity account"
	nameRole    nameKind = "role ARN"
	nameRegion  nameKind = "region"
	nameShell   nameKind = "shell"
	nameFormat  nameKind = "format of env"
	nameDrawing nameKind = "format of setup map"
	nameColor   nameKind = "color"
	nameBackend nameKind = "backend"
	nameSource  nameKind = "source of keys"
)

// argumentKinds are what the first argument of a command names. Where it is a name that is not there yet, nothing can
// be offered.
var argumentKinds = map[string]nameKind{
	"remove": nameKey, "rotate": nameKey, "import": nameProfile,
	"exec": nameProfile, "env": nameProfile, "login": nameProfile, "logout": nameProfile, "credential-process": nameProfile,
	"config show": nameProfile, "config write": nameProfile, "config diff": nameProfile, "config remove": nameProfile,
	"user remove": nameUser, "user disable": nameUser, "user enable": nameUser, "user reset-mfa": nameUser, "user login-profile": nameUser,
	"join": nameFile, "shell-init": nameShell, "completion": nameShell,
}

// nameAt is what argument n, from 0, of a command names. Only import takes more than one.
func nameAt(path string, n int) nameKind {
	if n > 0 && path != "import" {
		return nameNone
	}
	return argumentKinds[path]
}

// valueKinds are what the value of a flag names: of "COMMAND --FLAG", else of "--FLAG" of any command.
var valueKinds = map[string]nameKind{
	"--group": nameGroup, "--key": nameKey, "--source": nameProfile, "--role": nameRole, "--region": nameRegion, "--default": nameAccount,
	"--blueprint": nameFile, "--qr": nameFile, "--dir": nameFile, "--mfa-process": nameFile,
	"env --format": nameFormat, "setup map --format": nameDrawing, "prompt --color": nameColor,
	"keychain move --to": nameBackend, "user invite --to": nameFile, "join --identity": nameFile,
	"import --from":         nameSource,
	"user remove --confirm": nameUser, "setup destroy --confirm": nameHome,
}

func valueKind(path, flag string) nameKind {
	if kind, ok := valueKinds[path+" --"+flag]; ok {
		return kind
	}
	return valueKinds["--"+flag]
}
