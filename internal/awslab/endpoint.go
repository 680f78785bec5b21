package awslab

import (
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/secaws/secaws/internal/awslab/sigv4"
)

// regions are those of the partition "aws":
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html
var regions = map[string]bool{
	"us-east-1": true, "us-east-2": true, "us-west-1": true, "us-west-2": true,
	"af-south-1": true, "ap-east-1": true, "ap-east-2": true, "ap-south-1": true, "ap-south-2": true,
	"ap-northeast-1": true, "ap-northeast-2": true, "ap-northeast-3": true,
	"ap-southeast-1": true, "ap-southeast-2": true, "ap-southeast-3": true, "ap-southeast-4": true,
	"ap-southeast-5": true, "ap-southeast-6": true, "ap-southeast-7": true,
	"ca-central-1": true, "ca-west-1": true, "mx-central-1": true, "sa-east-1": true,
	"eu-central-1": true, "eu-central-2": true, "eu-west-1": true, "eu-west-2": true, "eu-west-3": true,
	"eu-north-1": true, "eu-south-1": true, "eu-south-2": true,
	"il-central-1": true, "me-central-1": true, "me-south-1": true,
}

// The versions of the query APIs: what a client means, whatever host it calls.
var serviceOfVersion = map[string]string{"2010-05-08": "iam", "2011-06-15": "sts"}

// awsHost takes a host name of AWS's apart: [bucket.]service[.region].amazonaws.com.
var awsHost = regexp.MustCompile(`^(?:(.+)\.)?(iam|sts|s3)(?:\.(?:dualstack\.)?([a-z0-9-]+))?\.amazonaws\.com$`)

// target is the endpoint a request was sent to.
type target struct {
	service string // "" where the host is not AWS's and nothing else tells
	region  string // the one a signature must be for; "": any
}

// targetOf tells which service a request is for: by AWS's own host names, global and
// regional, else (an endpoint override) by the API version, else by the signature.
// https://docs.aws.amazon.com/general/latest/gr/sts.html
func targetOf(r *http.Request, form url.Values, sig *sigv4.Signature) target {
	if m := awsHost.FindStringSubmatch(hostname(r.Host)); m != nil {
		region := m[3]
		if region == "" && m[2] != "s3" {
			region = "us-east-1"
		}
		return target{m[2], region}
	}
	service := serviceOfVersion[form.Get("Version")]
	switch {
	case form.Has("Action") && service != "":
		return target{service: service}
	case sig != nil && sig.Service != "s3" && (form.Has("Action") || r.Header.Get(contentHash) == ""):
		return target{service: sig.Service}
	case form.Has("Action") && r.URL.Path == "/":
		return target{service: "sts"} // nobody's: both refuse it alike
	}
	return target{service: "s3"}
}

// hostname is a Host header without its port, in lower case.
func hostname(host string) string {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	return strings.ToLower(host)
}

// checkScope refuses a signature made for another service or region, in the words of the
// service it was sent to.
func checkScope(t target, sig *sigv4.Signature) error {
	wrongService, wrongRegion := sig.Service != t.service, !regions[sig.Region] || t.region != "" && t.region != sig.Region
	if t.service == "s3" {
		return s3ScopeError(t, sig, wrongService, wrongRegion)
	}
	var wrong []string
	if wrongRegion {
		wrong = append(wrong, "Credential should be scoped to a valid region. ")
	}
	if wrongService {
		wrong = append(wrong, "Credential should be scoped to correct service: '"+t.service+"'. ")
	}
	if wrong != nil {
		return &authError{problem: badScope, detail: strings.Join(wrong, ""), sig: sig}
	}
	return nil
}
