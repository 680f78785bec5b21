package awslab

import (
	"encoding/base64"
	"regexp"
	"strings"
	"time"
)

var mfaActions = []action{
	{Name: "CreateVirtualMFADevice", Resource: onNew("mfa", "VirtualMFADeviceName"), Run: createDevice},
	{Name: "EnableMFADevice", Resource: onHolder("User"), Context: holderKeys("User"), Run: enableDevice},
	{Name: "ResyncMFADevice", Resource: onHolder("User"), Context: holderKeys("User"), Run: resyncDevice},
	{Name: "DeactivateMFADevice", Resource: onHolder("User"), Context: holderKeys("User"), Run: deactivateDevice},
	{Name: "DeleteVirtualMFADevice", Resource: onParam("SerialNumber"), Context: deviceKeys, Run: deleteDevice},
	{Name: "ListMFADevices", Read: true, Resource: onHolder("User"), Context: holderKeys("User"), Run: listDevicesOf},
	{Name: "GetMFADevice", Read: true, Resource: onDeviceOwner, Run: getDevice},
	{Name: "ListVirtualMFADevices", Read: true, Resource: onPath("mfa"), Run: listVirtualDevices},
}

// devicesPerUser is how many MFA devices a user may have:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa.html
const devicesPerUser = 8

// The forms of serial numbers and codes: https://docs.aws.amazon.com/IAM/latest/APIReference/API_EnableMFADevice.html
var (
	serialPattern = regexp.MustCompile(`^[\w+=/:,.@-]+$`)
	codePattern   = regexp.MustCompile(`^\d+$`)
)

const (
	serialMin     = 9
	serialMax     = 256
	deviceNameMax = 226
	codeLength    = 6
)

// deviceXML is a device in CreateVirtualMFADevice and ListVirtualMFADevices:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_VirtualMFADevice.html
type deviceXML struct {
	SerialNumber     string
	Base32StringSeed *string // base64 of the base32 text
	QRCodePNG        *string // base64 of the image
	User             *userXML
	EnableDate       *string
	Tags             *list[Tag]
}

func createDevice(c *call) (any, error) {
	v := c.check()
	name := v.required("VirtualMFADeviceName", deviceNameMax, namePattern)
	path := v.optional("Path", "/", pathMax, pathPattern)
	tags := v.newTags()
	if err := v.err(); err != nil {
		return nil, err
	}
	if err := c.checkNewTags("MFADevice", c.account.arn("mfa", path, name), tags, false); err != nil {
		return nil, err
	}
	if c.account.MFADevices[fold(name)] != nil {
		return nil, alreadyExists("MFA device already exists.")
	}
	d := &MFADevice{
		Name: name, Path: path, Serial: c.account.arn("mfa", path, name), Seed: newSeed(), Created: c.now, Tags: tags,
	}
	image, err := qrPNG(otpauthURL(c.account, d, c.lab.options.TOTPStep))
	if err != nil {
		return nil, err
	}
	c.account.MFADevices[fold(name)] = d
	shown := deviceXML{SerialNumber: d.Serial, Tags: tagsShown(tags)}
	shown.Base32StringSeed = text(base64.StdEncoding.EncodeToString([]byte(d.Seed)))
	shown.QRCodePNG = text(base64.StdEncoding.EncodeToString(image))
	return struct{ VirtualMFADevice deviceXML }{shown}, nil
}

// deviceBySerial returns the account's virtual device of that serial number, or nil.
func (a *Account) deviceBySerial(serial string) *MFADevice {
	d := a.MFADevices[fold(serial[strings.LastIndex(serial, "/")+1:])]
	if d == nil || d.Serial != serial {
		return nil
	}
	return d
}

// device returns the device a request names.
func (c *call) device() (*MFADevice, error) {
	v := c.check()
	serial := v.required("SerialNumber", serialMax, serialPattern)
	if serial != "" && len(serial) < serialMin {
		v.must("SerialNumber", "have length greater than or equal to %d", serialMin)
	}
	if err := v.err(); err != nil {
		return nil, err
	}
	if d := c.account.deviceBySerial(serial); d != nil {
		return d, nil
	}
	return nil, noSuchDevice(serial)
}

