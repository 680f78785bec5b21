package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen"
)

func setupInitCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:      "init",
		Usage:     "write a blueprint to begin with",
		UsageText: "secaws setup init [--region REGION] [--identity NAME=PROFILE] [--account NAME=PROFILE]… [--default NAME] [--force]",
		Description: example("Asks for what no option says; without a terminal, and for an empty answer, it takes the reference: accounts\n"+
			"admin, infra, preprod and prod with the profiles secure-aws-admin and so on.", "secaws setup init --account prod=work-prod --account stage=work-stage"),
		Flags: []cli.Flag{
			&cli.StringFlag{Name: "region", Usage: "the `REGION` of every profile"},
			&cli.StringFlag{Name: "identity", Usage: "the identity account, `NAME=PROFILE`"},
			&cli.StringSliceFlag{Name: "account", Usage: "an account for resources, `NAME=PROFILE`; may be repeated"},
			&cli.StringFlag{Name: "default", Usage: "the `NAME` of the account whose roles get profiles of their plain names"},
			&cli.BoolFlag{Name: "force", Usage: "replace a blueprint that is there"},
			blueprintFlag(),
		},
		Action: func(c *cli.Context) error { return runSetupInit(e, c) },
	}
}

func runSetupInit(e *env, c *cli.Context) error {
	if err := noNames(c); err != nil {
		return err
	}
	path, err := e.blueprintPath(c)
	if err != nil {
		return err
	}
	if !missing(path) && !c.Bool("force") {
		return hinted{fmt.Errorf("there is a blueprint at %s", path), "edit it, or replace it with --force"}
	}
	answers, err := e.askBlueprint(c)
	if err != nil {
		return err
	}
	text, err := configgen.BlueprintText(answers)
	if err != nil {
		return err
	}
	if err := replace(path, text); err != nil {
		return err
	}
	return e.printf("wrote %s; look at it, then: secaws setup plan\n", path)
}

// blueprintQuestion is one thing that secaws cannot know.
type blueprintQuestion struct {
	said     string // by an option; "" asks
	question string
	usual    func(configgen.BlueprintAnswers) string
	set      func(*configgen.BlueprintAnswers, string)
}

func blueprintQuestions(c *cli.Context) []blueprintQuestion {
	type answers = configgen.BlueprintAnswers
	return []blueprintQuestion{
		{
			c.String("region"), "Region",
			func(a answers) string { return a.Region },
			func(a *answers, s string) { a.Region = s },
		},
		{
			c.String("identity"), "Account for users and groups, NAME=PROFILE of its bootstrap key",
			func(a answers) string { return inWords([]configgen.Account{a.Identity}) },
			func(a *answers, s string) { a.Identity = oneAccount(s) },
		},
		{
			strings.Join(c.StringSlice("account"), " "), "Accounts for resources, NAME=PROFILE each",
			func(a answers) string { return inWords(a.Accounts) },
			func(a *answers, s string) { a.Accounts = accountsOf(s); a.DefaultAccount = usualDefault(a.Accounts) },
		},
		{
			c.String("default"), "Account whose roles get profiles of their plain names",
			func(a answers) string { return a.DefaultAccount },
			func(a *answers, s string) { a.DefaultAccount = s },
		},
	}
}

// usualDefault is prod where there is one, else the last account.
func usualDefault(accounts []configgen.Account) string {
	if slices.ContainsFunc(accounts, func(x configgen.Account) bool { return x.Name == "prod" }) {
		return "prod"
	}
	return accounts[len(accounts)-1].Name
}

// askBlueprint asks for what no option says.
func (e *env) askBlueprint(c *cli.Context) (configgen.BlueprintAnswers, error) {
	a := configgen.DefaultAnswers()
	if region := e.getenv("AWS_REGION"); region != "" {
		a.Region = region
	}
	var err error
	for _, q := range blueprintQuestions(c) {
		if a, err = e.answered(c.Context, q, a); err != nil {
			return a, err
		}
	}
	return a, nil
}

// answered is a with q's answer in it. A person is asked again until the answer makes a blueprint.
func (e *env) answered(ctx context.Context, q blueprintQuestion, a configgen.BlueprintAnswers) (configgen.BlueprintAnswers, error) {
	if q.said != "" || e.canPrompt() != nil {
		q.set(&a, cmp.Or(q.said, q.usual(a)))
		return a, nil
	}
	question := q.question + " [" + escape(q.usual(a)) + "]: "
	for problem := ""; ; {
		answer, err := e.ask(ctx, problem+question)
		if err != nil {
			return a, err
		}
		next := a
		q.set(&next, cmp.Or(answer, q.usual(a)))
		var wrong *configgen.BlueprintError
		if _, err := configgen.BlueprintText(next); !errors.As(err, &wrong) {
			return next, err
		}
		problem = "secaws: " + escape(wrong.Problem) + "\n"
	}
}

func inWords(accounts []configgen.Account) string {
	var words []string
	for _, a := range accounts {
		words = append(words, a.Name+"="+a.Bootstrap)
	}
	return strings.Join(words, " ")
}

// oneAccount is accountsOf for a single one; of several it makes a name that no account can have.
func oneAccount(words string) configgen.Account {
	if accounts := accountsOf(words); len(accounts) == 1 {
		return accounts[0]
	}
	return configgen.Account{Name: words}
}

// accountsOf reads NAME=PROFILE words; NAME alone stands for the reference's profile name. There is at least one.
func accountsOf(words string) []configgen.Account {
	var accounts []configgen.Account
	for _, word := range strings.FieldsFunc(words, func(r rune) bool { return r == ' ' || r == ',' }) {
		name, profile, ok := strings.Cut(word, "=")
		if !ok {
			profile = "secure-aws-" + name
		}
		accounts = append(accounts, configgen.Account{Name: name, Bootstrap: profile})
	}
	if accounts == nil {
		accounts = []configgen.Account{{}}
	}
	return accounts
}
