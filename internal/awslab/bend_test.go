package awslab

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/secaws/secaws/internal/awslab/sigv4"
)

func TestParseFaults(t *testing.T) {
	tests := []struct {
		spec string
		hits string // of ten calls: a letter for each
	}{
		{"A:2=X", ".X........"},
		{"A:2-4=X", ".XXX......"},
		{"A:9-=X", "........XX"},
		{"A=X", "XXXXXXXXXX"},
		{"A:every3=X", "..X..X..X."},
		{"*:every-5=X", "....X....X"},
		{"A:1=X,A:3=Y", "X.Y......."},
		{"A:1=X A:1=Y;*:2=Z", "XZ........"},
		{"B:1=X", ".........."},
		{"a:1=X", "X........."},
		{"", ".........."},
	}
	for _, test := range tests {
		f, err := ParseFaults(test.spec)
		if err != nil {
			t.Errorf("%s: %v", test.spec, err)
			continue
		}
		var hits strings.Builder
		for range 10 {
			if e := f.next("A"); e != "" {
				hits.WriteString(string(e))
			} else {
				hits.WriteByte('.')
			}
		}
		if hits.String() != test.hits {
			t.Errorf("%s hits %s, want %s", test.spec, hits.String(), test.hits)
		}
	}
	for _, spec := range []string{"A", "A=", "=X", "A:0=X", "A:x=X", "A:2-1=X", "A:every=X", "A:every0=X", "A:-1=X", ":1=X"} {
		if _, err := ParseFaults(spec); err == nil {
			t.Errorf("ParseFaults(%q) accepted", spec)
		}
	}
}

func TestFaults(t *testing.T) {
	s := newStage(t, Options{Faults: "CreateAccessKey:1=ServiceUnavailable,CreateAccessKey:2=throttle,ListUsers:1=NoSuchEntity"})
	root := s.admin(adminAccount)
	if a := s.refused("ServiceUnavailable", "", root, "iam", "CreateAccessKey"); a.status != 503 {
		t.Errorf("status %d, want 503", a.status)
	}
	if a := s.refused("Throttling", "Rate exceeded", root, "iam", "CreateAccessKey"); a.status != 400 {
		t.Errorf("status %d, want 400", a.status)
	}
	if a := s.refused("NoSuchEntity", "", root, "iam", "ListUsers"); a.status != 404 {
		t.Errorf("status %d, want 404", a.status)
	}
	if n := strings.Count(s.do(root, "iam", "ListAccessKeys").body, "<member>"); n != 1 {
		t.Errorf("%d keys after two refused calls, want 1", n)
	}
	s.do(root, "iam", "CreateAccessKey")
}

// A dropped call is done, and its answer lost: the connection just ends.
func TestDrop(t *testing.T) {
	s := newStage(t, Options{Faults: "CreateUser:1=drop"})
	root := s.admin(adminAccount)
	if a, err := s.send(s.request(root, "iam", "CreateUser", "UserName", "bob")); err == nil {
		t.Fatalf("answered: %+v", a)
	}
	s.do(root, "iam", "GetUser", "UserName", "bob")
	calls := s.Calls()
	if c := calls[0]; c.Fault != "drop" || c.Outcome != "OK" || c.Parameters["UserName"] != "bob" {
		t.Errorf("logged %+v", c)
	}
	if err := s.SetFaults("CreateUser:x=drop"); err == nil {
		t.Error("SetFaults accepted nonsense")
	}
	if err := s.SetFaults("*:1=InternalFailure"); err != nil {
		t.Fatal(err)
	}
	s.refused("InternalFailure", "", root, "sts", "GetCallerIdentity")
	s.do(root, "sts", "GetCallerIdentity")
}

// Slow calls of several clients overlap.
func TestLatency(t *testing.T) {
	const latency = 60 * time.Millisecond
	s := newStage(t, Options{Latency: latency})
	root := s.admin(adminAccount)
	began := time.Now()
	done := make(chan string)
	for range 8 {
		r := s.request(root, "sts", "GetCallerIdentity")
		go func() {
			a, err := s.send(r)
			done <- fmt.Sprint(a.code, err)
		}()
	}
	for range 8 {
		if got := <-done; got != "<nil>" {
			t.Error(got)
		}
	}
	if took := time.Since(began); took < latency || took > 6*latency {
		t.Errorf("8 calls at once took %v, at %v each", took, latency)
	}
}

