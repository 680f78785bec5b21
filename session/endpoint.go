package session

import (
	"fmt"
	"net"
	"net/url"
	"slices"
	"strings"
)

// EndpointError is an endpoint that would get signed requests and MFA codes, and
// that nobody trustworthy named.
type EndpointError struct {
	URL, Reason string
	host        string
}

func (e *EndpointError) Error() string { return fmt.Sprintf("endpoint %s: %s", e.URL, e.Reason) }

// Hint says how to allow it.
func (e *EndpointError) Hint() string {
	if e.host == "" {
		return "unset AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_STS, or endpoint_url in the profile"
	}
	return "unset it where it is set (AWS_ENDPOINT_URL, endpoint_url), or if it is yours, name it in the profile: secaws_trusted_endpoint = " + e.host
}

// CheckEndpoint decides whether endpoint may take requests in AWS's place, and with
// them MFA codes: on loopback, over https at AWS's own services, or where trusted,
// from the profile, names its host or, for plain http, its origin ("http://lab:4566").
// It returns an *EndpointError for any other. The empty endpoint is AWS's own.
func CheckEndpoint(endpoint, trusted string) error {
	if endpoint == "" {
		return nil
	}
	u, err := url.Parse(endpoint)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil:
		return &EndpointError{URL: redacted(u), Reason: "not a plain http or https address"}
	case u.Scheme != "http" && u.Scheme != "https":
		return &EndpointError{URL: endpoint, Reason: "neither http nor https"}
	case isLoopback(u.Hostname()), u.Scheme == "https" && isAWS(u), isTrusted(u, trusted):
		return nil
	case u.Scheme == "http":
		return &EndpointError{URL: endpoint, Reason: "plain http is for this machine only", host: u.Scheme + "://" + u.Host}
	}
	return &EndpointError{URL: endpoint, Reason: "not an endpoint of AWS, and the profile does not name it", host: u.Host}
}

func redacted(u *url.URL) string {
	if u == nil {
		return "override"
	}
	return u.Redacted()
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

func isTrusted(u *url.URL, trusted string) bool {
	if origin, err := url.Parse(trusted); err == nil && origin.Host != "" {
		return origin.Scheme == u.Scheme && strings.EqualFold(origin.Host, u.Host)
	}
	host := u.Host
	if !strings.Contains(trusted, ":") {
		host = u.Hostname()
	}
	return trusted != "" && u.Scheme == "https" && strings.EqualFold(trusted, host)
}

// isAWS holds for endpoints of the services we call. A name under AWS's domains is
// not enough: anyone can rent one, as of an API gateway or a load balancer.
func isAWS(u *url.URL) bool {
	host := strings.ToLower(u.Hostname())
	if u.Port() != "" && u.Port() != "443" {
		return false
	}
	for _, p := range partitions {
		for _, domain := range p.domains {
			if service, ok := strings.CutSuffix(host, "."+domain); ok && isService(strings.Split(service, ".")) {
				return true
			}
		}
	}
	return false
}

// isService holds for SERVICE, SERVICE.REGION, s3.dualstack.REGION and
// vpce-ID.SERVICE.REGION.vpce.
func isService(labels []string) bool {
	switch n := len(labels); {
	case n == 4 && strings.HasPrefix(labels[0], "vpce-") && labels[3] == "vpce":
		labels = labels[1:3]
	case n == 3 && labels[0] == "s3" && labels[1] == "dualstack":
		labels = []string{"s3", labels[2]}
	}
	service := strings.TrimSuffix(labels[0], "-fips")
	return slices.Contains([]string{"sts", "iam", "s3"}, service) &&
		(len(labels) == 1 || len(labels) == 2 && isRegion(labels[1]))
}

// isRegion holds for the form of a region's name, us-east-1 or us-gov-west-1, and
// for what IAM has in its place.
func isRegion(s string) bool {
	if s == "us-gov" || s == "global" {
		return true
	}
	parts := strings.Split(s, "-")
	n := len(parts) - 1
	return n >= 2 && isDigits(parts[n], len(parts[n])) && parts[n] != "" &&
		!slices.ContainsFunc(parts[:n], func(word string) bool { return !made(word, 2, 12, "") })
}
