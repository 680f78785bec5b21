package provision

import (
	"net/url"

	"github.com/secaws/secaws/configgen"
)

// consoleHosts are the console's hosts by partition, of which the account's own name is one label more:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/console_account-alias.html
// https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-console.html
// https://docs.amazonaws.cn/en_us/aws/latest/userguide/accounts-and-credentials.html
var consoleHosts = map[string]string{
	"aws":        "signin.aws.amazon.com",
	"aws-cn":     "signin.amazonaws.cn",
	"aws-us-gov": "signin.amazonaws-us-gov.com",
}

// SwitchRoleURL is the address at which a signed-in user switches to the role, "" in a partition whose console we do
// not know: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-console.html
func SwitchRoleURL(partition string, g configgen.Grant) string {
	host, ok := consoleHosts[partition]
	if !ok {
		return ""
	}
	return "https://" + host + "/switchrole?" + url.Values{"account": {g.Account.ID}, "roleName": {g.Role.Name}}.Encode()
}

// SignInURL is the account's own sign-in page, "" in a partition whose console we do not know.
func SignInURL(partition, account string) string {
	host, ok := consoleHosts[partition]
	if !ok {
		return ""
	}
	return "https://" + account + "." + host + "/console"
}
