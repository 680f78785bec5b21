package configgen

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/secaws/secaws/session"
)

// values parses the profile's own keys, without those of its source. The names are
// the AWS CLI's (https://docs.aws.amazon.com/cli/latest/topic/config-vars.html) and
// aws-vault's (https://github.com/99designs/aws-vault/blob/master/USAGE.md).
func (v view) values() (session.Profile, error) {
	p := session.Profile{
		Name:            v.name,
		Key:             v.ours("key").text,
		Region:          plain(v.get("region").text),
		RoleARN:         plain(v.get("role_arn").text),
		MFASerial:       plain(v.get("mfa_serial").text),
		RoleSessionName: plain(v.get("role_session_name").text),
		ExternalID:      plain(v.get("external_id").text),
		SourceIdentity:  plain(v.get("source_identity").text),
		Policy:          v.ours("policy").text,
		PolicyARNs:      list(v.ours("policy_arns").text),
		TransitiveTags:  list(v.get("transitive_session_tags").text),
		TrustedEndpoint: plain(v.ours("trusted_endpoint").text),
	}
	var err error
	if p.Duration, err = v.seconds("duration_seconds", v.get("duration_seconds")); err != nil {
		return p, err
	}
	if p.SessionDuration, err = v.seconds("secaws_session_duration_seconds", v.ours("session_duration_seconds")); err != nil {
		return p, err
	}
	if p.Direct, err = v.flag("secaws_direct", v.ours("direct")); err != nil {
		return p, err
	}
	if p.Tags, err = v.tags(v.get("session_tags")); err != nil {
		return p, err
	}
	p.MFAProcess, err = v.mfaProcess()
	return p, err
}

func (v view) problem(key string, f setting, problem, hint string) error {
	return &ValueError{Profile: v.name, Key: key, at: f.at, problem: problem, hint: hint}
}

func (v view) seconds(key string, f setting) (time.Duration, error) {
	if f.isZero() {
		return 0, nil
	}
	n, err := strconv.ParseUint(plain(f.text), 10, 31)
	if err != nil || n == 0 {
		return 0, v.problem(key, f, fmt.Sprintf("%q is not a number of seconds", f.text), "write whole seconds, such as 3600")
	}
	return time.Duration(n) * time.Second, nil
}

func (v view) flag(key string, f setting) (bool, error) {
	switch strings.ToLower(plain(f.text)) {
	case "true":
		return true, nil
	case "false", "":
		return false, nil
	}
	return false, v.problem(key, f, fmt.Sprintf("%q is neither true nor false", f.text), "")
}

// tags reads aws-vault's form: key=value,key=value.
func (v view) tags(f setting) (map[string]string, error) {
	if f.isZero() {
		return nil, nil
	}
	tags := map[string]string{}
	for _, pair := range list(f.text) {
		key, value, ok := strings.Cut(pair, "=")
		key = trim(key)
		if !ok || key == "" {
			return nil, v.problem("session_tags", f, fmt.Sprintf("%q is not KEY=VALUE", pair), "write session_tags = team=ops,project=web")
		}
		if _, twice := tags[key]; twice {
			return nil, v.problem("session_tags", f, fmt.Sprintf("tag %q is there twice", key), "")
		}
		tags[key] = trim(value)
	}
	return tags, nil
}

// list cuts at commas and drops what is empty.
func list(s string) []string {
	var parts []string
	for _, part := range strings.Split(s, ",") {
		if part = trim(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}

// mfaProcess splits mfa_process as botocore splits credential_process. It runs
// without a shell, so what only a shell understands is refused.
func (v view) mfaProcess() ([]string, error) {
	f := v.get("mfa_process")
	if f.isZero() {
		return nil, nil
	}
	if operator := shellSyntax(f.text); operator != "" {
		return nil, v.problem("mfa_process", f, fmt.Sprintf("%s needs a shell, and it is run without one", operator),
			"put the command into a script and name the script")
	}
	argv, err := splitCommand(f.text)
	if err != nil {
		return nil, v.problem("mfa_process", f, err.Error(), "")
	}
	if len(argv) == 0 || argv[0] == "" {
		return nil, v.problem("mfa_process", f, "it names no program", "")
	}
	return argv, nil
}

// shellSyntax returns the first thing in a command that would be no plain
// character to sh, or "".
func shellSyntax(command string) string {
	quote := rune(0)
	runes := append([]rune(command), 0)
	for i := 0; i+1 < len(runes); i++ {
		r, next := runes[i], runes[i+1]
		switch {
		case r == '\\' && quote != '\'':
			i++
		case quote != 0 && r == quote:
			quote = 0
		case quote == '\'':
		case r == '`', r == '$' && (next == '(' || next == '{' || next == '_' || isLetter(next)):
			return strconv.Quote(string(r))
		case quote != 0:
		case r == '\'' || r == '"':
			quote = r
		case strings.ContainsRune("|&;<>()", r), r == '~' && (i == 0 || isSpace(runes[i-1])):
			return strconv.Quote(string(r))
		}
	}
	return ""
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
