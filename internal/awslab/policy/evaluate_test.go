package policy

import (
	"testing"
)

const (
	adminAccount = "111111111111"
	prodAccount  = "444444444444"
	opsARN       = "arn:aws:iam::111111111111:user/ops"
	roleARN      = "arn:aws:iam::444444444444:role/Ops"
	sessionARN   = "arn:aws:sts::444444444444:assumed-role/Ops/ops"
)

var (
	ops        = Principal{ARN: opsARN, Identity: opsARN, ID: "AIDAOPSOPSOPSOPSOPS22", Account: adminAccount}
	opsSession = Principal{ARN: sessionARN, Identity: roleARN, ID: "AROAOPSOPSOPSOPSOPS22", Account: prodAccount}
)

// want is what a Decision must be.
type want struct {
	allowed, explicit bool
	layer             Layer
}

func (w want) check(t *testing.T, got Decision) {
	t.Helper()
	if (want{got.Allowed, got.Explicit, got.Layer}) != w {
		t.Errorf("got allowed=%v explicit=%v layer=%q; want allowed=%v explicit=%v layer=%q",
			got.Allowed, got.Explicit, got.Layer, w.allowed, w.explicit, w.layer)
	}
}

func parsed(t testing.TB, parse func([]byte) (*Document, error), name, statements string) Policy {
	t.Helper()
	d, err := parse([]byte(`{"Version":"2012-10-17","Statement":[` + statements + `]}`))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return Policy{Name: name, Document: d}
}

const (
	allowAll  = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	allowS3   = `{"Effect":"Allow","Action":"s3:*","Resource":"*"}`
	allowIAM  = `{"Effect":"Allow","Action":"iam:*","Resource":"*"}`
	denyS3    = `{"Effect":"Deny","Action":"s3:CreateBucket","Resource":"*"}`
	trustRoot = `{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}`
	assumeOps = `{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::444444444444:role/Ops"}`
)

func TestEvaluateIdentity(t *testing.T) {
	tests := []struct {
		name                                  string
		identity, boundary, session, resource string // "" means none is in force
		scoped                                bool
		want                                  want
	}{
		{name: "nothing allows", want: want{layer: IdentityLayer}},
		{name: "an allow", identity: allowS3, want: want{allowed: true, layer: IdentityLayer}},
		{name: "an allow of something else", identity: allowIAM, want: want{layer: IdentityLayer}},
		{name: "a deny beats an allow after it", identity: denyS3 + "," + allowAll, want: want{explicit: true, layer: IdentityLayer}},
		{name: "a deny beats an allow before it", identity: allowAll + "," + denyS3, want: want{explicit: true, layer: IdentityLayer}},
		{name: "a boundary that agrees", identity: allowS3, boundary: allowAll, want: want{allowed: true, layer: IdentityLayer}},
		{name: "a boundary that is silent", identity: allowS3, boundary: allowIAM, want: want{layer: BoundaryLayer}},
		{name: "a boundary that denies", identity: allowS3, boundary: allowAll + "," + denyS3, want: want{explicit: true, layer: BoundaryLayer}},
		{name: "a boundary gives nothing", boundary: allowAll, want: want{layer: IdentityLayer}},
		{name: "a session policy that agrees", identity: allowAll, session: allowS3, scoped: true, want: want{allowed: true, layer: IdentityLayer}},
		{name: "a session policy that is silent", identity: allowAll, session: allowIAM, scoped: true, want: want{layer: SessionLayer}},
		{name: "a session policy that denies", identity: allowAll, session: allowAll + "," + denyS3, scoped: true, want: want{explicit: true, layer: SessionLayer}},
		{name: "a session policy gives nothing", session: allowAll, scoped: true, want: want{layer: IdentityLayer}},
		{name: "scoped without a policy", identity: allowAll, scoped: true, want: want{layer: SessionLayer}},
		{
			name: "a resource's policy that names the session", boundary: allowIAM, session: allowIAM, scoped: true,
			resource: `{"Effect":"Allow","Principal":{"AWS":"` + sessionARN + `"},"Action":"s3:*","Resource":"*"}`,
			want:     want{allowed: true, layer: ResourceLayer},
		},
		{
			name:     "a resource's policy that names the role",
			resource: `{"Effect":"Allow","Principal":{"AWS":"` + roleARN + `"},"Action":"s3:*","Resource":"*"}`,
			want:     want{allowed: true, layer: ResourceLayer},
		},
		{
			name: "a resource's policy that names the role, and a silent boundary", boundary: allowIAM,
			resource: `{"Effect":"Allow","Principal":{"AWS":"` + roleARN + `"},"Action":"s3:*","Resource":"*"}`,
			want:     want{layer: BoundaryLayer},
		},
		{
			name: "a resource's policy for everyone, and a silent session policy", session: allowIAM, scoped: true,
			resource: `{"Effect":"Allow","Principal":"*","Action":"s3:*","Resource":"*"}`,
			want:     want{layer: SessionLayer},
		},
		{
			name:     "a resource's policy that names the account leaves it to the identity",
			resource: `{"Effect":"Allow","Principal":{"AWS":"` + prodAccount + `"},"Action":"s3:*","Resource":"*"}`,
			want:     want{layer: IdentityLayer},
		},
		{
			name: "a resource's policy that denies", identity: allowAll,
			resource: `{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}`,
			want:     want{explicit: true, layer: ResourceLayer},
		},
		{
			name: "a resource's policy that denies somebody else", identity: allowAll,
			resource: `{"Effect":"Deny","Principal":{"AWS":"` + opsARN + `"},"Action":"s3:*","Resource":"*"}`,
			want:     want{allowed: true, layer: IdentityLayer},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := Policies{Scoped: tt.scoped}
			if tt.identity != "" {
				p.Identity = []Policy{parsed(t, Parse, "identity", tt.identity)}
			}
			if tt.boundary != "" {
				b := parsed(t, Parse, "boundary", tt.boundary)
				p.Boundary = &b
			}
			if tt.session != "" {
				p.Session = []Policy{parsed(t, ParseSession, "session", tt.session)}
			}
			if tt.resource != "" {
				r := parsed(t, ParseResource, "resource", tt.resource)
				p.Resource = &r
			}
			r := Request{Principal: opsSession, Action: "s3:CreateBucket", Resource: "arn:aws:s3:::b", Owner: prodAccount}
			tt.want.check(t, Evaluate(r, p))
		})
	}
}

