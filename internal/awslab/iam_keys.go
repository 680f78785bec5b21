package awslab

import (
	"regexp"
	"slices"
)

var accessKeyActions = []action{
	{Name: "CreateAccessKey", Resource: onHolder("User"), Context: holderKeys("User"), Run: createKey},
	{Name: "ListAccessKeys", Read: true, Resource: onHolder("User"), Context: holderKeys("User"), Run: listKeys},
	{Name: "UpdateAccessKey", Resource: onHolder("User"), Context: holderKeys("User"), Run: updateKey},
	{Name: "DeleteAccessKey", Resource: onHolder("User"), Context: holderKeys("User"), Run: deleteKey},
	{Name: "GetAccessKeyLastUsed", Read: true, Resource: onKeyOwner, Run: keyLastUsed},
}

// keyQuota is how many access keys a user may have, active or not.
const keyQuota = 2

// The form of an access key's ID: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html
var keyIDPattern = regexp.MustCompile(`^\w+$`)

const (
	keyIDMin = 16
	keyIDMax = 128
)

// keyXML is an access key; only CreateAccessKey tells the secret.
type keyXML struct {
	UserName        string
	AccessKeyID     string `xml:"AccessKeyId"`
	Status          string
	SecretAccessKey *string
	CreateDate      *string
}

func keyShown(u *User, k *AccessKey) keyXML {
	status := "Inactive"
	if k.Active {
		status = "Active"
	}
	return keyXML{UserName: u.Name, AccessKeyID: k.ID, Status: status, CreateDate: stamp(k.Created)}
}

func createKey(c *call) (any, error) {
	u, err := c.selfOr()
	if err != nil {
		return nil, err
	}
	if len(u.Keys) >= keyQuota {
		return nil, limitExceeded("Cannot exceed quota for AccessKeysPerUser: %d", keyQuota)
	}
	k := &AccessKey{ID: newKeyID(prefixKey, c.account.ID), Secret: newSecret(), Active: true, Created: c.now}
	u.Keys = append(u.Keys, k)
	shown := keyShown(u, k)
	shown.SecretAccessKey = &k.Secret
	return struct{ AccessKey keyXML }{shown}, nil
}

func listKeys(c *call) (any, error) {
	u, err := c.selfOr()
	if err != nil {
		return nil, err
	}
	keys, marker, truncated, err := page(c, u.Keys, func(k *AccessKey) string { return place(u.Keys, k) })
	if err != nil {
		return nil, err
	}
	return struct {
		AccessKeyMetadata list[keyXML]
		IsTruncated       bool
		Marker            *string
	}{each(keys, func(k *AccessKey) keyXML { return keyShown(u, k) }), truncated, marker}, nil
}

// place is the key of an item in a list of a few, kept in the order they were made.
func place[T comparable](all []T, item T) string {
	return string(rune('a' + slices.Index(all, item)))
}

// namedKey returns the access key a request names, and where its user keeps it.
func (c *call) namedKey() (*User, int, error) {
	id, err := c.keyID()
	if err != nil {
		return nil, 0, err
	}
	u, err := c.selfOr()
	if err != nil {
		return nil, 0, err
	}
	at := slices.IndexFunc(u.Keys, func(k *AccessKey) bool { return k.ID == id })
	if at < 0 {
		return nil, 0, noSuchEntity("The Access Key with id %s cannot be found.", id)
	}
	return u, at, nil
}

func (c *call) keyID() (string, error) {
	v := c.check()
	id := v.required("AccessKeyId", keyIDMax, keyIDPattern)
	if id != "" && len(id) < keyIDMin {
		v.must("AccessKeyId", "have length greater than or equal to %d", keyIDMin)
	}
	return id, v.err()
}

func updateKey(c *call) (any, error) {
	v := c.check()
	status := v.oneOf("Status", "", "Active", "Inactive")
	if err := v.err(); err != nil {
		return nil, err
	}
	u, at, err := c.namedKey()
	if err != nil {
		return nil, err
	}
	u.Keys[at].Active = status == "Active"
	return nil, nil
}

func deleteKey(c *call) (any, error) {
	u, at, err := c.namedKey()
	if err != nil {
		return nil, err
	}
	delete(c.lab.keyUse, u.Keys[at].ID)
	u.Keys = slices.Delete(u.Keys, at, at+1)
	return nil, nil
}

// ownerOfKey returns the account's user with that access key, or nil.
func (a *Account) ownerOfKey(id string) *User {
	for _, u := range a.Users {
		if slices.ContainsFunc(u.Keys, func(k *AccessKey) bool { return k.ID == id }) {
			return u
		}
	}
	return nil
}

func onKeyOwner(c *call) string {
	if u := c.account.ownerOfKey(c.params.str("AccessKeyId")); u != nil {
		return c.account.userARN(u)
	}
	return "*"
}

// keyUseXML is when and for what a key was last used; N/A for one that never was.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKeyLastUsed.html
type keyUseXML struct {
	LastUsedDate *string
	ServiceName  string
	Region       string
}

func keyUseShown(use KeyUse) keyUseXML {
	if use.At.IsZero() {
		return keyUseXML{ServiceName: "N/A", Region: "N/A"}
	}
	return keyUseXML{stamp(use.At), use.Service, use.Region}
}

// keyLastUsed says of a key that is not the account's what AWS says: that it may not be asked for.
func keyLastUsed(c *call) (any, error) {
	id, err := c.keyID()
	if err != nil {
		return nil, err
	}
	u := c.account.ownerOfKey(id)
	if u == nil {
		return nil, accessDenied("User: %s is not authorized to perform iam:GetAccessKeyLastUsed on resource: access key %s", c.principal.ARN, id)
	}
	return struct {
		UserName          string
		AccessKeyLastUsed keyUseXML
	}{u.Name, keyUseShown(c.lab.keyUse[id])}, nil
}
