package awslab

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/secaws/secaws/internal/awslab/sigv4"
)

// FuzzRequest sends what nobody has signed: it is answered, and refused.
func FuzzRequest(f *testing.F) {
	f.Add("POST", "/", "", "application/x-www-form-urlencoded", "", "Action=ListUsers&Version=2010-05-08")
	f.Add("GET", "/bucket/key", "list-type=2", "", "AWS4-HMAC-SHA256 Credential=A/20260301/us-west-2/s3/aws4_request, SignedHeaders=host, Signature=00", "")
	f.Add("PUT", "/bucket", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Expires=60", "", "", "x")
	s := newStage(f, Options{Seed: SeedLandingZone})
	handler := s.Handler()
	f.Fuzz(func(t *testing.T, method, path, query, contentType, authorization, body string) {
		r := httptest.NewRequest("POST", "http://127.0.0.1/", strings.NewReader(body))
		r.Method, r.URL = method, &url.URL{Path: "/" + path, RawQuery: query}
		r.Header["Content-Type"], r.Header["X-Amz-Date"] = []string{contentType}, []string{"20260301T120000Z"}
		if authorization != "" {
			r.Header["Authorization"] = []string{authorization}
		}
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code < 400 || w.Code == http.StatusInternalServerError {
			t.Errorf("answered %d %s", w.Code, w.Body)
		}
	})
}

// FuzzQuery sends forms that an administrator has signed: whatever they say, it is done or
// refused with a reason.
func FuzzQuery(f *testing.F) {
	for _, form := range []string{
		"Action=ListUsers&Version=2010-05-08&MaxItems=1&Marker=x",
		"Action=CreateUser&Version=2010-05-08&UserName=a&Tags.member.1.Key=k&Tags.member.1.Value=v",
		"Action=CreateRole&Version=2010-05-08&RoleName=a&AssumeRolePolicyDocument=%7B%7D&MaxSessionDuration=3600",
		"Action=SimulatePrincipalPolicy&Version=2010-05-08&PolicySourceArn=arn:aws:iam::111111111111:user/ops&ActionNames.member.1=s3:*",
		"Action=PutUserPolicy&Version=2010-05-08&UserName=ops&PolicyName=p&PolicyDocument=%7B%22Version%22%3A%222012-10-17%22%7D",
		"Action=UpdateAccountPasswordPolicy&Version=2010-05-08&MinimumPasswordLength=8&RequireSymbols=true",
	} {
		f.Add(form, true)
	}
	f.Add("Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::222222222222:role/Ops&RoleSessionName=me&DurationSeconds=900", false)
	f.Add("Action=GetSessionToken&Version=2011-06-15&SerialNumber=arn:aws:iam::111111111111:mfa/ops&TokenCode=123456", false)
	s := newStage(f, Options{Seed: SeedLandingZone})
	handler, root := s.Handler(), s.admin(adminAccount)
	f.Fuzz(func(t *testing.T, form string, iam bool) {
		service := "sts"
		if iam {
			service = "iam"
		}
		r := httptest.NewRequest("POST", "http://127.0.0.1/", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		s.sign(r, root, service, "us-west-2", sigv4.HashPayload([]byte(form)), s.clock())
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		if w.Code == http.StatusInternalServerError {
			t.Errorf("%s: %d %s", form, w.Code, w.Body)
		}
	})
}

// BenchmarkGetCallerIdentity is a whole signed call over a connection kept open. The
// calls a second that a load test may make without measuring the lab are 1e9 over ns/op.
func BenchmarkGetCallerIdentity(b *testing.B) {
	s := newStage(b, Options{Seed: SeedLandingZone})
	ops := s.person("ops")
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if a, err := s.send(s.request(ops, "sts", "GetCallerIdentity")); err != nil || a.code != "" {
				b.Errorf("%+v, %v", a, err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
}
