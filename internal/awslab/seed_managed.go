package awslab

import (
	"embed"
	"strings"
	"time"
)

// managedDocuments are AWS's own documents, of early 2026. That of ReadOnlyAccess is a
// part of the real one, which has some 1,500 actions: those of the services in it are
// complete, all others are missing.
//
//go:embed managed/*.json
var managedDocuments embed.FS

// awsPolicies are the managed policies of AWS's own that every account has:
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/policy-list.html
var awsPolicies = newAWSPolicies()

func newAWSPolicies() []*ManagedPolicy {
	return []*ManagedPolicy{
		newAWSPolicy("AdministratorAccess", "ANPAIWMBCKSKIEE64ZLYK", "v1", "2015-02-06T18:39:46Z", "2015-02-06T18:39:46Z",
			"Provides full access to AWS services and resources."),
		newAWSPolicy("IAMReadOnlyAccess", "ANPAJKSO7NDY4T57MWDSQ", "v4", "2015-02-06T18:40:39Z", "2018-01-25T19:11:27Z",
			"Provides read only access to IAM via the AWS Management Console."),
		newAWSPolicy("IAMUserChangePassword", "ANPAJ4L4MM2A7QIEB56MS", "v5", "2016-11-15T00:25:16Z", "2026-02-12T17:58:57Z",
			"Provides the ability for an IAM user to change their own password."),
		newAWSPolicy("PowerUserAccess", "ANPAJYRXTHIB4FOVS3ZXS", "v12", "2015-02-06T18:39:47Z", "2026-02-12T17:59:14Z",
			"Provides full access to AWS services and resources, but does not allow management of Users and groups."),
		newAWSPolicy("ReadOnlyAccess", "ANPAILL3HVNFSB6DCOWYQ", "v182", "2015-02-06T18:39:48Z", "2026-04-03T15:27:12Z",
			"Provides read-only access to AWS services and resources."),
	}
}

func newAWSPolicy(name, id, version, created, updated, description string) *ManagedPolicy {
	document, err := managedDocuments.ReadFile("managed/" + name + ".json")
	if err != nil {
		panic(err) // built in
	}
	since, changed := mustTime(created), mustTime(updated)
	return &ManagedPolicy{
		ID: id, Name: name, Path: "/", ARN: awsPolicyARN(name), Description: description,
		Created: since, Updated: changed, Default: version,
		Versions: []PolicyVersion{{ID: version, Document: strings.TrimSpace(string(document)), Created: changed}},
	}
}

func mustTime(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err) // built in
	}
	return t
}

func awsPolicyARN(name string) string { return "arn:aws:iam::aws:policy/" + name }

// awsManaged returns a policy of AWS's own, nil when there is none of that ARN.
func awsManaged(arn string) *ManagedPolicy {
	for _, p := range awsPolicies {
		if p.ARN == arn {
			return p
		}
	}
	return nil
}
