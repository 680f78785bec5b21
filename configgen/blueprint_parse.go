package configgen

import (
	"strings"
	"time"

	yaml "go.yaml.in/yaml/v3"
)

// ParseBlueprint reads a blueprint from YAML. It is strict: a key it does not know, a value of the wrong type, a name
// that AWS would refuse or a reference to what is not there is a *BlueprintError with the line and column in file.
func ParseBlueprint(file string, data []byte) (Blueprint, error) {
	r := &blueprintReader{file: file}
	root, err := r.root(data)
	if err != nil {
		return Blueprint{}, err
	}
	p := blueprintParser{blueprintReader: r, b: Blueprint{ProfileName: "{account}-{role}", AdminRole: "Admin", SelfManagement: true}}
	p.top(root)
	p.references(root)
	return p.b, r.err()
}

// blueprintParser fills a Blueprint and keeps the places that references are checked against once everything is read.
type blueprintParser struct {
	*blueprintReader
	b     Blueprint
	named []namedAccount
	at    map[string]*yaml.Node // top-level key → its value
}

// namedAccount is a place where the blueprint refers to an account.
type namedAccount struct {
	node *yaml.Node
	by   string
}

func (p *blueprintParser) top(root *yaml.Node) {
	p.at = map[string]*yaml.Node{}
	note := func(key string, read func(*yaml.Node)) field {
		return field{key, func(n *yaml.Node) { p.at[key] = n; read(n) }}
	}
	p.fields(root, "the blueprint", []field{
		note("region", func(n *yaml.Node) { p.b.Region = p.name(n, "region", isRegion, "us-west-2") }),
		note("identity", p.identity),
		note("accounts", p.accounts),
		note("roles", p.roles),
		note("admin_role", func(n *yaml.Node) { p.b.AdminRole = p.text(n, "admin_role") }),
		note("profile_name", p.profileName),
		note("default_account", func(n *yaml.Node) { p.b.DefaultAccount = p.text(n, "default_account") }),
		note("self_management", func(n *yaml.Node) { p.set(&p.b.SelfManagement, n, "self_management") }),
		note("password_policy", p.passwordPolicy),
		note("bootstrap", p.bootstrap),
	})
}

func (p *blueprintParser) identity(n *yaml.Node) {
	a := &p.b.Identity
	named := field{"name", func(n *yaml.Node) { a.Name = p.name(n, "an account's name", isAccountName, "admin") }}
	sound := p.sound(func() { p.fields(n, "identity", append(p.accountFields(a), named)) })
	if sound && (a.Name == "" || a.Bootstrap == "") {
		p.fail(n, "identity needs a name and a bootstrap profile")
	}
}

func (p *blueprintParser) accounts(n *yaml.Node) {
	p.entries(n, "accounts", func(key, value *yaml.Node) {
		a := Account{Name: p.name(key, "an account's name", isAccountName, "prod")}
		sound := p.sound(func() { p.fields(value, "account "+a.Name, p.accountFields(&a)) })
		if sound && a.Bootstrap == "" {
			p.fail(key, "account %s names no bootstrap profile", a.Name)
		}
		p.b.Accounts = append(p.b.Accounts, a)
	})
	if len(p.b.Accounts) == 0 {
		p.fail(n, "accounts names no account")
	}
}

func (p *blueprintParser) accountFields(a *Account) []field {
	return []field{
		{"bootstrap", func(n *yaml.Node) { a.Bootstrap = p.name(n, "a profile's name", isProfileName, "secure-aws-prod") }},
		{"id", func(n *yaml.Node) { a.ID = p.name(n, "an account's id", isAccountID, `"123456789012"`) }},
	}
}

func (p *blueprintParser) roles(n *yaml.Node) {
	seen := map[string]bool{}
	p.entries(n, "roles", func(key, value *yaml.Node) {
		name := p.name(key, "a role's name", isRoleName, "Ops")
		if folded := strings.ToLower(name); seen[folded] {
			p.fail(key, "role %s is there twice: IAM tells no capital from a small letter in names", name)
		} else {
			seen[folded] = true
		}
		p.b.Roles = append(p.b.Roles, p.role(name, key, value))
	})
	if len(p.b.Roles) == 0 {
		p.fail(n, "roles names no role")
	}
}

func (p *blueprintParser) role(name string, key, n *yaml.Node) Role {
	role := Role{Name: name, MFA: true, MaxSession: time.Hour}
	sound := p.sound(func() { p.fields(n, "role "+name, p.roleFields(&role)) })
	if sound && role.Group == "" {
		p.fail(key, "role %s names no group", name)
	}
	return role
}

