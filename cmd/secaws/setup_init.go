package main

import (
	"context"
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

// askBlueprint asks for what secaws cannot know.
func (e *env) askBlueprint(c *cli.Context) (configgen.BlueprintAnswers, error) {
	a := configgen.DefaultAnswers()
	if region := e.getenv("AWS_REGION"); region != "" {
		a.Region = region
	}
	var identity, accounts string
	for _, q := range []struct {
		flag, question, usual string
		into                  *string
	}{
		{c.String("region"), "Region", a.Region, &a.Region},
		{c.String("identity"), "Account for users and groups, NAME=PROFILE of its bootstrap key", inWords([]configgen.Account{a.Identity}), &identity},
		{strings.Join(c.StringSlice("account"), " "), "Accounts for resources, NAME=PROFILE each", inWords(a.Accounts), &accounts},
	} {
		answer, err := e.askUnless(c.Context, q.flag, q.question, q.usual)
		if err != nil {
			return a, err
		}
		*q.into = answer
	}
	a.Identity = accountsOf(identity)[0]
	a.Accounts = accountsOf(accounts)
	a.DefaultAccount = c.String("default")
	if a.DefaultAccount != "" {
		return a, nil
	}
	usual := a.Accounts[len(a.Accounts)-1].Name
	if slices.ContainsFunc(a.Accounts, func(x configgen.Account) bool { return x.Name == "prod" }) {
		usual = "prod"
	}
	var err error
	a.DefaultAccount, err = e.askUnless(c.Context, "", "Account whose roles get profiles of their plain names", usual)
	return a, err
}

// askUnless returns what was said already, else what the person answers, else the usual.
func (e *env) askUnless(ctx context.Context, said, question, usual string) (string, error) {
	if said != "" {
		return said, nil
	}
	if e.canPrompt() != nil {
		return usual, nil
	}
	answer, err := e.ask(ctx, question+" ["+escape(usual)+"]: ")
	if err == nil && answer == "" {
		answer = usual
	}
	return answer, err
}

func inWords(accounts []configgen.Account) string {
	var words []string
	for _, a := range accounts {
		words = append(words, a.Name+"="+a.Bootstrap)
	}
	return strings.Join(words, " ")
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
