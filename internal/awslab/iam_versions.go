package awslab

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var versionActions = []action{
	{Name: "CreatePolicyVersion", Resource: onParam("PolicyArn"), Context: policyKeys, Run: createVersion},
	{Name: "GetPolicyVersion", Read: true, Resource: onParam("PolicyArn"), Context: policyKeys, Run: getVersion},
	{Name: "ListPolicyVersions", Read: true, Resource: onParam("PolicyArn"), Context: policyKeys, Run: listVersions},
	{Name: "SetDefaultPolicyVersion", Resource: onParam("PolicyArn"), Context: policyKeys, Run: setDefaultVersion},
	{Name: "DeletePolicyVersion", Resource: onParam("PolicyArn"), Context: policyKeys, Run: deleteVersion},
}

// versionQuota is how many versions a managed policy may have.
const versionQuota = 5

var versionPattern = regexp.MustCompile(`^v[1-9][0-9]*(\.[A-Za-z0-9-]*)?$`)

// versionXML is a policy version: https://docs.aws.amazon.com/IAM/latest/APIReference/API_PolicyVersion.html
type versionXML struct {
	Document         *string
	VersionID        string `xml:"VersionId"`
	IsDefaultVersion bool
	CreateDate       *string
}

func versionShown(p *ManagedPolicy, v PolicyVersion) versionXML {
	return versionXML{VersionID: v.ID, IsDefaultVersion: v.ID == p.Default, CreateDate: stamp(v.Created)}
}

// versionWithDocument is a version with its text, which lists leave out.
func versionWithDocument(p *ManagedPolicy, v PolicyVersion) versionXML {
	x := versionShown(p, v)
	x.Document = text(encodeDocument(v.Document))
	return x
}

type versionResult struct{ PolicyVersion versionXML }

func createVersion(c *call) (any, error) {
	v := c.check()
	document := v.required("PolicyDocument", documentMax, documentPattern)
	isDefault := v.flag("SetAsDefault", false)
	if err := v.err(); err != nil {
		return nil, err
	}
	p, err := c.ownPolicy()
	if err != nil {
		return nil, err
	}
	if err := checkManagedDocument(document); err != nil {
		return nil, err
	}
	if len(p.Versions) >= versionQuota {
		return nil, limitExceeded("A managed policy can have up to %d versions. Before you create a new version, you must delete an existing version.", versionQuota)
	}
	added := PolicyVersion{ID: "v" + strconv.Itoa(p.NextVersion), Document: document, Created: c.now}
	p.NextVersion++
	p.Versions = append(p.Versions, added)
	p.Updated = c.now
	if isDefault {
		p.Default = added.ID
	}
	return versionResult{versionShown(p, added)}, nil
}

// version returns the place of the version a request names in its policy.
func (c *call) version() (*ManagedPolicy, int, error) {
	v := c.check()
	id := v.required("VersionId", nameMax, versionPattern)
	if err := v.err(); err != nil {
		return nil, 0, err
	}
	arn, err := c.policyARN()
	if err != nil {
		return nil, 0, err
	}
	if p := c.account.managed(arn); p != nil {
		if at := slices.IndexFunc(p.Versions, func(v PolicyVersion) bool { return v.ID == id }); at >= 0 {
			return p, at, nil
		}
	}
	return nil, 0, noSuchEntity("Policy %s version %s does not exist or is not attachable.", arn, id)
}

func getVersion(c *call) (any, error) {
	p, at, err := c.version()
	if err != nil {
		return nil, err
	}
	return versionResult{versionWithDocument(p, p.Versions[at])}, nil
}

func listVersions(c *call) (any, error) {
	p, err := c.namedPolicy()
	if err != nil {
		return nil, err
	}
	newestFirst := slices.Clone(p.Versions)
	slices.Reverse(newestFirst)
	shown, marker, truncated, err := page(c, newestFirst, func(v PolicyVersion) string {
		n, _ := strconv.Atoi(strings.TrimPrefix(v.ID, "v"))
		return fmt.Sprintf("%09d", 999_999_999-n)
	})
	if err != nil {
		return nil, err
	}
	return struct {
		Versions    list[versionXML]
		IsTruncated bool
		Marker      *string
	}{each(shown, func(v PolicyVersion) versionXML { return versionShown(p, v) }), truncated, marker}, nil
}

func setDefaultVersion(c *call) (any, error) {
	p, at, err := c.ownVersion()
	if err != nil {
		return nil, err
	}
	p.Default, p.Updated = p.Versions[at].ID, c.now
	return nil, nil
}

func deleteVersion(c *call) (any, error) {
	p, at, err := c.ownVersion()
	if err != nil {
		return nil, err
	}
	if p.Versions[at].ID == p.Default {
		return nil, deleteConflict("Cannot delete the default version of a policy.")
	}
	p.Versions = slices.Delete(p.Versions, at, at+1)
	p.Updated = c.now
	return nil, nil
}

// ownVersion is version for an action that changes the policy.
func (c *call) ownVersion() (*ManagedPolicy, int, error) {
	p, at, err := c.version()
	if err == nil {
		_, err = c.ownPolicy()
	}
	return p, at, err
}