func TestEvaluateTrust(t *testing.T) {
	trustOps := `{"Effect":"Allow","Principal":{"AWS":"` + opsARN + `"},"Action":"sts:AssumeRole"}`
	tests := []struct {
		name            string
		caller          Principal
		identity, trust string
		owner           string
		want            want
	}{
		{"both agree", ops, assumeOps, trustRoot, prodAccount, want{true, false, IdentityLayer}},
		{"only the trust policy, another account", ops, allowS3, trustRoot, prodAccount, want{false, false, IdentityLayer}},
		{"only the trust policy, by name, another account", ops, allowS3, trustOps, prodAccount, want{false, false, IdentityLayer}},
		{"only the identity", ops, assumeOps, `{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"sts:AssumeRole"}`, prodAccount, want{false, false, TrustLayer}},
		{"only the identity, same account", ops, assumeOps, `{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"sts:AssumeRole"}`, adminAccount, want{false, false, TrustLayer}},
		{"only the trust policy, same account, by account", ops, allowS3, trustRoot, adminAccount, want{false, false, IdentityLayer}},
		{"only the trust policy, same account, by name", ops, allowS3, trustOps, adminAccount, want{true, false, TrustLayer}},
		{"trusts a service", ops, assumeOps, `{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}`, prodAccount, want{false, false, TrustLayer}},
		{"trusts everyone", ops, assumeOps, `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}`, prodAccount, want{true, false, IdentityLayer}},
		{"trusts another action", ops, assumeOps, `{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:TagSession"}`, prodAccount, want{false, false, TrustLayer}},
		{"trust denies", ops, assumeOps, trustRoot + `,{"Effect":"Deny","Principal":{"AWS":"` + opsARN + `"},"Action":"sts:AssumeRole"}`, prodAccount, want{false, true, TrustLayer}},
		{"by unique ID", ops, assumeOps, `{"Effect":"Allow","Principal":{"AWS":"` + ops.ID + `"},"Action":"sts:AssumeRole"}`, prodAccount, want{true, false, IdentityLayer}},
		{"by the unique ID of one who is gone", ops, assumeOps, `{"Effect":"Allow","Principal":{"AWS":"AIDAGONEGONEGONEGONE2"},"Action":"sts:AssumeRole"}`, prodAccount, want{false, false, TrustLayer}},
		{"identity denies", ops, assumeOps + `,{"Effect":"Deny","Action":"sts:*","Resource":"*"}`, trustRoot, prodAccount, want{false, true, IdentityLayer}},
		{"a role that trusts a role", opsSession, assumeOps, `{"Effect":"Allow","Principal":{"AWS":"` + roleARN + `"},"Action":"sts:AssumeRole"}`, prodAccount, want{true, false, TrustLayer}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			trust := parsed(t, ParseTrust, "trust", tt.trust)
			p := Policies{Identity: []Policy{parsed(t, Parse, "identity", tt.identity)}, Resource: &trust, Trust: true}
			r := Request{Principal: tt.caller, Action: "sts:AssumeRole", Resource: roleARN, Owner: tt.owner}
			tt.want.check(t, Evaluate(r, p))
		})
	}
}

