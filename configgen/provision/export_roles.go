package provision

import (
	"github.com/secaws/secaws/configgen"
)

// maxOr is the most conditions that one Fn::Or takes:
// https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-conditions.html
const maxOr = 10

// exportResourceRoles writes the roles of all resource accounts as one template. What differs from account to account
// depends on conditions on the account's id, so that an account added later gets what is usual.
func exportResourceRoles(b configgen.Blueprint) (conditions, resources part) {
	conditions, resources = part{}, part{}
	for _, role := range b.Roles {
		usual := wantedRole(b, role, role.Policies)
		managed, inline := managedPart(usual), inlinePart(usual)
		var there, notThere []any
		for _, a := range b.Accounts {
			own, named := role.In[a.Name]
			is := part{"Fn::Equals": []any{part{"Ref": "AWS::AccountId"}, a.ID}}
			switch {
			case !named:
			case len(own) == 0:
				notThere = append(notThere, is)
			default:
				there = append(there, is)
				condition := logical("Is", a.Name)
				conditions[condition] = is
				special := wantedRole(b, role, own)
				managed = choose(condition, managedPart(special), managed)
				inline = choose(condition, inlinePart(special), inline)
			}
		}
		r := resource("AWS::IAM::Role", exportRole(usual, managed, inline))
		has := logical("Has", role.Name)
		switch {
		case len(role.Policies) == 0 && len(there) == 0:
			continue
		case len(role.Policies) == 0:
			conditions[has], r["Condition"] = anyOf(there), has
		case len(notThere) > 0:
			conditions[has], r["Condition"] = part{"Fn::Not": []any{anyOf(notThere)}}, has
		}
		resources[logical("Role", role.Name)] = r
	}
	return conditions, resources
}

// choose is special where the condition holds, else usual. A property that is in neither is none.
func choose(condition string, special, usual any) any {
	if special == nil && usual == nil {
		return nil
	}
	absent := func(v any) any {
		if v == nil {
			return part{"Ref": "AWS::NoValue"}
		}
		return v
	}
	return part{"Fn::If": []any{condition, absent(special), absent(usual)}}
}

// anyOf is true where one of the conditions is.
func anyOf(of []any) any {
	for len(of) > 1 {
		n := min(len(of), maxOr)
		of = append(of[n:], part{"Fn::Or": of[:n:n]})
	}
	return of[0]
}
