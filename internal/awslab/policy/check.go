package policy

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	sidPattern    = regexp.MustCompile(`^[0-9A-Za-z]*$`)
	vendorPattern = regexp.MustCompile(`^[a-zA-Z0-9.-]+$`)
	partitions    = []string{"aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "*"}
	regionalS3    = regexp.MustCompile(`^(accesspoint|access-grants|job|storage-lens|storage-lens-group|async-request)[/*]`)
	// iamKinds are the starts of resources that IAM has: its policies may name nothing else.
	iamKinds = []string{"user/", "federated-user/", "role/", "group/", "instance-profile/", "mfa/", "server-certificate/",
		"policy/", "sms-mfa/", "saml-provider/", "oidc-provider/", "report/", "access-report/"}
)

// legacy is what IAM says of much that passes its newer parser and not its older one.
const legacy = "The policy failed legacy parsing"

func (u use) checkEffect(effect string) error {
	switch {
	case effect == "Allow" || effect == "Deny":
		return nil
	case u.principal && effect != "":
		return malformed("Invalid effect: %s", effect)
	case !u.principal && (strings.EqualFold(effect, "Allow") || strings.EqualFold(effect, "Deny")):
		return malformed(legacy)
	}
	return malformed("%s", u.words.effect)
}

// check judges a document whose form is right, in the order IAM does: the first thing
// wrong is the one told.
func (u use) check(d *Document) error {
	if !u.old && d.Version != version2012 {
		return malformed("Policy document must be version 2012-10-17 or greater.")
	}
	checks := []func(*Statement) error{u.checkPrincipal, u.checkLegacy}
	if err := eachStatement(d, checks...); err != nil {
		return err
	}
	if err := u.checkSids(d); err != nil {
		return err
	}
	return eachStatement(d, u.checkPresent, u.checkResources, checkVendors, u.checkTrust)
}

