package session

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	device  = "arn:aws:iam::111111111111:mfa/ops"
	roleOps = "arn:aws:iam::333333333333:role/Ops"
	roleDev = "arn:aws:iam::222222222222:role/Dev"
)

// The steps that plans in these tests are made of.
var (
	stepToken  = Step{Action: SessionToken, Region: "us-west-2", Duration: 12 * time.Hour, MFASerial: device}
	stepAssume = Step{Action: AssumeRole, Region: "us-west-2", Duration: time.Hour, RoleARN: roleOps, SessionName: "ops"}
	stepDev    = Step{Action: AssumeRole, Region: "us-west-2", Duration: time.Hour, RoleARN: roleDev, SessionName: "ops"}
	stepCoded  = Step{Action: AssumeRole, Region: "us-west-2", Duration: time.Hour, RoleARN: roleOps, SessionName: "ops", MFASerial: device}
	stepLong   = Step{Action: AssumeRole, Region: "us-west-2", Duration: 12 * time.Hour, RoleARN: roleOps, SessionName: "ops", MFASerial: device}
)

// Two profiles to build on: the key with a device, and without.
var (
	base = Profile{Name: "base", Key: "ops", Region: "us-west-2", MFASerial: device}
	bare = Profile{Name: "bare", Key: "ops"}
)

// onto is the role Ops with source's credentials, as edited.
func onto(source Profile, edit func(*Profile)) Profile {
	p := Profile{Name: "Ops", Key: "ops", RoleARN: roleOps, RoleSessionName: "ops", Region: "us-west-2", Source: &source}
	if edit != nil {
		edit(&p)
	}
	return p
}

// further is the role Dev in the same way.
func further(source Profile, edit func(*Profile)) Profile {
	p := onto(source, nil)
	p.RoleARN = roleDev
	if edit != nil {
		edit(&p)
	}
	return p
}

type planned struct {
	name string
	p    Profile
	want []Step
}

func checkPlans(t *testing.T, tests []planned) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Plan(tt.p)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("plan (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPlan(t *testing.T) {
	checkPlans(t, []planned{
		{"key", Profile{Name: "k", Region: "us-west-2"}, []Step{{Action: SessionToken, Region: "us-west-2", Duration: 12 * time.Hour}}},
		{"key, no region", bare, []Step{{Action: SessionToken, Region: "us-east-1", Duration: 12 * time.Hour}}},
		{"key with MFA", base, []Step{stepToken}},
		{"key with MFA, own duration", Profile{Region: "us-west-2", MFASerial: device, SessionDuration: 36 * time.Hour},
			[]Step{{Action: SessionToken, Region: "us-west-2", Duration: 36 * time.Hour, MFASerial: device}}},
		{"role of the key", Profile{Region: "us-west-2", RoleARN: roleOps, RoleSessionName: "ops"}, []Step{stepAssume}},
		{"role of the key, long", Profile{Region: "us-west-2", RoleARN: roleOps, RoleSessionName: "ops", Duration: 12 * time.Hour},
			[]Step{{Action: AssumeRole, Region: "us-west-2", Duration: 12 * time.Hour, RoleARN: roleOps, SessionName: "ops"}}},
		{"role with MFA", onto(bare, func(p *Profile) { p.MFASerial = device }), []Step{stepToken, stepAssume}},
		{"role, MFA inherited", onto(base, nil), []Step{stepToken, stepAssume}},
		{"role, session duration inherited", onto(Profile{MFASerial: device, SessionDuration: time.Hour}, nil),
			[]Step{{Action: SessionToken, Region: "us-west-2", Duration: time.Hour, MFASerial: device}, stepAssume}},
		{"role, own device before the inherited", onto(Profile{MFASerial: "arn:aws:iam::111111111111:mfa/old"}, func(p *Profile) { p.MFASerial = device }), []Step{stepToken, stepAssume}},
		{"role with MFA, long", onto(base, func(p *Profile) { p.Duration = 12 * time.Hour }), []Step{stepLong}},
		{"role with MFA, an hour is not long", onto(base, func(p *Profile) { p.Duration = time.Hour }), []Step{stepToken, stepAssume}},
		{"role with MFA, direct", onto(base, func(p *Profile) { p.Direct = true }), []Step{stepCoded}},
	})
}

func TestPlanOfChains(t *testing.T) {
	checkPlans(t, []planned{
		{"chain", further(onto(base, nil), nil), []Step{stepToken, stepAssume, stepDev}},
		{"chain, serial on the outside only", further(onto(bare, nil), func(p *Profile) { p.MFASerial = device }), []Step{stepToken, stepAssume, stepDev}},
		{"chain without MFA", further(onto(bare, nil), nil), []Step{stepAssume, stepDev}},
		{"chain of four", further(onto(further(onto(base, nil), nil), nil), nil), []Step{stepToken, stepAssume, stepDev, stepAssume, stepDev}},
		{"chain, direct", further(onto(base, nil), func(p *Profile) { p.Direct = true }), []Step{stepCoded, stepDev}},
		{"chain, first role long", further(onto(base, func(p *Profile) { p.Duration = 12 * time.Hour }), nil), []Step{stepLong, stepDev}},
	})
}

