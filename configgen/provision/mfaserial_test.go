package provision

import (
	"context"
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/google/go-cmp/cmp"
)

// devicePages answers page by page, the marker being the next page's number.
type devicePages struct {
	t     *testing.T
	user  string
	pages [][]string
	err   error
}

func (d devicePages) list(_ context.Context, in *iam.ListMFADevicesInput, _ ...func(*iam.Options)) (*iam.ListMFADevicesOutput, error) {
	if got := aws.ToString(in.UserName); got != d.user {
		d.t.Errorf("user = %q, want %q", got, d.user)
	}
	if d.err != nil {
		return nil, d.err
	}
	n := len(aws.ToString(in.Marker))
	out := &iam.ListMFADevicesOutput{IsTruncated: n+1 < len(d.pages)}
	if out.IsTruncated {
		out.Marker = aws.String("xxxxxxxx"[:n+1])
	}
	for _, serial := range d.pages[n] {
		out.MFADevices = append(out.MFADevices, types.MFADevice{SerialNumber: aws.String(serial)})
	}
	return out, nil
}

func TestMFASerials(t *testing.T) {
	denied := errors.New("denied")
	tests := []struct {
		name, user string
		pages      [][]string
		err        error
		want       []string
	}{
		{name: "none", pages: [][]string{nil}},
		{name: "own device", pages: [][]string{{"arn:aws:iam::111111111111:mfa/ops"}}, want: []string{"arn:aws:iam::111111111111:mfa/ops"}},
		{name: "of another user, over pages", user: "dev", pages: [][]string{{"a"}, {"b", "c"}, {"d"}}, want: []string{"a", "b", "c", "d"}},
		{name: "refused", err: denied},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := MFASerials(context.Background(), devicePages{t, test.user, test.pages, test.err}.list, test.user)
			if !errors.Is(err, test.err) {
				t.Errorf("error = %v, want %v", err, test.err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("serials (-want +got):\n%s", diff)
			}
		})
	}
}
