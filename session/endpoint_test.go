package session

import (
	"errors"
	"testing"
)

var endpointTests = []struct {
	url, trusted string
	ok           bool
}{
	{"", "", true},
	{"http://127.0.0.1:4566", "", true},
	{"http://127.9.9.9", "", true},
	{"https://localhost:4566/", "", true},
	{"http://[::1]:4566", "", true},
	{"https://sts.amazonaws.com", "", true},
	{"https://sts.us-west-2.amazonaws.com", "", true},
	{"https://STS.US-WEST-2.AMAZONAWS.COM:443/", "", true},
	{"https://sts-fips.us-gov-west-1.amazonaws.com", "", true},
	{"https://sts.us-west-2.api.aws", "", true},
	{"https://sts.cn-north-1.amazonaws.com.cn", "", true},
	{"https://sts.eusc-de-east-1.amazonaws.eu", "", true},
	{"https://sts.us-iso-east-1.c2s.ic.gov", "", true},
	{"https://iam.amazonaws.com", "", true},
	{"https://iam.us-gov.amazonaws.com", "", true},
	{"https://iam.global.api.aws", "", true},
	{"https://s3.dualstack.eu-west-1.amazonaws.com", "", true},
	{"https://vpce-0a1b-x1y2.sts.us-west-2.vpce.amazonaws.com", "", true},
	{"https://sts.corp.example", "sts.corp.example", true},
	{"https://sts.corp.example:8443", "sts.corp.example", true},
	{"https://sts.corp.example:8443", "sts.corp.example:8443", true},
	{"http://lab:4566", "http://lab:4566", true},

	{"http://sts.amazonaws.com", "", false},
	{"https://sts.amazonaws.com:8443", "", false},
	{"https://evil.example", "", false},
	{"https://sts.amazonaws.com.evil.example", "", false},
	{"https://evilamazonaws.com", "", false},
	{"https://amazonaws.com", "", false},
	{"https://abc123.execute-api.us-east-1.amazonaws.com", "", false},
	{"https://sts.execute-api.us-east-1.amazonaws.com", "", false},
	{"https://evil-1.us-east-1.elb.amazonaws.com", "", false},
	{"https://evil.s3.amazonaws.com", "", false},
	{"https://sts.s3.us-east-1.amazonaws.com", "", false},
	{"https://sts.s3.amazonaws.com", "", false},
	{"https://ec2-1-2-3-4.compute-1.amazonaws.com", "", false},
	{"https://vpce-svc-1.evil.us-west-2.vpce.amazonaws.com", "", false},
	{"https://sts.us-east-1.on.aws", "", false},
	{"http://127.0.0.1.nip.io", "", false},
	{"http://localhost.evil.example", "", false},
	{"http://0.0.0.0:80", "", false},
	{"http://169.254.169.254", "", false},
	{"https://u:p@sts.amazonaws.com", "", false},
	{"https://sts.amazonaws.com@evil.example", "", false},
	{"https://sts.amazonaws.com?x=1", "", false},
	{"https://sts.amazonaws.com#x", "", false},
	{"ftp://127.0.0.1", "", false},
	{"127.0.0.1:4566", "", false},
	{"//127.0.0.1", "", false},
	{"https:sts.amazonaws.com", "", false},
	{"http://%zz", "", false},
	{"http://sts.corp.example", "sts.corp.example", false},
	{"https://sts.corp.example:1", "sts.corp.example:2", false},
	{"https://other.example", "sts.corp.example", false},
	{"https://x.sts.corp.example", "sts.corp.example", false},
	{"https://lab:4566", "http://lab:4566", false},
	{"http://lab:4567", "http://lab:4566", false},
}

func TestCheckEndpoint(t *testing.T) {
	for _, tt := range endpointTests {
		err := CheckEndpoint(tt.url, tt.trusted)
		if (err == nil) != tt.ok {
			t.Errorf("%s, trusted %q: %v, want ok %v", tt.url, tt.trusted, err, tt.ok)
		}
		var refusal *EndpointError
		if err != nil && (!errors.As(err, &refusal) || refusal.Hint() == "") {
			t.Errorf("%s: %T %v without a hint", tt.url, err, err)
		}
	}
}

func FuzzCheckEndpoint(f *testing.F) {
	f.Add("https://sts.amazonaws.com", "")
	f.Add("http://lab:4566", "http://lab:4566")
	f.Fuzz(func(_ *testing.T, endpoint, trusted string) {
		if err := CheckEndpoint(endpoint, trusted); err != nil {
			_ = err.Error()
		}
	})
}