func TestPlanCarriesParameters(t *testing.T) {
	checkPlans(t, []planned{
		{"all parameters", Profile{
			Region: "eu-west-1", RoleARN: roleOps, RoleSessionName: "me", ExternalID: "x1", SourceIdentity: "si", Policy: `{}`,
			PolicyARNs: []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"}, Tags: map[string]string{"b": "2", "a": "1"},
			TransitiveTags: []string{"a"}, Duration: 15 * time.Minute, Endpoint: "http://127.0.0.1:1",
		}, []Step{{
			Action: AssumeRole, Region: "eu-west-1", RoleARN: roleOps, SessionName: "me", ExternalID: "x1", SourceIdentity: "si", Policy: `{}`,
			PolicyARNs: []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"}, Tags: []Tag{{"a", "1"}, {"b", "2"}},
			TransitiveTags: []string{"a"}, Duration: 15 * time.Minute, Endpoint: "http://127.0.0.1:1",
		}}},
		{"China", Profile{RoleARN: "arn:aws-cn:iam::333333333333:role/Ops"},
			[]Step{{Action: AssumeRole, Region: "cn-north-1", Duration: time.Hour, RoleARN: "arn:aws-cn:iam::333333333333:role/Ops"}}},
		{"GovCloud by device", Profile{MFASerial: "arn:aws-us-gov:iam::111111111111:mfa/a"},
			[]Step{{Action: SessionToken, Region: "us-gov-west-1", Duration: 12 * time.Hour, MFASerial: "arn:aws-us-gov:iam::111111111111:mfa/a"}}},
		{"sovereign", Profile{RoleARN: "arn:aws-eusc:iam::333333333333:role/Ops"},
			[]Step{{Action: AssumeRole, Region: "eusc-de-east-1", Duration: time.Hour, RoleARN: "arn:aws-eusc:iam::333333333333:role/Ops"}}},
		{"hardware device", Profile{Region: "cn-north-1", MFASerial: "GAHT12345678"},
			[]Step{{Action: SessionToken, Region: "cn-north-1", Duration: 12 * time.Hour, MFASerial: "GAHT12345678"}}},
	})
}

// refused is a profile that a test expects Plan to refuse, and words of the refusal.
type refused struct {
	name, want string
	p          Profile
}

func role(edit func(*Profile)) Profile {
	p := Profile{Name: "Ops", Key: "ops", RoleARN: roleOps, MFASerial: device}
	edit(&p)
	return p
}

func checkRefused(t *testing.T, tests []refused) {
	t.Helper()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			steps, err := Plan(tt.p)
			var refusal *ProfileError
			if !errors.As(err, &refusal) {
				t.Fatalf("plan = %v, %v; want a ProfileError", steps, err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %q does not say %q", err, tt.want)
			}
		})
	}
}

