package configgen

import (
	"strings"

	yaml "go.yaml.in/yaml/v3"
)

// references checks what refers to something elsewhere in the file.
func (p *blueprintParser) references(root *yaml.Node) {
	for _, key := range []string{"region", "identity", "accounts", "roles"} {
		if p.at[key] == nil {
			p.fail(root, "the blueprint has no %s", key)
		}
	}
	p.distinctAccounts()
	for _, ref := range p.named {
		p.mustBeAccount(ref.node, ref.by, ref.node.Value)
	}
	if n := p.at["default_account"]; n != nil {
		p.mustBeAccount(n, "default_account", p.b.DefaultAccount)
	}
	if p.at["roles"] != nil {
		p.adminRole()
	}
}

func (p *blueprintParser) mustBeAccount(n *yaml.Node, by, name string) {
	if _, ok := p.b.Account(name); ok {
		return
	}
	var names []string
	for _, a := range p.b.All() {
		names = append(names, a.Name)
	}
	p.fail(n, "%s names account %q, which is not there; there are: %s", by, name, strings.Join(names, ", "))
}

func (p *blueprintParser) adminRole() {
	n := p.at["admin_role"]
	if n == nil {
		n = p.at["roles"]
	}
	role, ok := p.b.Role(p.b.AdminRole)
	if !ok && p.at["admin_role"] == nil {
		p.b.AdminRole = "" // a blueprint without administrators runs on bootstrap keys alone
		return
	}
	if !ok {
		p.fail(n, "admin_role %q is not one of the roles", p.b.AdminRole)
		return
	}
	for _, a := range p.b.All() {
		if len(p.b.PoliciesIn(role, a.Name)) == 0 {
			p.fail(n, "admin_role %s has no policy in account %s: it must be in every account", role.Name, a.Name)
		}
	}
}

// distinctAccounts refuses two accounts of one name, profile or id.
func (p *blueprintParser) distinctAccounts() {
	n := p.at["accounts"]
	if n == nil {
		return
	}
	seen := map[string]string{}
	for _, a := range p.b.All() {
		for _, mark := range []string{"name " + strings.ToLower(a.Name), "bootstrap profile " + a.Bootstrap, "id " + a.ID} {
			if other := seen[mark]; other != "" && !strings.HasSuffix(mark, " ") {
				p.fail(n, "accounts %s and %s have the same %s", other, a.Name, mark)
			}
			seen[mark] = a.Name
		}
	}
}