func TestEvaluateForeignBucket(t *testing.T) {
	bucket := parsed(t, ParseResource, "bucket", `{"Effect":"Allow","Principal":{"AWS":"`+opsARN+`"},"Action":"s3:*","Resource":"*"}`)
	s3 := []Policy{parsed(t, Parse, "identity", allowS3)}
	r := Request{Principal: ops, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", Owner: prodAccount}
	want{true, false, IdentityLayer}.check(t, Evaluate(r, Policies{Identity: s3, Resource: &bucket}))
	want{false, false, IdentityLayer}.check(t, Evaluate(r, Policies{Resource: &bucket}))
	want{false, false, ResourceLayer}.check(t, Evaluate(r, Policies{Identity: s3}))
}

func TestNotPrincipal(t *testing.T) {
	tests := []struct {
		name, list string
		denied     bool
	}{
		{"the user without its account", `"` + opsARN + `"`, true},
		{"the user and its account", `"` + opsARN + `","111111111111"`, false},
		{"the user and its account's root", `"` + opsARN + `","arn:aws:iam::111111111111:root"`, false},
		{"somebody else", `"arn:aws:iam::111111111111:user/dev","111111111111"`, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			bucket := parsed(t, ParseResource, "bucket", `{"Effect":"Deny","NotPrincipal":{"AWS":[`+tt.list+`]},"Action":"s3:*","Resource":"*"}`)
			got := Evaluate(Request{Principal: ops, Action: "s3:GetObject", Resource: "arn:aws:s3:::b/k", Owner: adminAccount},
				Policies{Identity: []Policy{parsed(t, Parse, "identity", allowAll)}, Resource: &bucket})
			if got.Explicit != tt.denied || got.Allowed == tt.denied {
				t.Errorf("explicit=%v allowed=%v, want denied=%v", got.Explicit, got.Allowed, tt.denied)
			}
		})
	}
}

func TestDecisionTellsWhy(t *testing.T) {
	denying := parsed(t, Parse, "Guard", `{"Sid":"NoBuckets","Effect":"Deny","Action":"s3:CreateBucket","Resource":"*"}`)
	allowing := parsed(t, Parse, "Everything", allowAll)
	r := Request{Principal: ops, Action: "s3:CreateBucket", Resource: "arn:aws:s3:::b"}
	d := Evaluate(r, Policies{Identity: []Policy{allowing, denying}})
	if d.Statement == nil || d.Statement.Policy != "Guard" || d.Statement.Statement.Sid != "NoBuckets" {
		t.Errorf("deciding statement %+v, want NoBuckets of Guard", d.Statement)
	}
	if len(d.Matched) != 2 {
		t.Errorf("%d statements matched, want 2", len(d.Matched))
	}
	boundary, scope := parsed(t, Parse, "b", allowIAM), parsed(t, Parse, "s", allowIAM)
	trust := parsed(t, ParseTrust, "t", trustRoot)
	limit := denying
	limit.Name = "arn:aws:iam::111111111111:policy/team/limit"
	reasons := []struct {
		p    Policies
		want string
	}{
		{Policies{Identity: []Policy{allowing}}, ""},
		{Policies{Identity: []Policy{allowing, denying}}, "with an explicit deny in an identity-based policy"},
		{Policies{Identity: []Policy{allowing, limit}}, "with an explicit deny in an identity-based policy: arn:aws:iam::111111111111:policy/team/limit"},
		{Policies{Identity: []Policy{allowing}, Boundary: &limit}, "with an explicit deny in a permissions boundary: arn:aws:iam::111111111111:policy/team/limit"},
		{Policies{Identity: []Policy{allowing}, Session: []Policy{denying}, Scoped: true}, "with an explicit deny in a session policy"},
		{Policies{}, "because no identity-based policy allows the s3:CreateBucket action"},
		{Policies{Identity: []Policy{allowing}, Boundary: &boundary}, "because no permissions boundary allows the s3:CreateBucket action"},
		{Policies{Identity: []Policy{allowing}, Session: []Policy{scope}, Scoped: true}, "because no session policy allows the s3:CreateBucket action"},
		{Policies{Identity: []Policy{allowing}, Resource: &trust, Trust: true}, "because no role trust policy allows the s3:CreateBucket action"},
	}
	for _, tt := range reasons {
		if got := Evaluate(r, tt.p).Because(r.Action); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	if d := Evaluate(r, Policies{Identity: []Policy{allowing}, Boundary: &boundary}); !d.Bounded || d.BoundaryAllows {
		t.Errorf("a silent boundary: %+v", d)
	}
}
