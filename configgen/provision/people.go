package provision

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
)

// keyAge is how old a key may grow before it is named:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
const keyAge = 90 * 24 * time.Hour

// ReadPeople reads every user of the account, in the order of their names, without policies and unused devices.
func ReadPeople(ctx context.Context, client *iam.Client) ([]Person, error) {
	names, err := userNames(ctx, client)
	if err != nil {
		return nil, err
	}
	people := make([]Person, len(names))
	err = parallel(ctx, len(names), func(ctx context.Context, i int) error {
		var err error
		people[i], err = readPerson(ctx, client, names[i], readGroups, readKeys, readDevices, readConsole)
		return err
	})
	people = slices.DeleteFunc(people, func(p Person) bool { return !p.Exists() }) // deleted meanwhile
	return people, err
}

// userNames lists the users of the account, sorted.
func userNames(ctx context.Context, client *iam.Client) ([]string, error) {
	var names []string
	err := pages(ctx, &iam.ListUsersInput{}, client.ListUsers, func(page *iam.ListUsersOutput) error {
		for _, u := range page.Users {
			names = append(names, aws.ToString(u.UserName))
		}
		return nil
	}, func(in *iam.ListUsersInput, page *iam.ListUsersOutput) bool {
		return turn(&in.Marker, page.Marker, page.IsTruncated)
	})
	if err != nil {
		return nil, fmt.Errorf("list the users: %w", err)
	}
	slices.Sort(names)
	return names, nil
}

// HasGroup tells whether the account has a group of that name.
func HasGroup(ctx context.Context, client *iam.Client, group string) (bool, error) {
	_, err := client.GetGroup(ctx, &iam.GetGroupInput{GroupName: &group, MaxItems: aws.Int32(1)})
	if isCode(err, "NoSuchEntity") {
		return false, nil
	}
	return err == nil, err
}

// LastActive is when the user was last seen, the zero time for never.
func (p Person) LastActive() time.Time {
	last := p.PasswordLastUsed
	for _, k := range p.Keys {
		if k.LastUsed.After(last) {
			last = k.LastUsed
		}
	}
	return last
}

// Findings names what is against good practice, worst first.
func (p Person) Findings(now time.Time) []string {
	var found []string
	switch {
	case len(p.Devices) > 0:
	case len(p.SecurityKeys) > 0:
		found = append(found, "a security key only, which STS does not take")
	default:
		found = append(found, "no MFA")
	}
	if p.Enrolling {
		found = append(found, "not enrolled to the end")
	}
	active := 0
	for _, k := range p.Keys {
		if !k.Active {
			continue
		}
		active++
		if now.Sub(k.Created) > keyAge {
			found = append(found, fmt.Sprintf("key %s is %d days old", k.ID, int(now.Sub(k.Created).Hours()/24)))
		}
	}
	if active > 1 {
		found = append(found, "two keys")
	}
	if (active > 0 || p.Console) && p.LastActive().IsZero() {
		found = append(found, "never used")
	}
	return found
}
