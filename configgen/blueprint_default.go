package configgen

import (
	_ "embed"
	"strings"
	"text/template"
)

//go:embed blueprint.yaml
var blueprintTemplate string

// BlueprintAnswers are what setup init cannot know; everything else it writes is the reference landing zone.
type BlueprintAnswers struct {
	Region         string
	Identity       Account
	Accounts       []Account
	DefaultAccount string
}

// Has tells whether there is a resource account of that name.
func (a BlueprintAnswers) Has(name string) bool {
	for _, account := range a.Accounts {
		if account.Name == name {
			return true
		}
	}
	return false
}

// DefaultAnswers are the accounts and profiles of the reference landing zone.
func DefaultAnswers() BlueprintAnswers {
	account := func(name string) Account { return Account{Name: name, Bootstrap: "secure-aws-" + name} }
	return BlueprintAnswers{
		Region:         "us-west-2",
		Identity:       account("admin"),
		Accounts:       []Account{account("infra"), account("preprod"), account("prod")},
		DefaultAccount: "prod",
	}
}

// BlueprintText returns the commented blueprint with those answers. It is parsed and checked before it is returned,
// so that an answer that does not fit is an error here and not later.
func BlueprintText(answers BlueprintAnswers) (string, error) {
	var text strings.Builder
	t := template.Must(template.New("blueprint").Parse(blueprintTemplate))
	if err := t.Execute(&text, answers); err != nil {
		return "", err
	}
	if _, err := ParseBlueprint("blueprint.yaml", []byte(text.String())); err != nil {
		return "", err
	}
	return text.String(), nil
}

// DefaultBlueprint is the reference landing zone.
func DefaultBlueprint() Blueprint {
	text, err := BlueprintText(DefaultAnswers())
	if err != nil {
		panic(err) // the built-in text is tested
	}
	b, err := ParseBlueprint("blueprint.yaml", []byte(text))
	if err != nil {
		panic(err)
	}
	return b
}
