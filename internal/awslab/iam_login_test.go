package awslab

import (
	"errors"
	"fmt"
	"net/url"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

var reused = weak("Password does not conform to the account password policy.")

func weak(message string) wantError { return wantError{400, "PasswordPolicyViolation", message} }

const (
	noUpper  = "Password should have at least one uppercase letter"
	noNumber = "Password should have at least one number"
	noSymbol = "Password should have at least one symbol"
)

func TestLoginProfileStory(t *testing.T) {
	s := newIAMStage(t, Options{})
	a, user := s.admin, aws.String("ops")
	s.newUser("ops", "")
	create := func(user, password string) error {
		return one(a.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{UserName: &user, Password: &password, PasswordResetRequired: true}))
	}
	none := noSuch("Login Profile for User ops cannot be found.")
	tell(t, []storyStep{
		{"get none", one(a.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: user})), none},
		{"delete none", one(a.DeleteLoginProfile(ctx, &iam.DeleteLoginProfileInput{UserName: user})), none},
		{"update none", one(a.UpdateLoginProfile(ctx, &iam.UpdateLoginProfileInput{UserName: user, Password: aws.String("Correct-horse-9")})), none},
		{"of nobody", create("none", "Correct-horse-9"), noSuch("The user with name none cannot be found.")},
		{"weak", create("ops", "password"), weak("Password should meet 2 more of the following requirements: " + noUpper + ", " + noNumber + ", " + noSymbol)},
		{"create", create("ops", "Correct-horse-9"), wantError{}},
		{"create twice", create("ops", "Correct-horse-9"), exists("Login Profile for user ops already exists.")},
		{"update", one(a.UpdateLoginProfile(ctx, &iam.UpdateLoginProfileInput{UserName: user, PasswordResetRequired: aws.Bool(false)})), wantError{}},
		{"update, weak", one(a.UpdateLoginProfile(ctx, &iam.UpdateLoginProfileInput{UserName: user, Password: aws.String("xA1-")})), weak("Password should have a minimum length of 8")},
	})
	got, err := a.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: user})
	must(t, err)
	if *got.LoginProfile.UserName != "ops" || got.LoginProfile.PasswordResetRequired || got.LoginProfile.CreateDate == nil {
		t.Errorf("GetLoginProfile: %+v", got.LoginProfile)
	}
	must(t, one(a.DeleteLoginProfile(ctx, &iam.DeleteLoginProfileInput{UserName: user})))
	none.check(t, "deleted", one(a.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: user})))
}

func TestNewLoginProfileIsUnmodifiable(t *testing.T) {
	s := newIAMStage(t, Options{Propagation: 10e9})
	must(t, one(s.admin.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("ops")})))
	must(t, one(s.admin.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{UserName: aws.String("ops"), Password: aws.String("Correct-horse-9")})))
	in := &iam.DeleteLoginProfileInput{UserName: aws.String("ops")}
	(wantError{409, "EntityTemporarilyUnmodifiable", "Login Profile for User ops cannot be modified while login profile is being created."}).check(t, "too early", one(s.admin.DeleteLoginProfile(ctx, in)))
	s.lab.Advance(11e9)
	must(t, one(s.admin.DeleteLoginProfile(ctx, in)))
}

