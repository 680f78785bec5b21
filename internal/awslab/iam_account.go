package awslab

import (
	"regexp"
	"strconv"
)

var accountActions = []action{
	{Name: "CreateAccountAlias", Run: createAlias},
	{Name: "DeleteAccountAlias", Run: deleteAlias},
	{Name: "ListAccountAliases", Read: true, Run: listAliases},
	{Name: "GetAccountSummary", Read: true, Run: getSummary},
	{Name: "GetAccountAuthorizationDetails", Read: true, Run: getDetails},
}

// The form of an alias, 3 to 63 characters: AWS writes it with a look-ahead, which Go has not.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccountAlias.html
var aliasPattern = regexp.MustCompile(`^[a-z0-9](-?[a-z0-9])*$`)

const (
	aliasMin   = 3
	aliasMax   = 63
	aliasShown = `^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$`
)

// alias returns the AccountAlias of a request.
func (c *call) alias() (string, error) {
	v := c.check()
	alias := v.required("AccountAlias", aliasMax, nil)
	if len(v.problems) == 0 && (len(alias) < aliasMin || !aliasPattern.MatchString(alias)) {
		v.must("AccountAlias", "satisfy regular expression pattern: %s", aliasShown)
	}
	return alias, v.err()
}

// createAlias replaces the account's alias, if it has one; an alias names one account of all.
func createAlias(c *call) (any, error) {
	alias, err := c.alias()
	if err != nil {
		return nil, err
	}
	for _, a := range c.state.Accounts {
		if a.Alias == alias {
			return nil, alreadyExists("The account alias %s already exists.", alias)
		}
	}
	c.account.Alias = alias
	return nil, nil
}

func deleteAlias(c *call) (any, error) {
	alias, err := c.alias()
	if err != nil {
		return nil, err
	}
	if c.account.Alias != alias {
		return nil, noSuchEntity("The account alias with name %s cannot be found.", alias)
	}
	c.account.Alias = ""
	return nil, nil
}

func listAliases(c *call) (any, error) {
	var aliases []string
	if c.account.Alias != "" {
		aliases = []string{c.account.Alias}
	}
	aliases, marker, truncated, err := page(c, aliases, func(alias string) string { return alias })
	if err != nil {
		return nil, err
	}
	return struct {
		AccountAliases list[string]
		IsTruncated    bool
		Marker         *string
	}{listOf(aliases), truncated, marker}, nil
}

// getSummary counts what the account has, beside AWS's default quotas:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountSummary.html
func getSummary(c *call) (any, error) {
	a := c.account
	inUse, versions := 0, 0
	for _, d := range a.MFADevices {
		if d.UserID != "" {
			inUse++
		}
	}
	for _, p := range a.Policies {
		versions += len(p.Versions)
	}
	var m mapOf
	add := func(key string, n int) { m.Entries = append(m.Entries, mapEntry{key, strconv.Itoa(n)}) }
	add("Users", len(a.Users))
	add("UsersQuota", 5000)
	add("Groups", len(a.Groups))
	add("GroupsQuota", 300)
	add("GroupsPerUserQuota", groupsPerUser)
	add("Roles", len(a.Roles))
	add("RolesQuota", 1000)
	add("Policies", len(a.Policies))
	add("PoliciesQuota", 1500)
	add("PolicySizeQuota", managedQuota)
	add("PolicyVersionsInUse", versions)
	add("PolicyVersionsInUseQuota", 10000)
	add("VersionsPerPolicyQuota", versionQuota)
	add("MFADevices", len(a.MFADevices))
	add("MFADevicesInUse", inUse)
	add("AccessKeysPerUserQuota", keyQuota)
	add("UserPolicySizeQuota", inlineQuota["User"])
	add("GroupPolicySizeQuota", inlineQuota["Group"])
	add("RolePolicySizeQuota", inlineQuota["Role"])
	add("AssumeRolePolicySizeQuota", trustQuota)
	add("AttachedPoliciesPerUserQuota", attachQuota)
	add("AttachedPoliciesPerGroupQuota", attachQuota)
	add("AttachedPoliciesPerRoleQuota", attachQuota)
	add("SigningCertificatesPerUserQuota", 2)
	add("ServerCertificatesQuota", 20)
	add("InstanceProfilesQuota", 1000)
	add("GlobalEndpointTokenVersion", 1)
	for _, absent := range []string{"AccountMFAEnabled", "AccountAccessKeysPresent", "AccountPasswordPresent", "AccountSigningCertificatesPresent", "InstanceProfiles", "ServerCertificates", "Providers"} {
		add(absent, 0)
	}
	return struct{ SummaryMap mapOf }{m}, nil
}
