package awslab

import (
	"bytes"
	"image/png"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
	"github.com/pquerna/otp/totp"
)

// app is an authenticator app: what it knows it has from the QR code.
type app struct {
	*iamStage
	label  string
	params url.Values
}

// scan reads the QR code of a new device as a phone's camera does.
func (s *iamStage) scan(image []byte) app {
	s.Helper()
	picture, err := png.Decode(bytes.NewReader(image))
	must(s, err)
	bitmap, err := gozxing.NewBinaryBitmapFromImage(picture)
	must(s, err)
	// Without the hint this reader looks for a code in a photograph, and misses one in a hundred.
	pure := map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true}
	read, err := qrcode.NewQRCodeReader().Decode(bitmap, pure)
	must(s, err)
	u, err := url.Parse(read.GetText())
	must(s, err)
	if u.Scheme != "otpauth" || u.Host != "totp" {
		s.Fatalf("the QR code says %s", read.GetText())
	}
	return app{s, strings.TrimPrefix(u.Path, "/"), u.Query()}
}

// code is what the app shows, steps of 30 seconds from the lab's now.
func (a app) code(steps int) *string {
	a.Helper()
	a.lab.mu.Lock()
	now := a.lab.now()
	a.lab.mu.Unlock()
	code, err := totp.GenerateCode(a.params.Get("secret"), now.Add(time.Duration(steps)*30*time.Second))
	must(a, err)
	return &code
}

func (s *iamStage) createDevice(name string) (string, app) {
	s.Helper()
	out, err := s.admin.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: &name})
	must(s, err)
	phone := s.scan(out.VirtualMFADevice.QRCodePNG)
	if got := string(out.VirtualMFADevice.Base32StringSeed); got != phone.params.Get("secret") || len(got) != 64 {
		s.Fatalf("seed %q, in the QR code %q", got, phone.params.Get("secret"))
	}
	return *out.VirtualMFADevice.SerialNumber, phone
}

// newDevice gives a user an enabled device and returns its serial number.
func (s *iamStage) newDevice(user, name string) string {
	s.Helper()
	serial, phone := s.createDevice(name)
	must(s, s.enable(user, serial, phone.code(-1), phone.code(0)))
	return serial
}

func (s *iamStage) enable(user, serial string, code1, code2 *string) error {
	return one(s.admin.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{
		UserName: &user, SerialNumber: &serial, AuthenticationCode1: code1, AuthenticationCode2: code2,
	}))
}

func TestQRCodeNamesDeviceAndAccount(t *testing.T) {
	s := newIAMStage(t, Options{})
	serial, phone := s.createDevice("ops")
	if want := "arn:aws:iam::111111111111:mfa/ops"; serial != want {
		t.Errorf("serial %s, want %s", serial, want)
	}
	if phone.label != "ops@111111111111" || phone.params.Get("issuer") != "Amazon Web Services" || phone.params.Has("period") {
		t.Errorf("the app shows %q of %q", phone.label, phone.params)
	}
	must(t, one(s.admin.CreateAccountAlias(ctx, &iam.CreateAccountAliasInput{AccountAlias: aws.String("acme")})))
	if _, phone := s.createDevice("dev"); phone.label != "dev@acme" {
		t.Errorf("the app shows %q, want the alias", phone.label)
	}
}

func TestQRCodeTellsAnUnusualStep(t *testing.T) {
	s := newIAMStage(t, Options{TOTPStep: 2 * time.Second})
	if _, phone := s.createDevice("ops"); phone.params.Get("period") != "2" {
		t.Errorf("period %q, want 2", phone.params.Get("period"))
	}
}