func noSuchDevice(serial string) *apiError {
	return noSuchEntity("MFA Device with serial number %s does not exist.", serial)
}

// deviceOf returns the enabled device a request names, when it is u's.
func (c *call) deviceOf(u *User) (*MFADevice, error) {
	d, err := c.device()
	if err != nil {
		return nil, err
	}
	if d.UserID != u.ID {
		return nil, noSuchEntity("MFA Device invalid for user.")
	}
	return d, nil
}

// checkOwnMFA refuses to let users who have an MFA device add one or take one away
// without it, whatever their policies say:
// https://aws.amazon.com/security/security-bulletins/AWS-2023-001/
func (c *call) checkOwnMFA(u *User) error {
	p := c.principal
	if p.User == nil || p.User.ID != u.ID || len(c.account.devicesOf(u)) == 0 || p.Session != nil && !p.Session.MFA.IsZero() {
		return nil
	}
	return accessDenied("To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this user.")
}

// codes returns the two codes of a request.
func (c *call) codes() (string, string, error) {
	v := c.check()
	code1 := v.code("AuthenticationCode1")
	code2 := v.code("AuthenticationCode2")
	return code1, code2, v.err()
}

// code returns a parameter of six digits.
func (v *checker) code(name string) string {
	code := v.required(name, codeLength, codePattern)
	if len(code) > 0 && len(code) < codeLength {
		v.must(name, "have length greater than or equal to %d", codeLength)
	}
	return code
}

func enableDevice(c *call) (any, error) {
	code1, code2, err := c.codes()
	if err != nil {
		return nil, err
	}
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	if err := c.checkOwnMFA(u); err != nil {
		return nil, err
	}
	d, err := c.device()
	switch {
	case err != nil:
		return nil, err
	case d.UserID == u.ID:
		return nil, alreadyExists("MFA Device for user %s already exists.", u.Name)
	case d.UserID != "":
		return nil, alreadyExists("MFA Device is already in use.")
	case len(c.account.devicesOf(u)) >= devicesPerUser:
		return nil, limitExceeded("Cannot exceed quota for MFADevicesPerUser: %d", devicesPerUser)
	}
	if err := c.lab.checkPair(d, code1, code2); err != nil {
		return nil, err
	}
	d.UserID, d.Enabled = u.ID, c.now
	return nil, nil
}

func resyncDevice(c *call) (any, error) {
	code1, code2, err := c.codes()
	if err != nil {
		return nil, err
	}
	u, err := c.user()
	if err != nil {
		return nil, err
	}
	d, err := c.deviceOf(u)
	if err != nil {
		return nil, err
	}
	return nil, c.lab.checkPair(d, code1, code2)
}

// deactivateDevice leaves the device in the account: it may be enabled again, or deleted.
func deactivateDevice(c *call) (any, error) {
	u, err := c.selfOr()
	if err != nil {
		return nil, err
	}
	if err := c.checkOwnMFA(u); err != nil {
		return nil, err
	}
	d, err := c.deviceOf(u)
	if err != nil {
		return nil, err
	}
	d.UserID, d.Enabled = "", time.Time{}
	return nil, nil
}

func deleteDevice(c *call) (any, error) {
	d, err := c.device()
	if err != nil {
		return nil, err
	}
	if d.UserID != "" {
		return nil, deleteConflict("MFA VirtualDevice in use. Must deactivate first.")
	}
	delete(c.account.MFADevices, fold(d.Name))
	c.lab.forgetCodes(d.Serial)
	return nil, nil
}

func deviceKeys(c *call) map[string][]string {
	keys := map[string][]string{}
	if d := c.account.deviceBySerial(c.params.str("SerialNumber")); d != nil {
		addResourceTags(keys, d.Tags)
	}
	addTagKeys(c, keys)
	return keys
}

// onDeviceOwner is the user GetMFADevice is about: the one named, or the device's.
func onDeviceOwner(c *call) string {
	if !c.params.has("UserName") {
		if d := c.account.deviceBySerial(c.params.str("SerialNumber")); d != nil {
			if u := c.account.userByID(d.UserID); u != nil {
				return c.account.userARN(u)
			}
		}
	}
	return onHolder("User")(c)
}