func (p *blueprintParser) roleFields(role *Role) []field {
	return []field{
		{"group", func(n *yaml.Node) { role.Group = p.name(n, "a group's name", isGroupName, "Operators") }},
		{"policies", func(n *yaml.Node) { role.Policies = p.policies(n) }},
		{"in", func(n *yaml.Node) { role.In = p.in(n, role.Name) }},
		{"mfa", func(n *yaml.Node) { p.set(&role.MFA, n, "mfa") }},
		{"max_session", func(n *yaml.Node) { role.MaxSession = p.maxSession(n) }},
		{"external_id", func(n *yaml.Node) {
			role.ExternalID = p.name(n, "an external id", isExternalID, "ticket-4711")
		}},
	}
}

func (p *blueprintParser) in(n *yaml.Node, role string) map[string][]Policy {
	in := map[string][]Policy{}
	p.entries(n, "in", func(key, value *yaml.Node) {
		p.named = append(p.named, namedAccount{key, "role " + role})
		in[key.Value] = p.policies(value)
	})
	return in
}

// policies reads a list of AWS's policies by name and of own documents, each a mapping of its name to the document.
func (p *blueprintParser) policies(n *yaml.Node) []Policy {
	list := []Policy{}
	seen := map[string]bool{}
	p.list(n, "policies", func(item *yaml.Node) {
		for _, policy := range p.policy(item) {
			if seen[policy.Name] {
				p.fail(item, "policy %s is in the list twice", policy.Name)
			}
			seen[policy.Name] = true
			list = append(list, policy)
		}
	})
	return list
}

func (p *blueprintParser) policy(item *yaml.Node) []Policy {
	if p.resolve(item).Kind != yaml.MappingNode {
		return []Policy{{Name: p.name(item, "an AWS managed policy's name", isManagedName, "PowerUserAccess")}}
	}
	var own []Policy
	p.entries(item, "a policy", func(key, value *yaml.Node) {
		name := p.name(key, "a policy's name", isDocumentName, "PowerUser")
		if reserved(PolicyPrefix + name) {
			p.fail(key, "policy name %q is kept for secaws itself", name)
		}
		own = append(own, Policy{Name: name, Document: p.document(value)})
	})
	return own
}

// reserved tells whether an inline policy name belongs to a part of secaws other than the blueprint's documents.
func reserved(name string) bool {
	return strings.HasPrefix(name, RevokePrefix)
}

func (p *blueprintParser) maxSession(n *yaml.Node) time.Duration {
	d, err := time.ParseDuration(p.text(n, "max_session"))
	if err != nil || d < time.Hour || d > 12*time.Hour || d%time.Second != 0 {
		p.fail(n, "max_session must be from 1h to 12h, as IAM has it")
	}
	return d
}

func (p *blueprintParser) profileName(n *yaml.Node) {
	p.b.ProfileName = p.text(n, "profile_name")
	plain := strings.NewReplacer("{account}", "a", "{role}", "r").Replace(p.b.ProfileName)
	if !strings.Contains(p.b.ProfileName, "{account}") || !strings.Contains(p.b.ProfileName, "{role}") || !isProfileName(plain) {
		p.fail(n, "profile_name must hold {account} and {role}, and letters, digits and ._@+=,- beside them")
	}
}

func (p *blueprintParser) bootstrap(n *yaml.Node) {
	switch text := p.text(n, "bootstrap"); text {
	case "enabled", "disabled":
		p.b.BootstrapDisabled = text == "disabled"
	default:
		p.fail(n, "bootstrap must be enabled or disabled")
	}
}

// passwordPolicy reads limits as UpdateAccountPasswordPolicy takes them:
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccountPasswordPolicy.html
func (p *blueprintParser) passwordPolicy(n *yaml.Node) {
	to := &p.b.PasswordPolicy
	number := func(key string, into **int, least, most int) field {
		return field{key, func(n *yaml.Node) { *into = p.integer(n, key, least, most) }}
	}
	flag := func(key string, into **bool) field {
		return field{key, func(n *yaml.Node) { *into = p.boolean(n, key) }}
	}
	p.fields(n, "password_policy", []field{
		number("minimum_length", &to.MinimumLength, 6, 128),
		number("remember", &to.Remember, 1, 24),
		number("max_age_days", &to.MaxAgeDays, 0, 1095),
		flag("symbols", &to.Symbols),
		flag("numbers", &to.Numbers),
		flag("uppercase", &to.Uppercase),
		flag("lowercase", &to.Lowercase),
		flag("users_change", &to.UsersChange),
		flag("hard_expiry", &to.HardExpiry),
		{"exact", func(n *yaml.Node) { p.set(&to.Exact, n, "exact") }},
	})
}

func (p *blueprintParser) set(into *bool, n *yaml.Node, what string) {
	if v := p.boolean(n, what); v != nil {
		*into = *v
	}
}

// name reads a text that fits.
func (p *blueprintParser) name(n *yaml.Node, what string, fits func(string) bool, like string) string {
	var text string
	if p.sound(func() { text = p.text(n, what) }) && !fits(text) {
		p.fail(n, "%q cannot be %s; one reads like %s", text, what, like)
	}
	return text
}