func eachStatement(d *Document, checks ...func(*Statement) error) error {
	for _, check := range checks {
		for i := range d.Statements {
			if err := check(&d.Statements[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (u use) checkSids(d *Document) error {
	seen := map[string]bool{}
	for _, s := range d.Statements {
		if (!u.principal || u.trust) && !sidPattern.MatchString(s.Sid) {
			return malformed("Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*")
		}
		if s.Sid != "" && seen[s.Sid] {
			return malformed("%s", u.words.sids)
		}
		seen[s.Sid] = true
	}
	return nil
}

func (u use) checkPrincipal(s *Statement) error {
	switch {
	case !u.principal && (s.Principal != nil || s.NotPrincipal != nil):
		return malformed("Policy document should not specify a principal.")
	case !u.principal:
		return nil
	case s.NotPrincipal != nil && !s.Deny:
		return malformed("Allow with NotPrincipal is not allowed.")
	case s.NotPrincipal != nil && u.trust:
		return malformed("AssumeRole policy must not contain NotPrincipal field.")
	case s.Principal == nil && s.NotPrincipal == nil:
		return malformed("Missing required field Principal")
	case s.Principal == nil:
		return nil
	case u.trust && s.Principal.Everyone:
		return malformed(`AssumeRolepolicy contained an invalid principal: "STAR":"*".`)
	case !s.Principal.Everyone && len(s.Principal.AWS)+len(s.Principal.Service)+len(s.Principal.Federated) == 0:
		return malformed("Missing required field Principal cannot be empty!")
	}
	return checkPrincipalNames(s.Principal.AWS)
}

// principalPattern is what can stand for somebody. A wildcard cannot be part of it:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
var principalPattern = regexp.MustCompile(`^(\*|\d{12}|A[A-Z]{3}[A-Z0-9]{12,124}|` +
	`arn:aws[a-z-]*:(iam|sts)::\d{12}:(root|(user|role|assumed-role|federated-user)/[\x21-\x7e]+))$`)

func checkPrincipalNames(names []string) error {
	for _, name := range names {
		if !principalPattern.MatchString(name) || name != "*" && strings.ContainsAny(name, "*?") {
			return malformed(`Invalid principal in policy: "AWS":"%s"`, name)
		}
	}
	return nil
}

// checkLegacy judges what only IAM's older parser minds.
func (u use) checkLegacy(s *Statement) error {
	for _, c := range s.Conditions {
		if strings.HasPrefix(strings.TrimPrefix(c.Operator, c.set+":"), "Date") && slices.ContainsFunc(c.Values, noDate) {
			return malformed(legacy)
		}
	}
	if !u.trust && slices.ContainsFunc(slices.Concat(s.Resource, s.NotResource), legacyARN) {
		return malformed(legacy)
	}
	return nil
}

// dateForm is more than parseDate reads: IAM takes dates that no request can be compared with.
var dateForm = regexp.MustCompile(`^-?\d{1,9}(-(0?[1-9]|1[0-2])(-(0?[1-9]|[12]\d|3[01]))?)?` +
	`([Tt](([01]?\d|2[0-3])(:[0-5]?\d(:[0-5]?\d(\.\d{1,9})?)?)?)?([Zz]|[+-]\d\d(:?\d\d)?)?)?$`)

func noDate(text string) bool {
	if strings.ContainsAny(text, "Tt-") {
		return !dateForm.MatchString(text)
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return err != nil || n < 0
}

// legacyARN tells of an ARN with an empty service, or with empty fields and too few.
func legacyARN(arn string) bool {
	fields := strings.SplitN(arn, ":", 6)
	return len(fields) > 2 && slices.Contains(partitions, fields[1]) && (fields[2] == "" || len(fields) < 6 && strings.Contains(arn, "::"))
}

// checkPresent: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
func (u use) checkPresent(s *Statement) error {
	if len(s.Action)+len(s.NotAction) == 0 {
		return malformed("Policy statement must contain actions.")
	}
	if !u.trust && len(s.Resource)+len(s.NotResource) == 0 {
		return malformed("Policy statement must contain resources.")
	}
	return nil
}

func checkVendors(s *Statement) error {
	for _, action := range slices.Concat(s.Action, s.NotAction) {
		vendor, name, found := strings.Cut(action, ":")
		switch {
		case action == "*":
		case !found:
			return malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
		case strings.Contains(name, ":"):
			return malformed("Actions/Condition can contain only one colon.")
		case vendor != "*" && !vendorPattern.MatchString(vendor):
			return malformed("Vendor %s is not valid", vendor)
		}
	}
	for _, c := range s.Conditions {
		if !strings.Contains(c.Key, ":") {
			return malformed("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")
		}
	}
	return nil
}

// checkResources judges the ARNs of a policy; a trust policy has none.
func (u use) checkResources(s *Statement) error {
	if u.trust {
		return nil
	}
	for _, arn := range slices.Concat(s.Resource, s.NotResource) {
		if err := checkARN(arn); err != nil {
			return err
		}
	}
	return nil
}

// checkARN judges one resource. Fewer than six fields pass (see completeARN) unless one is empty.
func checkARN(arn string) error {
	if arn == "*" {
		return nil
	}
	fields := strings.SplitN(arn, ":", 6)
	switch {
	case len(fields) == 1, fields[0] != "arn" && slices.Contains(partitions, fields[1]):
		return malformed(`Resource %s must be in ARN format or "*".`, arn)
	case !slices.Contains(partitions, fields[1]):
		padded := append(fields[2:len(fields):len(fields)], "*", "*", "*", "*")
		return malformed(`Partition "%s" is not valid for resource "arn:%s:%s".`, fields[1], fields[1], strings.Join(padded[:max(4, len(fields)-2)], ":"))
	case len(fields) == 2:
		return malformed("Resource vendor must be fully qualified and cannot contain regexes.")
	case strings.ContainsAny(fields[2], "*?") && fields[2] != "*":
		return malformed("Resource vendor must be fully qualified and cannot contain regexes.")
	case len(fields) < 6:
		return nil
	case fields[2] == "iam" && fields[3] != "":
		return malformed("IAM resource %s cannot contain region information.", arn)
	case fields[2] == "s3" && fields[3] != "" && !regionalS3.MatchString(fields[5]):
		return malformed("Resource %s can not contain region information.", arn)
	case fields[2] == "iam" && !namesIAM(fields[5]):
		return malformed(`IAM resource path must either be "*", root, or start with %s.`, strings.Join(iamKinds, ", "))
	}
	return nil
}

func namesIAM(resource string) bool {
	return resource == "*" || resource == "root" || slices.ContainsFunc(iamKinds, func(kind string) bool { return strings.HasPrefix(resource, kind) })
}

// checkTrust judges what only a trust policy must obey.
func (u use) checkTrust(s *Statement) error {
	if !u.trust {
		return nil
	}
	for _, action := range slices.Concat(s.Action, s.NotAction) {
		if !strings.HasPrefix(strings.ToLower(action), "sts:") {
			return malformed("AssumeRole policy may only specify STS AssumeRole actions.")
		}
	}
	if s.Resource != nil {
		return malformed("Has prohibited field Resource")
	}
	if s.NotResource != nil {
		return malformed("AssumeRole policy must not contain resources.")
	}
	return nil
}
