package session

import (
	"reflect"
	"testing"
	"time"
)

func TestIdentityDependsOnEveryParameter(t *testing.T) {
	base := Step{Action: AssumeRole}
	seen := map[string]string{Identity("AKIA1", []Step{base}): "nothing set"}
	note := func(what, id string) {
		t.Helper()
		if other, ok := seen[id]; ok {
			t.Errorf("%s: same identity as %s", what, other)
		}
		seen[id] = what
	}
	for i := range reflect.TypeFor[Step]().NumField() {
		step := base
		name := reflect.TypeFor[Step]().Field(i).Name
		field := reflect.ValueOf(&step).Elem().Field(i)
		switch field.Interface().(type) {
		case string, Action:
			field.SetString("x")
		case time.Duration:
			field.SetInt(1)
		case []string:
			field.Set(reflect.ValueOf([]string{"x"}))
		case []Tag:
			field.Set(reflect.ValueOf([]Tag{{"x", "y"}}))
		default:
			t.Fatalf("field %s: no value for its type", name)
		}
		if name == "Region" {
			if Identity("AKIA1", []Step{step}) != Identity("AKIA1", []Step{base}) {
				t.Error("two regions do not share a session")
			}
			continue
		}
		note(name, Identity("AKIA1", []Step{step}))
	}
	note("key", Identity("AKIA2", []Step{base}))
	note("two steps", Identity("AKIA1", []Step{base, base}))
	note("no step", Identity("AKIA1", nil))
	note("tag boundaries", Identity("AKIA1", []Step{{Action: AssumeRole, Tags: []Tag{{"xy", ""}}}}))
	note("list boundaries", Identity("AKIA1", []Step{{Action: AssumeRole, TransitiveTags: []string{"x", "y"}}}))
	note("list boundaries", Identity("AKIA1", []Step{{Action: AssumeRole, TransitiveTags: []string{"x y"}}}))
}

// Profiles of one user and device share the session their code made.
func TestIdentitySharesMFASession(t *testing.T) {
	source := Profile{Name: "base", MFASerial: device, Region: "us-east-1"}
	first := func(p Profile) string {
		steps, err := Plan(p)
		if err != nil {
			t.Fatal(err)
		}
		return identities("AKIA1", steps)[0]
	}
	ops := first(Profile{Name: "Ops", RoleARN: roleOps, Source: &source, Region: "eu-west-1", ExternalID: "abc"})
	dev := first(Profile{Name: "Dev", RoleARN: roleDev, MFASerial: device})
	if ops != dev || ops != first(source) {
		t.Error("three profiles of one user and device have different MFA sessions")
	}
}

func TestNameSessions(t *testing.T) {
	tests := []struct {
		name, own string
		info      KeyInfo
		want      string
	}{
		{"given", "mine", KeyInfo{Name: "key", User: "ops"}, "mine"},
		{"the user", "", KeyInfo{Name: "key", User: "ops"}, "ops"},
		{"the key", "", KeyInfo{Name: "key"}, "key"},
		{"neither fits", "", KeyInfo{Name: "a key", User: "x"}, "secaws"},
	}
	for _, tt := range tests {
		source := Profile{RoleSessionName: "inner"}
		p := Profile{RoleSessionName: tt.own, Source: &source}
		got := nameSessions(p, tt.info)
		if got.RoleSessionName != tt.want || got.Source.RoleSessionName != "inner" {
			t.Errorf("%s: %q over %q, want %q over inner", tt.name, got.RoleSessionName, got.Source.RoleSessionName, tt.want)
		}
	}
	p := Profile{Source: &Profile{}}
	if nameSessions(p, KeyInfo{User: "ops"}); p.RoleSessionName != "" || p.Source.RoleSessionName != "" {
		t.Error("the profile was edited")
	}
}
