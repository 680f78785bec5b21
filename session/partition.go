package session

import "strings"

// A partition is a separate AWS: keys, roles and regions of one mean nothing to
// another. The table follows the SDK's own:
// https://github.com/aws/aws-sdk-go-v2/blob/main/internal/endpoints/awsrulesfn/partitions.json
type partition struct {
	name, prefix string // prefix of its regions; "" matches the rest
	region       string // where calls go when the profile names none
	domains      []string
}

var partitions = []partition{
	{"aws-cn", "cn-", "cn-north-1", []string{"amazonaws.com.cn", "api.amazonwebservices.com.cn"}},
	{"aws-us-gov", "us-gov-", "us-gov-west-1", []string{"amazonaws.com", "api.aws"}},
	{"aws-eusc", "eusc-", "eusc-de-east-1", []string{"amazonaws.eu", "api.amazonwebservices.eu"}},
	{"aws-iso", "us-iso-", "us-iso-east-1", []string{"c2s.ic.gov", "api.aws.ic.gov"}},
	{"aws-iso-b", "us-isob-", "us-isob-east-1", []string{"sc2s.sgov.gov", "api.aws.scloud"}},
	{"aws-iso-e", "eu-isoe-", "eu-isoe-west-1", []string{"cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"}},
	{"aws-iso-f", "us-isof-", "us-isof-south-1", []string{"csp.hci.ic.gov", "api.aws.hci.ic.gov"}},
	{"aws", "", "us-east-1", []string{"amazonaws.com", "api.aws"}},
}

func partitionOfRegion(region string) partition {
	for _, p := range partitions {
		if strings.HasPrefix(region, p.prefix) {
			return p
		}
	}
	return partition{}
}

// partitionOfARN is "" for what is no ARN, such as the serial number of a hardware device.
func partitionOfARN(arn string) string {
	parts := strings.SplitN(arn, ":", 3)
	if len(parts) < 3 || parts[0] != "arn" {
		return ""
	}
	return parts[1]
}

// region is where the calls of p's plan go.
func region(p Profile, roles []Profile) string {
	if named := inherited(p, func(p Profile) string { return p.Region }); named != "" {
		return named
	}
	home := orElse(homePartition(p, roles), "aws")
	for _, known := range partitions {
		if known.name == home {
			return known.region
		}
	}
	return ""
}

// homePartition is that of the ARNs of p, "" where it has none.
func homePartition(p Profile, roles []Profile) string {
	for _, role := range roles {
		return partitionOfARN(role.RoleARN)
	}
	return partitionOfARN(serialOf(p, roles))
}

// checkPartition refuses what spans two partitions, and one we do not know.
func checkPartition(p Profile, roles []Profile) error {
	home := homePartition(p, roles)
	for _, role := range roles {
		if other := partitionOfARN(role.RoleARN); other != home {
			return problem(role, "role_arn %s is in partition %s, the chain begins in %s", role.RoleARN, other, home)
		}
	}
	if other := partitionOfARN(serialOf(p, roles)); other != "" && other != home {
		return problem(p, "mfa_serial is in partition %s, the role in %s", other, home)
	}
	named := region(p, roles)
	switch {
	case named == "":
		return problem(p, "%s is not a partition of AWS", home)
	case home != "" && partitionOfRegion(named).name != home:
		return problem(p, "region %s is not in partition %s, where the profile's ARNs are", named, home).
			with("set a region of " + home + " in the profile")
	}
	return nil
}
