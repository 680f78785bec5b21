package configgen

import (
	"fmt"
	"strings"

	"github.com/secaws/secaws/session"
)

// withEndpoint puts the STS endpoint override into p and the profiles below it. It
// is looked for where the AWS CLI looks, in its order, and holds for the whole
// chain, as there: https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
func (r resolver) withEndpoint(p session.Profile, name string) (session.Profile, error) {
	v, err := r.files.view(name)
	if err != nil {
		return p, err
	}
	url, from, err := r.endpoint(v)
	if err != nil || url == "" {
		return p, err
	}
	return setEndpoint(p, url, from, p.TrustedEndpoint), nil
}

// setEndpoint returns p with the override, and copies of its sources with it.
func setEndpoint(p session.Profile, url, from, trusted string) session.Profile {
	p.Endpoint, p.EndpointFrom, p.TrustedEndpoint = url, from, trusted
	if p.Source != nil {
		source := setEndpoint(*p.Source, url, from, trusted)
		p.Source = &source
	}
	return p
}

func (r resolver) endpoint(v view) (url, from string, err error) {
	if r.ignoresEndpoints(v) {
		return "", "", nil
	}
	for _, variable := range []string{"AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL"} {
		if url := r.env(variable); url != "" {
			return url, variable, nil
		}
	}
	if services := v.get("services"); !services.isZero() {
		url, from, err := r.servicesEndpoint(v, services)
		if err != nil || url != "" {
			return url, from, err
		}
	}
	if f := v.get("endpoint_url"); !f.isZero() {
		return plain(f.text), fmt.Sprintf("profile %q", v.name), nil
	}
	return "", "", nil
}

// servicesEndpoint reads the sts block of the [services NAME] section a profile names.
func (r resolver) servicesEndpoint(v view, services setting) (url, from string, err error) {
	name := services.text
	s, ok := r.files.services[name]
	if !ok {
		name = plain(name)
		s, ok = r.files.services[name]
	}
	if !ok {
		return "", "", v.problem("services", services, fmt.Sprintf("there is no section [services %s]", name), "")
	}
	e := s.entry("sts")
	if e == nil || !e.isNested() {
		return "", "", nil
	}
	block, err := nested(e)
	if err != nil {
		return "", "", err
	}
	return plain(block["endpoint_url"]), fmt.Sprintf("services %q", name), nil
}

func (r resolver) ignoresEndpoints(v view) bool {
	ignore := firstOf(r.env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"), plain(v.get("ignore_configured_endpoint_urls").text))
	return strings.EqualFold(ignore, "true")
}
