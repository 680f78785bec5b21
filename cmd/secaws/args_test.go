package main

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/urfave/cli/v2"
)

func TestPermute(t *testing.T) {
	known := []cli.Flag{
		&cli.BoolFlag{Name: "json"}, &cli.StringFlag{Name: "to", Aliases: []string{"t"}}, &cli.IntFlag{Name: "last"},
	}
	tests := []struct {
		args         string
		tail         bool
		flags, names string
	}{
		{args: ""},
		{args: "ops", names: "ops"},
		{args: "--json ops", flags: "--json", names: "ops"},
		{args: "ops --json", flags: "--json", names: "ops"},
		{args: "ops --to pass --json", flags: "--to pass --json", names: "ops"},
		{args: "ops -t pass", flags: "-t pass", names: "ops"},
		{args: "--to=pass ops --last 3", flags: "--to=pass --last 3", names: "ops"},
		{args: "--to", flags: "--to"},
		{args: "ops -- --json", names: "ops --json"},
		{args: "-", names: "-"},
		{args: "--what ops", flags: "--what", names: "ops"},

		{args: "", tail: true, names: "''"},
		{args: "Ops", tail: true, names: "Ops"},
		{args: "Ops --json", tail: true, flags: "--json", names: "Ops"},
		{args: "Ops -- aws s3 --json", tail: true, names: "Ops aws s3 --json"},
		{args: "Ops aws s3 --json", tail: true, names: "Ops aws s3 --json"},
		{args: "Ops --json aws --json -- x", tail: true, flags: "--json", names: "Ops aws --json -- x"},
		{args: "--json Ops -- -x", tail: true, flags: "--json", names: "Ops -x"},
		{args: "-- aws --json", tail: true, names: "'' aws --json"},
		{args: "--json --", tail: true, flags: "--json", names: "''"},
		{args: "Ops -- --", tail: true, names: "Ops --"},
	}
	for _, test := range tests {
		flags, names := permute(known, strings.Fields(test.args), test.tail)
		for i := range names {
			if names[i] == "" {
				names[i] = "''"
			}
		}
		got := [2]string{strings.Join(flags, " "), strings.Join(names, " ")}
		if diff := cmp.Diff([2]string{test.flags, test.names}, got); diff != "" {
			t.Errorf("permute(%q, foreign tail %v) (-want +got):\n%s", test.args, test.tail, diff)
		}
	}
}

func TestArrange(t *testing.T) {
	tests := map[string]string{
		"secaws":                              "secaws",
		"secaws help":                         "secaws --help",
		"secaws help add":                     "secaws add --help --",
		"secaws nothing --json x":             "secaws nothing --json x",
		"secaws remove ops --yes":             "secaws remove --yes -- ops",
		"secaws keychain move --dry-run":      "secaws keychain move --dry-run --",
		"secaws keychain --help":              "secaws keychain --help --",
		"secaws exec help -- help":            "secaws exec -- help help",
		"secaws exec Ops --no-session env -i": "secaws exec --no-session -- Ops env -i",
	}
	for args, want := range tests {
		argv := strings.Fields(args)
		got := strings.Join(arrange(newApp(&env{}, argv), argv), " ")
		if got != want {
			t.Errorf("arrange(%q) = %q, want %q", args, got, want)
		}
	}
}

func FuzzPermute(f *testing.F) {
	f.Add("ops --json -- --to x", true)
	f.Add("--to --to -- -", false)
	known := []cli.Flag{&cli.BoolFlag{Name: "json"}, &cli.StringFlag{Name: "to"}}
	f.Fuzz(func(t *testing.T, line string, tail bool) {
		args := strings.Fields(line)
		flags, names := permute(known, args, tail)
		lost := len(args) - len(flags) - len(names)
		if tail && len(names) > 0 && names[0] == "" {
			lost++
		}
		if lost < 0 || lost > 1 { // one "--" at most is ours
			t.Errorf("permute(%q, %v) = %q, %q", args, tail, flags, names)
		}
	})
}
