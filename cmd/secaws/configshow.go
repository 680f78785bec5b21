package main

import (
	"errors"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/secaws/secaws/configgen"
	"github.com/secaws/secaws/session"
)

func configShowCommand(e *env) *cli.Command {
	return &cli.Command{
		Name:        "show",
		Usage:       "show a profile as secaws understands it, or list all of them",
		UsageText:   "secaws config show [--json] [PROFILE]",
		Description: example("Follows source_profile and include_profile, and says where everything comes from.", "secaws config show Ops"),
		Flags:       []cli.Flag{jsonFlag()},
		Action: func(c *cli.Context) error {
			if c.NArg() == 0 {
				return e.showProfiles(c)
			}
			name, err := oneName(c, "PROFILE")
			if err != nil {
				return err
			}
			return e.showProfile(c, name)
		},
	}
}

// profileAnswer is a profile as config show --json answers it.
type profileAnswer struct {
	Name         string       `json:"name"`
	Files        []string     `json:"files"`             // places of its sections
	Served       bool         `json:"served"`            // SDKs get its credentials from secaws
	Problem      string       `json:"problem,omitempty"` // why secaws cannot serve it; the rest is then empty
	Key          string       `json:"key,omitempty"`
	Region       string       `json:"region,omitempty"`
	MFASerial    string       `json:"mfa_serial,omitempty"`
	MFAProcess   []string     `json:"mfa_process,omitempty"`
	Roles        []roleAnswer `json:"roles,omitempty"` // from the key outwards
	Direct       bool         `json:"direct,omitempty"`
	Endpoint     string       `json:"endpoint,omitempty"`
	EndpointFrom string       `json:"endpoint_from,omitempty"`
}

// roleAnswer is one role of a chain.
type roleAnswer struct {
	Profile     string `json:"profile"`
	ARN         string `json:"arn"`
	ExternalID  string `json:"external_id,omitempty"`
	SessionName string `json:"session_name,omitempty"`
	Seconds     int    `json:"duration_seconds,omitempty"`
}

func (e *env) answerProfile(files *configgen.Files, name string) profileAnswer {
	raw, _ := files.Raw(name)
	answer := profileAnswer{Name: name, Files: files.Where(name), Served: configgen.ServedProfile(raw["credential_process"]) != ""}
	p, err := files.Profile(name, e.getenv)
	if err != nil {
		answer.Problem = err.Error()
		return answer
	}
	answer.Key, answer.Region, answer.MFASerial, answer.MFAProcess = p.Key, p.Region, p.MFASerial, p.MFAProcess
	answer.Direct, answer.Endpoint, answer.EndpointFrom = p.Direct, p.Endpoint, p.EndpointFrom
	answer.Roles = rolesOf(p)
	return answer
}

func rolesOf(p session.Profile) []roleAnswer {
	var roles []roleAnswer
	if p.Source != nil {
		roles = rolesOf(*p.Source)
	}
	if p.RoleARN != "" {
		roles = append(roles, roleAnswer{p.Name, p.RoleARN, p.ExternalID, p.RoleSessionName, int(p.Duration.Seconds())})
	}
	return roles
}

func (e *env) showProfiles(c *cli.Context) error {
	files, err := e.files()
	if err != nil {
		return err
	}
	answers := []profileAnswer{}
	rows := [][]string{{"PROFILE", "KEY", "ROLE", "REGION", "MFA", "SERVED"}}
	for _, name := range files.Names() {
		a := e.answerProfile(files, name)
		answers = append(answers, a)
		rows = append(rows, profileRow(a))
	}
	if c.Bool("json") {
		return e.writeJSON(answers)
	}
	if len(answers) == 0 {
		e.notice("there are no profiles yet; write one with: secaws config write PROFILE --key NAME")
		return nil
	}
	return e.table(rows)
}

func profileRow(a profileAnswer) []string {
	if a.Problem != "" {
		return []string{a.Name, "", "", "", "", "no: " + reasonOf(a.Problem)}
	}
	row := []string{a.Name, a.Key, "", a.Region, "no", "no"}
	if n := len(a.Roles); n > 0 {
		row[2] = a.Roles[n-1].ARN
	}
	if a.MFASerial != "" {
		row[4] = "yes"
	}
	if a.Served {
		row[5] = "yes"
	}
	return row
}

// reasonOf leaves the place and the profile's name out of a problem.
func reasonOf(problem string) string {
	_, reason, ok := strings.Cut(problem, "\" ")
	if !ok {
		_, reason, ok = strings.Cut(problem, "\": ")
	}
	if !ok {
		return problem
	}
	return reason
}

func (e *env) showProfile(c *cli.Context, name string) error {
	files, err := e.files()
	if err != nil {
		return err
	}
	_, err = files.Profile(name, e.getenv)
	var unknown *configgen.UnknownProfileError
	if err != nil && (errors.As(err, &unknown) || !c.Bool("json")) {
		return err
	}
	a := e.answerProfile(files, name)
	if c.Bool("json") {
		return e.writeJSON(a)
	}
	return e.table(profileLines(a))
}

// profileLines are what there is to say of a profile, a line each.
func profileLines(a profileAnswer) [][]string {
	served := "no: SDKs get its credentials elsewhere; secaws config write " + a.Name + " --adopt changes that"
	if a.Served {
		served = "yes, by credential_process"
	}
	rows := [][]string{{"profile", a.Name}, {"file", strings.Join(a.Files, ", ")}, {"served to SDKs", served}, {"key", a.Key}}
	add := func(what, value string) {
		if value != "" {
			rows = append(rows, []string{what, value})
		}
	}
	add("region", a.Region)
	add("MFA device", a.MFASerial)
	add("MFA codes from", strings.Join(a.MFAProcess, " "))
	for _, r := range a.Roles {
		text := r.ARN
		if r.Profile != a.Name {
			text += " (profile " + r.Profile + ")"
		}
		add("role", text)
	}
	if a.Endpoint != "" {
		add("STS endpoint", a.Endpoint+" (by "+a.EndpointFrom+")")
	}
	return rows
}