func TestPasswordsAgainstPolicies(t *testing.T) {
	strict := &PasswordPolicy{MinimumLength: 10, Symbols: true, Numbers: true, Upper: true, Lower: true}
	six := &PasswordPolicy{MinimumLength: 6}
	const length, requirements = "Password should have a minimum length of ", "Password should meet 1 more of the following requirements: "
	for _, test := range []struct {
		name     string
		policy   *PasswordPolicy
		password string
		want     string
	}{
		{"no policy, three kinds", nil, "Abcdefg1", ""},
		{"no policy, two kinds", nil, "abcdefg1", requirements + noUpper + ", " + noSymbol},
		{"no policy, seven", nil, "Abcdef1", length + "8"},
		{"no policy, the user's name", nil, "USER-name1", "Password does not conform to the account password policy."},
		{"length only", six, "aaaaaa", ""},
		{"length only, short", six, "aaaaa", length + "6"},
		{"strict", strict, "Abcdefg-12", ""},
		{"strict, short", strict, "Abcdef-12", length + "10"},
		{"strict, no symbol", strict, "Abcdefgh12", noSymbol},
		{"strict, a space is no symbol", strict, "Abcdefg 12", noSymbol},
		{"strict, no number", strict, "Abcdefgh-i", noNumber},
		{"strict, no upper case", strict, "abcdefg-12", noUpper},
		{"strict, no lower case", strict, "ABCDEFG-12", "Password should have at least one lowercase letter"},
		{"strict, an umlaut is no letter", strict, "ÄBCDEFG-12ö", "Password should have at least one lowercase letter"},
		{"strict, short and no number", strict, "Abcdef-", length + "10, " + noNumber},
	} {
		a, got := &Account{PasswordPolicy: test.policy}, ""
		var refused *apiError
		if err := a.checkPassword(&User{Name: "user-NAME1"}, test.password); errors.As(err, &refused) {
			got = refused.Message
		}
		if got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

func TestChangePassword(t *testing.T) {
	s := newIAMStage(t, Options{})
	must(t, one(s.admin.UpdateAccountPasswordPolicy(ctx, &iam.UpdateAccountPasswordPolicyInput{MinimumPasswordLength: aws.Int32(8), PasswordReusePrevention: aws.Int32(3)})))
	self := s.newUser("ops", `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ChangePassword","Resource":"arn:aws:iam::*:user/${aws:username}"}}`)
	change := func(old, new string) error {
		return one(self.ChangePassword(ctx, &iam.ChangePasswordInput{OldPassword: &old, NewPassword: &new}))
	}
	tell(t, []storyStep{
		{"no login profile", change("password-0", "password-1"), noSuch("Login Profile for User ops cannot be found.")},
		{"create", one(s.admin.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{UserName: aws.String("ops"), Password: aws.String("password-0"), PasswordResetRequired: true})), wantError{}},
		{"the wrong one", change("password-x", "password-1"), wantError{403, "AccessDenied", "The old password was incorrect."}},
		{"too short", change("password-0", "short"), weak("Password should have a minimum length of 8")},
		{"the same", change("password-0", "password-0"), reused},
		{"first", change("password-0", "password-1"), wantError{}},
		{"second", change("password-1", "password-2"), wantError{}},
		{"the first again", change("password-2", "password-1"), reused},
		{"the oldest, still remembered", change("password-2", "password-0"), reused},
		{"third", change("password-2", "password-3"), wantError{}},
		{"the oldest, forgotten", change("password-3", "password-0"), wantError{}},
	})
	got, err := s.admin.GetLoginProfile(ctx, &iam.GetLoginProfileInput{UserName: aws.String("ops")})
	must(t, err)
	if got.LoginProfile.PasswordResetRequired {
		t.Error("a reset is still required after the change")
	}
}

// The account's own rule lets everyone change the own password; a Deny still counts.
func TestWhoMayChangeThePassword(t *testing.T) {
	const deny = `{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"iam:*","Resource":"*"}}`
	for _, test := range []struct {
		name     string
		allow    bool
		document string
		ok       bool
	}{
		{"nothing", false, "", false},
		{"a policy", false, allowAll, true},
		{"the account's rule", true, "", true},
		{"the account's rule, denied", true, deny, false},
	} {
		s := newIAMStage(t, Options{})
		must(t, one(s.admin.UpdateAccountPasswordPolicy(ctx, &iam.UpdateAccountPasswordPolicyInput{AllowUsersToChangePassword: test.allow})))
		self := s.newUser("ops", test.document)
		must(t, one(s.admin.CreateLoginProfile(ctx, &iam.CreateLoginProfileInput{UserName: aws.String("ops"), Password: aws.String("password-0")})))
		err := one(self.ChangePassword(ctx, &iam.ChangePasswordInput{OldPassword: aws.String("password-0"), NewPassword: aws.String("password-1")}))
		if (err == nil) != test.ok {
			t.Errorf("%s: ChangePassword %v", test.name, err)
		}
		if err := one(self.GetAccountPasswordPolicy(ctx, &iam.GetAccountPasswordPolicyInput{})); (err == nil) != test.ok {
			t.Errorf("%s: GetAccountPasswordPolicy %v", test.name, err)
		}
	}
}

func TestAccountPasswordPolicy(t *testing.T) {
	s := newIAMStage(t, Options{})
	a := s.admin
	text := func() string {
		out, err := a.GetAccountPasswordPolicy(ctx, &iam.GetAccountPasswordPolicyInput{})
		must(t, err)
		p := out.PasswordPolicy
		return fmt.Sprint(*p.MinimumPasswordLength, p.RequireSymbols, p.RequireNumbers, p.RequireUppercaseCharacters, p.RequireLowercaseCharacters,
			p.AllowUsersToChangePassword, p.ExpirePasswords, aws.ToInt32(p.MaxPasswordAge), aws.ToInt32(p.PasswordReusePrevention), aws.ToBool(p.HardExpiry))
	}
	noSuch("The Password Policy with domain name 111111111111 cannot be found.").check(t, "none", one(a.GetAccountPasswordPolicy(ctx, &iam.GetAccountPasswordPolicyInput{})))
	must(t, one(a.UpdateAccountPasswordPolicy(ctx, &iam.UpdateAccountPasswordPolicyInput{
		MinimumPasswordLength: aws.Int32(14), RequireSymbols: true, RequireNumbers: true, RequireUppercaseCharacters: true, RequireLowercaseCharacters: true,
		AllowUsersToChangePassword: true, MaxPasswordAge: aws.Int32(180), PasswordReusePrevention: aws.Int32(24), HardExpiry: aws.Bool(true),
	})))
	if got, want := text(), "14 true true true true true true 180 24 true"; got != want {
		t.Errorf("policy %s, want %s", got, want)
	}
	must(t, one(a.UpdateAccountPasswordPolicy(ctx, &iam.UpdateAccountPasswordPolicyInput{RequireNumbers: true})))
	if got, want := text(), "6 false true false false false false 0 0 false"; got != want {
		t.Errorf("policy %s, want what was not given at its default: %s", got, want)
	}
	must(t, one(a.DeleteAccountPasswordPolicy(ctx, &iam.DeleteAccountPasswordPolicyInput{})))
	noSuch("The account policy with name PasswordPolicy cannot be found.").check(t, "delete twice", one(a.DeleteAccountPasswordPolicy(ctx, &iam.DeleteAccountPasswordPolicyInput{})))

	bad := s.ask(s.profile("secure-aws-admin"), "UpdateAccountPasswordPolicy", url.Values{"MinimumPasswordLength": {"129"}, "PasswordReusePrevention": {"25"}, "MaxPasswordAge": {"1096"}})
	const want = "3 validation errors detected: Value at 'minimumPasswordLength' failed to satisfy constraint: Member must have value less than or equal to 128; " +
		"Value at 'passwordReusePrevention' failed to satisfy constraint: Member must have value less than or equal to 24; " +
		"Value at 'maxPasswordAge' failed to satisfy constraint: Member must have value less than or equal to 1095"
	if bad.status != 400 || bad.message != want {
		t.Errorf("out of bounds: %d %s", bad.status, bad.message)
	}
}
