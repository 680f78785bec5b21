package provision

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// ListMFADevices is the IAM client's operation of that name. It is a function and no interface for the reason
// given at pages.
type ListMFADevices func(context.Context, *iam.ListMFADevicesInput, ...func(*iam.Options)) (*iam.ListMFADevicesOutput, error)

// MFASerials lists the serial numbers (ARNs of virtual devices, 1 to 256 bytes) of the MFA devices of one user: of
// user, or, where that is "", of the user whose key signs. Many accounts let a key without MFA list nothing: that is an
// error of the code AccessDenied.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html
func MFASerials(ctx context.Context, list ListMFADevices, user string) ([]string, error) {
	in := &iam.ListMFADevicesInput{}
	if user != "" {
		in.UserName = &user
	}
	var serials []string
	err := pages(ctx, in, list, func(page *iam.ListMFADevicesOutput) error {
		for _, device := range page.MFADevices {
			serials = append(serials, aws.ToString(device.SerialNumber))
		}
		return nil
	}, func(in *iam.ListMFADevicesInput, page *iam.ListMFADevicesOutput) bool {
		return turn(&in.Marker, page.Marker, page.IsTruncated)
	})
	if err != nil {
		return nil, fmt.Errorf("list the MFA devices: %w", err)
	}
	return serials, nil
}

// MFADevices is the operation for MFASerials. Only this package links the IAM client.
func MFADevices(c aws.Config) ListMFADevices { return iam.NewFromConfig(c).ListMFADevices }