// Until the delay is over neither keys, users, memberships nor policies are seen, and
// what is taken away still is; writers see all at once.
func TestPropagation(t *testing.T) {
	const delay = 10 * time.Second
	s := newStage(t, Options{Propagation: delay})
	root := s.admin(adminAccount)
	s.do(root, "iam", "CreateUser", "UserName", "bob")
	s.refused("NoSuchEntity", "", root, "iam", "GetUser", "UserName", "bob")
	s.refused("EntityAlreadyExists", "", root, "iam", "CreateUser", "UserName", "bob")
	bob := s.do(root, "iam", "CreateAccessKey", "UserName", "bob").key()
	s.refused("InvalidClientTokenId", "", bob, "sts", "GetCallerIdentity")
	s.wait(delay - time.Second)
	s.refused("InvalidClientTokenId", "", bob, "sts", "GetCallerIdentity")
	s.wait(time.Second)
	s.do(bob, "sts", "GetCallerIdentity")
	s.do(root, "iam", "GetUser", "UserName", "bob")

	steps := []struct {
		name string
		make func()
		seen func() bool
		want bool // once the delay is over
	}{
		{"policy", func() {
			s.do(root, "iam", "PutUserPolicy", "UserName", "bob", "PolicyName", "p", "PolicyDocument", anyAction)
		}, func() bool { return s.try(bob, "iam", "ListUsers").code == "" }, true},
		{"policy taken away", func() {
			s.do(root, "iam", "DeleteUserPolicy", "UserName", "bob", "PolicyName", "p")
		}, func() bool { return s.try(bob, "iam", "ListUsers").code == "" }, false},
		{"membership", func() {
			s.do(root, "iam", "CreateGroup", "GroupName", "g")
			s.do(root, "iam", "PutGroupPolicy", "GroupName", "g", "PolicyName", "p", "PolicyDocument", anyAction)
			s.wait(delay)
			s.do(root, "iam", "AddUserToGroup", "GroupName", "g", "UserName", "bob")
		}, func() bool { return s.try(bob, "iam", "ListUsers").code == "" }, true},
		{"key made inactive", func() {
			s.do(root, "iam", "UpdateAccessKey", "UserName", "bob", "AccessKeyId", bob.id, "Status", "Inactive")
		}, func() bool { return s.try(bob, "sts", "GetCallerIdentity").code == "" }, false},
	}
	for _, step := range steps {
		step.make()
		if got := step.seen(); got == step.want {
			t.Errorf("%s: seen at once", step.name)
		}
		s.wait(delay)
		if got := step.seen(); got != step.want {
			t.Errorf("%s: seen %t after the delay, want %t", step.name, got, step.want)
		}
	}
}

func TestCloneSharesNothing(t *testing.T) {
	s := newStage(t, Options{Seed: SeedLandingZone})
	copied := clone(s.state)
	before, _ := json.Marshal(copied)
	for _, a := range s.state.Accounts {
		for _, u := range a.Users {
			u.Keys[0].Active, u.Inline["x"], u.Attached = false, "y", append(u.Attached[:0], "z")
		}
		for _, r := range a.Roles {
			r.Tags, r.Attached = append(r.Tags, Tag{"k", "v"}), append(r.Attached[:0], "z")
		}
		for _, g := range a.Groups {
			g.Members = append(g.Members[:0], "nobody")
		}
		clear(a.MFADevices)
	}
	if after, _ := json.Marshal(copied); string(after) != string(before) {
		t.Error("the copy changed with the original")
	}
}

func TestSnapshotOfNothing(t *testing.T) {
	s := newStage(t, Options{Seed: SeedLandingZone})
	root := s.admin(adminAccount)
	first := s.Snapshot()
	s.do(root, "iam", "ListUsers")
	s.do(root, "sts", "GetSessionToken")
	s.refused("NoSuchEntity", "", root, "iam", "DeleteGroup", "GroupName", "none")
	if d := first.Diff(s.Snapshot()); len(d) > 0 || len(first) < 100 {
		t.Errorf("of %d values changed: %q", len(first), d)
	}
}

