package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/secaws/secaws/keyring"
)

const (
	exampleID     = "AKIAIOSFODNN7EXAMPLE"
	exampleSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
)

func TestKeyFromJSON(t *testing.T) {
	printed := `{"AccessKey":{"UserName":"ops","AccessKeyId":"` + exampleID + `","Status":"Active","SecretAccessKey":"` + exampleSecret + `","CreateDate":"2026-01-02T03:04:05+00:00"}}`
	tests := []struct {
		name, text string
		ok         bool
	}{
		{"as the AWS CLI prints it", printed, true},
		{"with blanks around", "\n\n" + printed + "\n", true},
		{"twice", printed + printed, false},
		{"without a secret", strings.Replace(printed, exampleSecret, "", 1), false},
		{"a list", "[" + printed + "]", false},
		{"credentials of a process", `{"Version":1,"AccessKeyId":"a","SecretAccessKey":"b"}`, false},
		{"too long", printed + strings.Repeat(" ", longestDocument), false},
		{"nothing", "", false},
	}
	for _, test := range tests {
		key, err := keyFromJSON(strings.NewReader(test.text))
		if (err == nil) != test.ok {
			t.Errorf("%s: error %v", test.name, err)
		}
		if err != nil && strings.Contains(err.Error(), "wJalr") {
			t.Errorf("%s: the error shows the secret: %v", test.name, err)
		}
		if test.ok && (key.ID != exampleID || key.Secret.Reveal() != exampleSecret || key.User != "ops" || key.Created.Year() != 2026) {
			t.Errorf("%s: %+v", test.name, key)
		}
	}
}

func FuzzKeyFromJSON(f *testing.F) {
	f.Add(`{"AccessKey":{"AccessKeyId":"x","SecretAccessKey":"y"}}`)
	f.Fuzz(func(t *testing.T, text string) {
		key, err := keyFromJSON(strings.NewReader(text))
		if err == nil && (key.ID == "" || key.Secret.IsZero()) {
			t.Errorf("keyFromJSON(%q) is half a key", text)
		}
	})
}

func TestCheckKey(t *testing.T) {
	tests := []struct{ name, id, secret, want string }{
		{"good", exampleID, exampleSecret, ""},
		{"temporary", "ASIAIOSFODNN7EXAMPLE", exampleSecret, "temporary key"},
		{"a role's id", "AROAIOSFODNN7EXAMPLE", exampleSecret, "not an access key id"},
		{"cut off", "AKIAIOSFO", exampleSecret, "not an access key id"},
		{"lower case", strings.ToLower(exampleID), exampleSecret, "not an access key id"},
		{"the secret in its place", exampleSecret, exampleSecret, "not an access key id"},
		{"no secret", exampleID, "", "is empty"},
		{"a blank in the secret", exampleID, exampleSecret[:20] + " " + exampleSecret[20:], "what no secret access key holds"},
		{"a paste's end", exampleID, exampleSecret + "\x1b[201~", "what no secret access key holds"},
	}
	for _, test := range tests {
		err := checkKey(givenKey{ID: test.id, Secret: keyring.NewSecret(test.secret)})
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: error %v, want %q", test.name, err, test.want)
		}
		if err != nil && strings.Contains(err.Error(), exampleSecret) {
			t.Errorf("%s: the error shows the secret: %v", test.name, err)
		}
	}
}

func TestUserOf(t *testing.T) {
	tests := []struct {
		arn, want string
		ok        bool
	}{
		{"arn:aws:iam::111111111111:user/ops", "ops", true},
		{"arn:aws-us-gov:iam::111111111111:user/team/a/ops", "ops", true},
		{"arn:aws:iam::111111111111:root", "", false},
		{"arn:aws:sts::111111111111:assumed-role/Ops/ops", "", false},
		{"arn:aws:sts::111111111111:federated-user/ops", "", false},
		{"", "", false},
	}
	for _, test := range tests {
		got, err := userOf(test.arn)
		var h hinted
		if got != test.want || (err == nil) != test.ok || err != nil && !errors.As(err, &h) {
			t.Errorf("userOf(%q) = %q, %v", test.arn, got, err)
		}
	}
}

func TestUsualDevice(t *testing.T) {
	tests := map[string]string{
		"arn:aws:iam::111111111111:user/ops":           "arn:aws:iam::111111111111:mfa/ops",
		"arn:aws-cn:iam::111111111111:user/team/a/ops": "arn:aws-cn:iam::111111111111:mfa/ops",
	}
	for arn, want := range tests {
		if got := usualDevice(arn); got != want {
			t.Errorf("usualDevice(%q) = %q, want %q", arn, got, want)
		}
	}
}
