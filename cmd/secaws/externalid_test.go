//go:build unix

package main

import (
	"strings"
	"testing"

	"github.com/secaws/secaws/internal/awslab"
)

// A role that asks for an external ID is given the profile's, and refuses without it.
func TestExternalID(t *testing.T) {
	st := newStage(t, awslab.Options{})
	const boss = "secure-aws-admin"
	must(t, st.settle(boss))
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},` +
		`"Action":"sts:AssumeRole","Condition":{"StringEquals":{"sts:ExternalId":"ticket/7"}}}]}`
	arn, err := st.role(t.Context(), "secure-aws-preprod", "Vendor", trust)
	must(t, err)
	for _, tt := range []struct {
		name, id string
		want     string // part of stdout, "" where it is refused
	}{{"right", "ticket/7", "assumed-role/Vendor/"}, {"wrong", "ticket/8", ""}, {"none", "", ""}} {
		argv := []string{"config", "write", tt.name, "--key", boss, "--role", arn, "--region", "us-west-2"}
		if tt.id != "" {
			argv = append(argv, "--external-id", tt.id)
		}
		if _, stderr, code := st.run("secaws", argv...); code != 0 {
			t.Fatalf("config write: %s", stderr)
		}
		stdout, stderr, code := st.run("secaws", "exec", tt.name, "--", "awslab", "whoami")
		if refused := code == 1 && stdout == "" && strings.Contains(stderr, "AccessDenied"); tt.want == "" && !refused || !strings.Contains(stdout, tt.want) {
			t.Errorf("external ID %q: exit code %d, stdout %q: %s", tt.id, code, stdout, stderr)
		}
		if hinted := strings.Contains(stderr, "external ID (external_id)"); hinted != (tt.name == "none") {
			t.Errorf("external ID %q: the hint names it: %v: %s", tt.id, hinted, stderr)
		}
	}
}
