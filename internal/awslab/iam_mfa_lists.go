package awslab

// enabledXML is a user's device in a list: https://docs.aws.amazon.com/IAM/latest/APIReference/API_MFADevice.html
type enabledXML struct {
	UserName     *string
	SerialNumber string
	EnableDate   *string
}

func enabledShown(a *Account, d *MFADevice) enabledXML {
	x := enabledXML{SerialNumber: d.Serial, EnableDate: stamp(d.Enabled)}
	if u := a.userByID(d.UserID); u != nil {
		x.UserName = &u.Name
	}
	return x
}

func listDevicesOf(c *call) (any, error) {
	u, err := c.selfOr()
	if err != nil {
		return nil, err
	}
	devices, marker, truncated, err := page(c, c.account.devicesOf(u), func(d *MFADevice) string { return fold(d.Name) })
	if err != nil {
		return nil, err
	}
	return struct {
		MFADevices  list[enabledXML]
		IsTruncated bool
		Marker      *string
	}{each(devices, func(d *MFADevice) enabledXML { return enabledShown(c.account, d) }), truncated, marker}, nil
}

// getDevice tells of FIDO keys only, which the lab has not: AWS refuses to tell of a
// virtual device.
func getDevice(c *call) (any, error) {
	if _, err := c.device(); err != nil {
		return nil, err
	}
	return nil, validationError("The MFA device serial number sent in the request is invalid or not supported by this API. " +
		"Currently, only hardware FIDO security keys are supported. Please use the compatible device or API.")
}

func listVirtualDevices(c *call) (any, error) {
	v := c.check()
	status := v.oneOf("AssignmentStatus", "Any", "Any", "Assigned", "Unassigned")
	if err := v.err(); err != nil {
		return nil, err
	}
	var wanted []*MFADevice
	for _, d := range byName(c.account.MFADevices) {
		if status == "Any" || (d.UserID != "") == (status == "Assigned") {
			wanted = append(wanted, d)
		}
	}
	devices, marker, truncated, err := page(c, wanted, func(d *MFADevice) string { return fold(d.Name) })
	if err != nil {
		return nil, err
	}
	return struct {
		VirtualMFADevices list[deviceXML]
		IsTruncated       bool
		Marker            *string
	}{each(devices, func(d *MFADevice) deviceXML { return virtualShown(c.account, d) }), truncated, marker}, nil
}

// virtualShown is a device in a list: never its seed.
func virtualShown(a *Account, d *MFADevice) deviceXML {
	x := deviceXML{SerialNumber: d.Serial, EnableDate: stamp(d.Enabled)}
	if u := a.userByID(d.UserID); u != nil {
		shown := userListed(a, u)
		x.User = &shown
	}
	return x
}
