package awslab

// absentActions list what the lab's accounts never have, so that tools which look
// everywhere before they delete a user or a role find nothing and go on.
var absentActions = []action{
	{Name: "ListInstanceProfiles", Read: true, Resource: onPath("instance-profile"), Run: always(noProfiles{})},
	{Name: "ListSSHPublicKeys", Read: true, Resource: onHolder("User"), Run: noneOf(struct {
		SSHPublicKeys list[struct{}]
		IsTruncated   bool
	}{})},
	{Name: "ListSigningCertificates", Read: true, Resource: onHolder("User"), Run: noneOf(struct {
		Certificates list[struct{}]
		IsTruncated  bool
	}{})},
	{Name: "ListServiceSpecificCredentials", Read: true, Resource: onHolder("User"), Run: noneOf(struct {
		ServiceSpecificCredentials list[struct{}]
		IsTruncated                bool
	}{})},
	{Name: "ListServerCertificates", Read: true, Run: always(struct {
		ServerCertificateMetadataList list[struct{}]
		IsTruncated                   bool
	}{})},
	{Name: "ListSAMLProviders", Read: true, Run: always(struct{ SAMLProviderList list[struct{}] }{})},
	{Name: "ListOpenIDConnectProviders", Read: true, Run: always(struct{ OpenIDConnectProviderList list[struct{}] }{})},
}

// noneOf answers with an empty list of something a user could have.
func noneOf(result any) func(*call) (any, error) {
	return func(c *call) (any, error) {
		if _, err := c.selfOr(); err != nil {
			return nil, err
		}
		return result, nil
	}
}

// always answers with an empty list of something an account could have.
func always(result any) func(*call) (any, error) {
	return func(*call) (any, error) { return result, nil }
}
