package sigv4

import (
	"strings"
	"testing"
)

// Made with boto3 1.43, generate_presigned_url, with its clock held.
func TestLegacyURLs(t *testing.T) {
	const (
		get   = "http://awsexamplebucket1.s3.amazonaws.com/photos/a%20b.jpg?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=sVOLaOdC0I7WY63mJaE1%2Bpqb63Y%3D&Expires=1141889120"
		put   = "http://127.0.0.1:4566/b/k?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=QxnFL54xXDH6ywaZlHBWSWjRQBs%3D&content-type=text%2Fplain&x-amz-meta-x=y&x-amz-security-token=token%2F%2B%3D&Expires=1141889120"
		typed = "http://127.0.0.1:4566/b/k?response-content-type=text%2Fhtml&AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature=0s9GIo2y0b6WDcOK38SMqs8v1BQ%3D&x-amz-security-token=token%2F%2B%3D&Expires=1141889120"
	)
	other := strings.Replace
	tests := []struct {
		name, method, url string
		lines             []string
		want              bool
	}{
		{"get", "GET", get, nil, true},
		{"put", "PUT", put, nil, true},
		{"put with its headers", "PUT", put, []string{"Content-Type: text/plain", "X-Amz-Meta-X: y"}, true},
		{"with a parameter that is signed", "GET", typed, nil, true},
		{"another method", "PUT", get, nil, false},
		{"another object", "GET", other(get, "photos", "photo", 1), nil, false},
		{"another bucket", "GET", other(get, "bucket1", "bucket2", 1), nil, false},
		{"another end", "GET", other(get, "1141889120", "1141889121", 1), nil, false},
		{"another signature", "GET", other(get, "sVOL", "sVOM", 1), nil, false},
		{"another token", "PUT", other(put, "token%2F", "token%2f%2F", 1), nil, false},
		{"a parameter that is not signed", "GET", get + "&acl", nil, false},
		{"another value of a signed parameter", "GET", other(typed, "html", "htm", 1), nil, false},
		{"a header that is not signed", "GET", get, []string{"X-Amz-Acl: private"}, false},
		{"a header that says otherwise", "PUT", put, []string{"X-Amz-Meta-X: z"}, false},
		{"another type", "PUT", put, []string{"Content-Type: text/html"}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := documented(test.method, test.url, test.lines...)
			s, err := Parse(r)
			if err != nil {
				t.Fatal(err)
			}
			if v := s.Verify(r, s3Secret, UnsignedPayload); v.OK != test.want {
				t.Errorf("Verify = %t, want %t; string to sign:\n%s", v.OK, test.want, v.StringToSign)
			}
		})
	}
	for _, end := range []string{"soon", "-1", "99999999999999"} {
		if _, err := Parse(documented("GET", other(get, "1141889120", end, 1))); err == nil {
			t.Errorf("Expires=%s accepted", end)
		}
	}
}