func TestEnableTakesTwoConsecutiveFreshCodes(t *testing.T) {
	s := newIAMStage(t, Options{})
	s.newUser("ops", "")
	s.newUser("dev", "")
	serial, phone := s.createDevice("ops")
	bad := wantError{403, "InvalidAuthenticationCode", "Authentication code for device is not valid."}
	tell(t, []storyStep{
		{"the same code twice", s.enable("ops", serial, phone.code(0), phone.code(0)), bad},
		{"in the wrong order", s.enable("ops", serial, phone.code(0), phone.code(-1)), bad},
		{"not consecutive", s.enable("ops", serial, phone.code(-2), phone.code(0)), bad},
		{"too old", s.enable("ops", serial, phone.code(-10), phone.code(-9)), bad},
		{"of the future", s.enable("ops", serial, phone.code(9), phone.code(10)), bad},
		{"wrong", s.enable("ops", serial, aws.String("000000"), aws.String("111111")), bad},
		{"no such user", s.enable("none", serial, phone.code(-1), phone.code(0)), noSuch("The user with name none cannot be found.")},
		{"no such device", s.enable("ops", "arn:aws:iam::111111111111:mfa/none", phone.code(-1), phone.code(0)),
			noSuch("MFA Device with serial number arn:aws:iam::111111111111:mfa/none does not exist.")},
		{"right", s.enable("ops", serial, phone.code(-1), phone.code(0)), wantError{}},
		{"again", s.enable("ops", serial, phone.code(0), phone.code(1)), exists("MFA Device for user ops already exists.")},
		{"by another user", s.enable("dev", serial, phone.code(0), phone.code(1)), exists("MFA Device is already in use.")},
	})
	short := s.ask(s.profile("secure-aws-admin"), "EnableMFADevice", url.Values{"UserName": {"ops"}, "SerialNumber": {serial}, "AuthenticationCode1": {"12345"}, "AuthenticationCode2": {"12a456"}})
	if short.code != "ValidationError" || strings.Contains(short.message, "12345") {
		t.Errorf("codes out of form: %s %s", short.code, short.message)
	}
}

func TestResyncTakesOnlyUnusedCodes(t *testing.T) {
	s := newIAMStage(t, Options{})
	s.newUser("ops", "")
	serial, phone := s.createDevice("ops")
	must(t, s.enable("ops", serial, phone.code(-1), phone.code(0)))
	resync := func(code1, code2 *string) error {
		return one(s.admin.ResyncMFADevice(ctx, &iam.ResyncMFADeviceInput{UserName: aws.String("ops"), SerialNumber: &serial, AuthenticationCode1: code1, AuthenticationCode2: code2}))
	}
	bad := wantError{403, "InvalidAuthenticationCode", "Authentication code for device is not valid."}
	tell(t, []storyStep{
		{"the codes of the enabling", resync(phone.code(-1), phone.code(0)), bad},
		{"the next", resync(phone.code(0), phone.code(1)), wantError{}},
		{"those again", resync(phone.code(0), phone.code(1)), bad},
	})
}

func TestDeviceLife(t *testing.T) {
	s := newIAMStage(t, Options{})
	a := s.admin
	s.newUser("ops", "")
	s.newUser("dev", "")
	serial := s.newDevice("ops", "phone")
	deactivate := func(user string) error {
		return one(a.DeactivateMFADevice(ctx, &iam.DeactivateMFADeviceInput{UserName: &user, SerialNumber: &serial}))
	}
	remove := func() error {
		return one(a.DeleteVirtualMFADevice(ctx, &iam.DeleteVirtualMFADeviceInput{SerialNumber: &serial}))
	}
	create := func() error {
		return one(a.CreateVirtualMFADevice(ctx, &iam.CreateVirtualMFADeviceInput{VirtualMFADeviceName: aws.String("Phone")}))
	}
	tell(t, []storyStep{
		{"created twice", create(), exists("MFA device already exists.")},
		{"deleted in use", remove(), conflict("MFA VirtualDevice in use. Must deactivate first.")},
		{"deactivated for another", deactivate("dev"), noSuch("MFA Device invalid for user.")},
		{"deactivated for nobody", deactivate("none"), noSuch("The user with name none cannot be found.")},
		{"deactivated", deactivate("ops"), wantError{}},
		{"deactivated again", deactivate("ops"), noSuch("MFA Device invalid for user.")},
		{"still there", create(), exists("MFA device already exists.")},
		{"deleted", remove(), wantError{}},
		{"deleted again", remove(), noSuch("MFA Device with serial number " + serial + " does not exist.")},
		{"created anew", create(), wantError{}},
	})
}

