package provision

import (
	"fmt"
	"strings"
	"time"

	"github.com/secaws/secaws/configgen"
)

// mapWidth is the most columns that Map's text takes.
const mapWidth = 100

// Map draws who can do what where, as text of at most 100 columns.
func Map(b configgen.Blueprint) string {
	var m strings.Builder
	fmt.Fprintf(&m, "%s\n", cut("identity account "+titled(b.Identity)+"   users, groups, password policy; no resources"))
	if b.SelfManagement {
		m.WriteString("│   every member, with MFA: own password, access keys, MFA device\n")
	}
	groups := b.Groups()
	for i, group := range groups {
		branch, stem := "├─", "│ "
		if i == len(groups)-1 {
			branch, stem = "└─", "  "
		}
		m.WriteString("│\n" + cut(branch+" group "+group) + "\n")
		mapGroup(&m, b, group, stem)
	}
	return m.String()
}

// mapGroup draws the roles of a group and their rights in each account.
func mapGroup(m *strings.Builder, b configgen.Blueprint, group, stem string) {
	for _, role := range b.Roles {
		if role.Group != group {
			continue
		}
		m.WriteString(cut(stem+"     may assume "+role.Name+" ("+trust(role)+") in") + "\n")
		width := 0
		for _, g := range grantsOf(b, role) {
			width = max(width, len(titled(g.Account)))
		}
		for _, g := range grantsOf(b, role) {
			rights := rightsOf(b.PoliciesIn(role, g.Account.Name))
			m.WriteString(cut(fmt.Sprintf("%s       ─▶ %-*s   %s", stem, width, titled(g.Account), rights)) + "\n")
		}
	}
}

func grantsOf(b configgen.Blueprint, role configgen.Role) []configgen.Grant {
	var of []configgen.Grant
	for _, g := range b.Grants(role.Group) {
		if g.Role.Name == role.Name {
			of = append(of, g)
		}
	}
	return of
}

// trust says under which conditions a role lets its group in.
func trust(r configgen.Role) string {
	says := []string{"with MFA", "under their own name", "up to " + short(r.MaxSession)}
	if !r.MFA {
		says[0] = "WITHOUT MFA"
	}
	if r.ExternalID != "" {
		says = append(says, "with an external id")
	}
	return strings.Join(says, ", ")
}

func short(d time.Duration) string { return hours(int32(d.Seconds())) }

// rightsOf names policies; the blueprint's own documents are marked, since their names say little.
func rightsOf(policies []configgen.Policy) string {
	var names []string
	for _, p := range policies {
		if p.Document != "" {
			p.Name += " (own document)"
		}
		names = append(names, p.Name)
	}
	return strings.Join(names, ", ")
}

func titled(a configgen.Account) string {
	if a.ID == "" {
		return a.Name
	}
	return a.Name + " " + a.ID
}

// cut shortens a line that is too wide.
func cut(line string) string {
	if r := []rune(line); len(r) > mapWidth {
		return string(r[:mapWidth-1]) + "…"
	}
	return line
}

// Mermaid draws the same as a Mermaid flowchart: https://mermaid.js.org/syntax/flowchart.html
func Mermaid(b configgen.Blueprint) string {
	var m strings.Builder
	m.WriteString("flowchart LR\n")
	fmt.Fprintf(&m, "  subgraph identity[\"%s: users and groups\"]\n", titled(b.Identity))
	for _, group := range b.Groups() {
		fmt.Fprintf(&m, "    %s([\"%s\"])\n", node("group", group), group)
	}
	m.WriteString("  end\n")
	for _, a := range b.All() {
		var roles strings.Builder
		for _, role := range b.Roles {
			if policies := b.PoliciesIn(role, a.Name); len(policies) > 0 {
				fmt.Fprintf(&roles, "    %s[\"%s<br/>%s\"]\n", node("role", a.Name, role.Name), role.Name, rightsOf(policies))
			}
		}
		if roles.Len() > 0 {
			fmt.Fprintf(&m, "  subgraph %s[\"%s\"]\n%s  end\n", node("account", a.Name), titled(a), roles.String())
		}
	}
	for _, g := range b.Grants("") {
		label := "MFA"
		if !g.Role.MFA {
			label = "no MFA"
		}
		fmt.Fprintf(&m, "  %s -->|%s| %s\n", node("group", g.Role.Group), label, node("role", g.Account.Name, g.Role.Name))
	}
	return m.String()
}

// node is the id of a node: names hold signs that Mermaid does not take.
func node(parts ...string) string { return plainWord(strings.Join(parts, "-"), "_%x") }

// plainWord writes every sign that is no ASCII letter or digit as its number, in a form.
func plainWord(name, form string) string {
	var w strings.Builder
	for _, r := range name {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' {
			w.WriteRune(r)
		} else {
			fmt.Fprintf(&w, form, r)
		}
	}
	return w.String()
}
