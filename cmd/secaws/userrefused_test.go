//go:build unix

package main

import (
	"regexp"
	"testing"
)

// The AWS CLI, run by a developer in production, passes on AWS's own reason why it may not make a bucket.
func TestDeveloperIsToldWhyNot(t *testing.T) {
	needsProgram(t, "aws")
	w := newWatched(t)
	w.add("eve")
	endpoint := valueOf(w.env, "AWS_ENDPOINT_URL") // older releases do not know the variable
	_, stderr, code := w.run("secaws", "exec", "prod-DevAdmin", "--", "aws", "--endpoint-url", endpoint, "s3", "mb", "s3://made-by-eve")
	want := regexp.MustCompile(`AccessDenied.*: User: arn:aws:sts::444444444444:assumed-role/DevAdmin/eve is not authorized to perform: ` +
		`s3:CreateBucket on resource: .*made-by-eve.* because no identity-based policy allows the s3:CreateBucket action`)
	if code == 0 || !want.MatchString(stderr) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
}