func TestDeviceLists(t *testing.T) {
	s := newIAMStage(t, Options{})
	s.newUser("ops", "")
	mine := s.newDevice("ops", "a-phone")
	s.createDevice("b-spare")
	for status, want := range map[types.AssignmentStatusType]string{
		types.AssignmentStatusTypeAny: "a-phone b-spare", types.AssignmentStatusTypeAssigned: "a-phone", types.AssignmentStatusTypeUnassigned: "b-spare", "": "a-phone b-spare",
	} {
		var names []string
		pages := iam.NewListVirtualMFADevicesPaginator(s.admin, &iam.ListVirtualMFADevicesInput{AssignmentStatus: status, MaxItems: aws.Int32(1)})
		for pages.HasMorePages() {
			out, err := pages.NextPage(ctx)
			must(t, err)
			for _, d := range out.VirtualMFADevices {
				names = append(names, strings.TrimPrefix(*d.SerialNumber, "arn:aws:iam::111111111111:mfa/"))
				if d.Base32StringSeed != nil || d.QRCodePNG != nil || (d.User != nil) != (*d.SerialNumber == mine) {
					t.Errorf("listed: %+v", d)
				}
			}
		}
		if got := strings.Join(names, " "); got != want {
			t.Errorf("%q: %q, want %q", status, got, want)
		}
	}
	list, err := s.admin.ListMFADevices(ctx, &iam.ListMFADevicesInput{UserName: aws.String("ops")})
	must(t, err)
	if len(list.MFADevices) != 1 || *list.MFADevices[0].SerialNumber != mine || *list.MFADevices[0].UserName != "ops" || list.MFADevices[0].EnableDate == nil {
		t.Errorf("ListMFADevices: %+v", list.MFADevices)
	}
	err = one(s.admin.GetMFADevice(ctx, &iam.GetMFADeviceInput{SerialNumber: &mine, UserName: aws.String("ops")}))
	if err == nil || !strings.Contains(err.Error(), "ValidationError") || !strings.Contains(err.Error(), "only hardware FIDO security keys are supported") {
		t.Errorf("GetMFADevice of a virtual device: %v", err)
	}
}

// Who has a device needs it to add another or to take it away; administrators do not.
// https://aws.amazon.com/security/security-bulletins/AWS-2023-001/
func TestOwnDevicesNeedMFA(t *testing.T) {
	s := newIAMStage(t, Options{})
	s.newUser("ops", allowAll)
	s.newUser("dev", "")
	key := s.newKey("ops")
	self := s.client(key)
	enable := func(as *iam.Client, user, serial string, phone app, step int) error {
		return one(as.EnableMFADevice(ctx, &iam.EnableMFADeviceInput{
			UserName: &user, SerialNumber: &serial, AuthenticationCode1: phone.code(step - 1), AuthenticationCode2: phone.code(step),
		}))
	}
	deactivate := func(as *iam.Client, serial string) error {
		return one(as.DeactivateMFADevice(ctx, &iam.DeactivateMFADeviceInput{UserName: aws.String("ops"), SerialNumber: &serial}))
	}
	first, phone := s.createDevice("first")
	second, spare := s.createDevice("second")
	others, theirs := s.createDevice("others")
	denied := wantError{403, "AccessDenied", "To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this user."}
	tell(t, []storyStep{
		{"the first, with the key", enable(self, "ops", first, phone, 0), wantError{}},
		{"the second, with the key", enable(self, "ops", second, spare, 0), denied},
		{"the first again", enable(self, "ops", first, phone, 1), denied},
		{"taken away with the key", deactivate(self, first), denied},
		{"one that is not there", deactivate(self, first+"x"), denied},
		{"somebody else's", enable(self, "dev", others, theirs, 0), wantError{}},
	})
	mfa := s.client(s.sessionWith(key, first, *phone.code(1)))
	tell(t, []storyStep{
		{"the second, with MFA", enable(mfa, "ops", second, spare, 0), wantError{}},
		{"the first, by an administrator", deactivate(s.admin, first), wantError{}},
		{"the last, with MFA", deactivate(mfa, second), wantError{}},
		{"anew, with the key", enable(self, "ops", second, spare, 1), wantError{}},
	})
}

func TestEightDevicesAUser(t *testing.T) {
	s := newIAMStage(t, Options{})
	s.newUser("ops", "")
	for i := range devicesPerUser {
		s.newDevice("ops", "d"+string(rune('0'+i)))
	}
	serial, phone := s.createDevice("d9")
	limit("Cannot exceed quota for MFADevicesPerUser: 8").check(t, "the ninth", s.enable("ops", serial, phone.code(-1), phone.code(0)))
}