func TestSnapshotTellsChanges(t *testing.T) {
	s := newStage(t, Options{})
	root := s.admin(adminAccount)
	s.do(root, "iam", "CreateUser", "UserName", "bob")
	k := s.do(root, "iam", "CreateAccessKey", "UserName", "bob").key()
	first := s.Snapshot()
	s.do(root, "iam", "CreateGroup", "GroupName", "Team")
	s.do(root, "iam", "UpdateAccessKey", "UserName", "bob", "AccessKeyId", k.id, "Status", "Inactive")
	s.do(root, "iam", "TagUser", "UserName", "bob", "Tags.member.1.Key", "a", "Tags.member.1.Value", "b")
	second := s.Snapshot()
	all := strings.Join(first.Diff(second), "\n")
	for _, want := range []string{
		"+ Accounts.111111111111.Groups.team.Name = Team",
		"~ Accounts.111111111111.Users.bob.Keys.0.Active = true → false",
		"+ Accounts.111111111111.Users.bob.Tags.0.Key = a",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in\n%s", want, all)
		}
	}
	s.do(root, "iam", "DeleteGroup", "GroupName", "Team")
	if all := strings.Join(second.Diff(s.Snapshot()), "\n"); !strings.Contains(all, "- Accounts.111111111111.Groups.team.Name = Team") {
		t.Errorf("deletion not told:\n%s", all)
	}
	for path, value := range second {
		if strings.Contains(value, k.secret) || strings.Contains(value, root.secret) {
			t.Errorf("a secret at %s", path)
		}
	}
}

func TestLogHoldsNoSecret(t *testing.T) {
	s := newStage(t, Options{Seed: SeedLandingZone})
	var lines strings.Builder
	s.log.to(&lines)
	ops := s.person("ops")
	code := s.code("ops")
	session := s.do(ops, "sts", "GetSessionToken", "SerialNumber", serialOf("ops"), "TokenCode", code).key()
	s.refused("AccessDenied", "", session, "iam", "CreateLoginProfile", "UserName", "dev", "Password", "pass-word-1")
	for _, secret := range []string{ops.secret, session.secret, session.token, code, "pass-word-1"} {
		if strings.Contains(lines.String(), secret) {
			t.Errorf("a secret in the log:\n%s", lines.String())
		}
	}
	var last Call
	all := strings.Split(strings.TrimSpace(lines.String()), "\n")
	if err := json.Unmarshal([]byte(all[len(all)-1]), &last); err != nil {
		t.Fatal(err)
	}
	if len(all) != 2 || last.Action != "CreateLoginProfile" || last.Outcome != "AccessDenied" || last.Status != 403 || last.Service != "iam" ||
		last.Principal != "arn:aws:iam::111111111111:user/ops" || last.Account != adminAccount || last.AccessKeyID != session.id || last.Time != s.clock() {
		t.Errorf("%d lines, the last %+v", len(all), last)
	}
}

func TestUnknownActions(t *testing.T) {
	s := newStage(t, Options{})
	root := s.admin(adminAccount)
	s.refused("InvalidAction", "Could not find operation AssumeRoot for version 2011-06-15", root, "sts", "AssumeRoot")
	s.refused("InvalidAction", "Could not find operation ListUsers for version 2011-06-15", root, "sts", "ListUsers")
	r := s.request(root, "sts", "X")
	r.Header.Set("X-Amz-Target", "DynamoDB_20120810.ListTables")
	r.Body, r.ContentLength = http.NoBody, 0
	s.sign(r, root, "dynamodb", "us-west-2", sigv4.HashPayload(nil), s.clock())
	if a, err := s.send(r); err != nil || a.status != 501 || !strings.Contains(a.body, `"__type":"NotImplemented"`) {
		t.Errorf("a service that is not there: %+v, %v", a, err)
	}
	unsigned, err := http.Post(s.server.URL, "application/x-www-form-urlencoded", strings.NewReader("Action=GetCallerIdentity"))
	if err != nil || unsigned.StatusCode != 403 || unsigned.Header.Get("X-Amzn-Requestid") == "" {
		t.Errorf("unsigned, without a version: %+v, %v", unsigned, err)
	}
	s.refused("InvalidAction", "CreateNonsense", root, "iam", "CreateNonsense")
	calls := s.Calls()
	if c := calls[len(calls)-1]; c.Action != "CreateNonsense" || c.Outcome != "InvalidAction" {
		t.Errorf("logged %+v", c)
	}
}