func TestPlanRefusesParameters(t *testing.T) {
	many := func(n int) map[string]string {
		tags := map[string]string{}
		for i := range n {
			tags[strings.Repeat("k", i+1)] = "v"
		}
		return tags
	}
	checkRefused(t, []refused{
		{"role is a user", "is not the ARN of a role", role(func(p *Profile) { p.RoleARN = "arn:aws:iam::333333333333:user/Ops" })},
		{"role without account", "is not the ARN of a role", role(func(p *Profile) { p.RoleARN = "arn:aws:iam::aws:role/Ops" })},
		{"role with a blank", "is not the ARN of a role", role(func(p *Profile) { p.RoleARN = roleOps + " x" })},
		{"role of another service", "is not the ARN of a role", role(func(p *Profile) { p.RoleARN = "arn:aws:sts::333333333333:role/Ops" })},
		{"session name too short", "role_session_name", role(func(p *Profile) { p.RoleSessionName = "x" })},
		{"session name with a blank", "role_session_name", role(func(p *Profile) { p.RoleSessionName = "a b" })},
		{"session name too long", "role_session_name", role(func(p *Profile) { p.RoleSessionName = strings.Repeat("x", 65) })},
		{"external ID too short", "external_id", role(func(p *Profile) { p.ExternalID = "x" })},
		{"external ID too long", "external_id", role(func(p *Profile) { p.ExternalID = strings.Repeat("x", 1225) })},
		{"external ID with a star", "external_id", role(func(p *Profile) { p.ExternalID = "ab*" })},
		{"source identity reserved", "source identity", role(func(p *Profile) { p.SourceIdentity = "aws:me" })},
		{"duration too short", "duration_seconds = 899", role(func(p *Profile) { p.Duration = 899 * time.Second })},
		{"duration too long", "duration_seconds = 43201", role(func(p *Profile) { p.Duration = 43201 * time.Second })},
		{"duration negative", "duration_seconds = -1", role(func(p *Profile) { p.Duration = -time.Second })},
		{"session duration too long", "secaws_session_duration_seconds = 129601", role(func(p *Profile) { p.SessionDuration = 129601 * time.Second })},
		{"policy not JSON", "not JSON", role(func(p *Profile) { p.Policy = "{" })},
		{"policy beyond Latin-1", "not JSON in characters", role(func(p *Profile) { p.Policy = "{\"a\":\"\u202e\"}" })},
		{"policy too long", "2049 characters", role(func(p *Profile) { p.Policy = `"` + strings.Repeat("x", 2047) + `"` })},
		{"policies too long together", "characters", role(func(p *Profile) {
			p.Policy, p.PolicyARNs = `"`+strings.Repeat("x", 2040)+`"`, []string{"arn:aws:iam::aws:policy/ReadOnlyAccess"}
		})},
		{"policy ARN of a role", "is not the ARN of a policy", role(func(p *Profile) { p.PolicyARNs = []string{roleOps} })},
		{"policy ARNs too many", "11 session policies", role(func(p *Profile) {
			p.PolicyARNs = strings.Split(strings.Repeat("arn:aws:iam::aws:policy/x ", 11), " ")[:11]
		})},
		{"tags too many", "51 session tags", role(func(p *Profile) { p.Tags = many(51) })},
		{"tag empty", "session tag", role(func(p *Profile) { p.Tags = map[string]string{"": "x"} })},
		{"tag reserved", "session tag", role(func(p *Profile) { p.Tags = map[string]string{"AWS:x": "x"} })},
		{"tag key too long", "session tag", role(func(p *Profile) { p.Tags = map[string]string{strings.Repeat("é", 129): "x"} })},
		{"tag value with a line", "as its value", role(func(p *Profile) { p.Tags = map[string]string{"a": "x\n"} })},
		{"tag twice but for case", "is there twice", role(func(p *Profile) { p.Tags = map[string]string{"a": "x", "A": "y"} })},
		{"transitive but absent", "transitive tag", role(func(p *Profile) { p.TransitiveTags = []string{"a"} })},
	})
}

func TestPlanRefusesCombinations(t *testing.T) {
	checkRefused(t, []refused{
		{"serial is a security key", "is a security key", role(func(p *Profile) { p.MFASerial = "arn:aws:iam::111111111111:u2f/user/ops/key-ABC" })},
		{"serial is a user", "mfa_serial", role(func(p *Profile) { p.MFASerial = "arn:aws:iam::111111111111:user/ops" })},
		{"serial too short", "mfa_serial", role(func(p *Profile) { p.MFASerial = "GAHT1234" })},
		{"region of another partition", "region us-east-1 is not in partition aws-cn", role(func(p *Profile) {
			p.Region, p.RoleARN, p.MFASerial = "us-east-1", "arn:aws-cn:iam::333333333333:role/Ops", ""
		})},
		{"device of another partition", "mfa_serial is in partition aws, the role in aws-cn", role(func(p *Profile) { p.RoleARN = "arn:aws-cn:iam::333333333333:role/Ops" })},
		{"partition unknown", "aws-moon is not a partition", role(func(p *Profile) { p.RoleARN, p.MFASerial = "arn:aws-moon:iam::333333333333:role/Ops", "" })},
		{"chain across partitions", "the chain begins in aws-cn", role(func(p *Profile) {
			p.MFASerial = ""
			p.Source = &Profile{Name: "s", RoleARN: "arn:aws-cn:iam::333333333333:role/Ops"}
		})},
		{"chained for too long", "lasts 3600 at most", role(func(p *Profile) { p.Duration, p.Source = 2*time.Hour, &Profile{Name: "s", RoleARN: roleDev} })},
		{"bad role in the chain", `profile "s": role_arn`, role(func(p *Profile) { p.Source = &Profile{Name: "s", RoleARN: "x"} })},
		{"direct without a role", "the profile has none", Profile{Name: "Ops", Direct: true}},
	})
}

// What AWS still takes must not be refused: each limit at its edge.
func TestPlanTakesLimits(t *testing.T) {
	tags := map[string]string{strings.Repeat("é", 128): strings.Repeat("é", 256), "a b": ""}
	for i := range 48 {
		tags[strings.Repeat("k", i+1)] = "v_.:/=+-@"
	}
	p := Profile{
		RoleARN: "arn:aws:iam::333333333333:role/some/path/Ops", RoleSessionName: strings.Repeat("x", 64), SourceIdentity: "ab",
		ExternalID: strings.Repeat(":", 1224), Duration: 12 * time.Hour, MFASerial: device, Tags: tags, TransitiveTags: []string{"K"},
		Policy: `"` + strings.Repeat("ÿ", 2046) + `"`,
	}
	if _, err := Plan(p); err != nil {
		t.Error(err)
	}
}
