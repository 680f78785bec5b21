package provision

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// MFADeviceLister is the part of the IAM client that MFASerials needs.
type MFADeviceLister interface {
	ListMFADevices(ctx context.Context, in *iam.ListMFADevicesInput, optFns ...func(*iam.Options)) (*iam.ListMFADevicesOutput, error)
}

// MFASerials lists the serial numbers (ARNs of virtual devices, 1 to 256 bytes) of the MFA devices of one user: of
// user, or, where that is "", of the user whose key signs. Many accounts let a key without MFA list nothing: that is an
// error of the code AccessDenied.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListMFADevices.html
func MFASerials(ctx context.Context, client MFADeviceLister, user string) ([]string, error) {
	in := &iam.ListMFADevicesInput{}
	if user != "" {
		in.UserName = &user
	}
	var serials []string
	for pages := iam.NewListMFADevicesPaginator(client, in); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the MFA devices: %w", err)
		}
		for _, device := range page.MFADevices {
			serials = append(serials, aws.ToString(device.SerialNumber))
		}
	}
	return serials, nil
}

// MFADevices is the IAM client for MFASerials. Only this package links the IAM client.
func MFADevices(c aws.Config) MFADeviceLister { return iam.NewFromConfig(c) }
