package provision

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/iam/types"

	"github.com/secaws/secaws/configgen"
)

// BootstrapKey is the key of an account's bootstrap profile, as the account has it now.
type BootstrapKey struct {
	Account, KeyID string
	User           string // "" when the account has no such key any more
	Active         bool
}

// ReadBootstrapKeys looks for the keys of those ids, by account name. It works with a key that is off, too.
func ReadBootstrapKeys(ctx context.Context, open []Access, ids map[string]string) ([]BootstrapKey, error) {
	keys := make([]BootstrapKey, len(open))
	err := parallel(ctx, len(open), func(ctx context.Context, i int) (err error) {
		if id := ids[open[i].Account.Name]; id != "" {
			keys[i], err = readBootstrapKey(ctx, open[i], id)
		}
		return err
	})
	return slices.DeleteFunc(keys, func(k BootstrapKey) bool { return k.KeyID == "" }), err
}

// readBootstrapKey takes AccessDenied for "no such key": IAM says that of keys the account does not have.
func readBootstrapKey(ctx context.Context, a Access, id string) (BootstrapKey, error) {
	key := BootstrapKey{Account: a.Account.Name, KeyID: id}
	used, err := a.IAM.GetAccessKeyLastUsed(ctx, &iam.GetAccessKeyLastUsedInput{AccessKeyId: &id})
	if isCode(err, "AccessDenied") || isCode(err, "NoSuchEntity") {
		return key, nil
	}
	if err != nil {
		return key, fmt.Errorf("account %s: look for key %s: %w", key.Account, id, err)
	}
	listed, err := listKeys(ctx, a.IAM, used.UserName)
	if gone(err) != nil {
		return key, fmt.Errorf("account %s: list the keys of %s: %w", key.Account, aws.ToString(used.UserName), err)
	}
	for _, k := range listed {
		if k.ID == id {
			key.User, key.Active = aws.ToString(used.UserName), k.Active
		}
	}
	return key, nil
}

// PlanBootstrap decides what turns the bootstrap keys off, or, with remove, deletes them. Their users stay.
func PlanBootstrap(keys []BootstrapKey, remove bool) Changes {
	var plan Changes
	for _, k := range keys {
		what := "bootstrap key " + k.KeyID + " of user " + k.User
		if k.User != "" && k.Active {
			plan.List = append(plan.List, Change{Account: k.Account, Op: Modify, What: what, Before: "active", After: "inactive",
				Call: &iam.UpdateAccessKeyInput{UserName: &k.User, AccessKeyId: &k.KeyID, Status: types.StatusTypeInactive}})
		}
		if k.User != "" && remove {
			plan.List = append(plan.List, Change{Account: k.Account, Op: Remove, What: what,
				Call: &iam.DeleteAccessKeyInput{UserName: &k.User, AccessKeyId: &k.KeyID}})
		}
	}
	return plan
}

// Administrator is the person who goes on without the bootstrap keys.
type Administrator struct {
	User  string // of the identity account
	KeyID string // of the long-lived key behind the sessions
	MFA   bool   // the sessions were opened with a code
}

// ProveAdministrator makes sure that turning the bootstrap keys off locks nobody out: the accesses are sessions of the
// Admin role in every account, opened with MFA by a user of the identity account who is an administrator now, with a
// device and a working key that is none of those to be turned off.
func ProveAdministrator(ctx context.Context, b configgen.Blueprint, open []Access, who Administrator, bootstrap []BootstrapKey) error {
	for _, a := range open {
		if !strings.Contains(a.Caller, ":assumed-role/"+b.AdminRole+"/") {
			return &NotProvenError{fmt.Sprintf("account %s: %s is no session of the role %s", a.Account.Name, a.Via, b.AdminRole)}
		}
	}
	if !who.MFA {
		return &NotProvenError{"the sessions of the role " + b.AdminRole + " were opened without MFA"}
	}
	if slices.ContainsFunc(bootstrap, func(k BootstrapKey) bool { return k.KeyID == who.KeyID }) {
		return &NotProvenError{"the sessions of the role " + b.AdminRole + " come from a bootstrap key themselves"}
	}
	person, err := ReadPerson(ctx, open[0].IAM, who.User)
	if err != nil {
		return err
	}
	return administers(b, person, who.KeyID)
}

// administers tells whether a user can come back as administrator tomorrow.
func administers(b configgen.Blueprint, p Person, keyID string) error {
	role, _ := b.Role(b.AdminRole)
	works := slices.ContainsFunc(p.Keys, func(k PersonKey) bool { return k.ID == keyID && k.Active })
	switch {
	case !p.Exists():
		return &NotProvenError{"there is no user " + p.Name + " in account " + b.Identity.Name}
	case !slices.Contains(p.Groups, role.Group):
		return &NotProvenError{"user " + p.Name + " is not in group " + role.Group}
	case len(p.Devices) == 0:
		return &NotProvenError{"user " + p.Name + " has no MFA device"}
	case !works:
		return &NotProvenError{"key " + keyID + " is no active key of user " + p.Name}
	}
	return nil
}

// NotProvenError is an administrator who might be locked out.
type NotProvenError struct{ Problem string }

func (e *NotProvenError) Error() string {
	return "the bootstrap keys stay on: " + e.Problem
}

// Hint says how to become an administrator.
func (e *NotProvenError) Hint() string {
	return "enrol an administrator first: secaws user add NAME --group Administrators"
}

// checkBootstrap tells of the bootstrap keys; active ones are a failure only where the blueprint wants them off.
func checkBootstrap(b configgen.Blueprint, keys []BootstrapKey) []Check {
	var checks []Check
	for _, k := range keys {
		c := Check{Who: "bootstrap", What: "key " + k.KeyID, Account: k.Account, Expected: "any", OK: true, Info: true}
		switch {
		case k.User == "":
			c.Seen = "deleted"
		case k.Active:
			c.Seen = "active"
		default:
			c.Seen = "inactive"
		}
		if b.BootstrapDisabled {
			c.Expected, c.OK, c.Info = "inactive or deleted", c.Seen != "active", false
		}
		checks = append(checks, c)
	}
	return checks
}
