package provision

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// pages calls list until it has no more, and gives each page to take. next prepares the input for what follows a page:
// it sets the marker and tells whether there is more.
//
// It stands in for the SDK's paginators, which take the client as an interface: that makes the linker keep every
// operation the client has, 170 with IAM.
func pages[In, Out, Options any](ctx context.Context, in *In, list func(context.Context, *In, ...func(*Options)) (*Out, error),
	take func(*Out) error, next func(*In, *Out) bool,
) error {
	for {
		page, err := list(ctx, in)
		if err != nil {
			return err
		}
		if err := take(page); err != nil || !next(in, page) {
			return err
		}
	}
}

// turn moves an IAM list's marker on, for a next of pages. A truncated page without a marker would go on for ever.
func turn(to **string, marker *string, truncated bool) bool {
	*to = marker
	return truncated && aws.ToString(marker) != ""
}
