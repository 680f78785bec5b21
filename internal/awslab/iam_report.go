package awslab

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"
)

var reportActions = []action{
	{Name: "GenerateCredentialReport", Run: generateReport},
	{Name: "GetCredentialReport", Read: true, Run: getReport},
}

// reportLife is how long a credential report is good for:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
const reportLife = 4 * time.Hour

// generateReport starts a report, or says that there is one. Ours needs no time to make.
func generateReport(c *call) (any, error) {
	type result struct {
		State       string
		Description *string
	}
	made, ok := c.lab.reports[c.account.ID]
	if ok && c.now.Before(made.Add(reportLife)) {
		return result{State: "COMPLETE"}, nil
	}
	c.lab.reports[c.account.ID] = c.now
	return result{"STARTED", text("No report exists. Starting a new report generation task")}, nil
}

// getReport answers with the account as it is now, under the time the report was asked for.
func getReport(c *call) (any, error) {
	made, ok := c.lab.reports[c.account.ID]
	switch {
	case !ok:
		return nil, refuse(http.StatusGone, "ReportNotPresent", "")
	case !c.now.Before(made.Add(reportLife)):
		return nil, refuse(http.StatusGone, "ReportExpired", "")
	}
	return struct {
		Content       string
		ReportFormat  string
		GeneratedTime *string
	}{base64.StdEncoding.EncodeToString([]byte(c.report())), "text/csv", stamp(made)}, nil
}

// reportColumns is the report's first line:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html#id_credentials_understanding_the_report_format
const reportColumns = "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,mfa_active," +
	"access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service," +
	"access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,access_key_2_last_used_region,access_key_2_last_used_service," +
	"cert_1_active,cert_1_last_rotated,cert_2_active,cert_2_last_rotated"

const notApplicable = "N/A"

func (c *call) report() string {
	lines := []string{reportColumns, c.rootLine()}
	for _, u := range byName(c.account.Users) {
		lines = append(lines, c.userLine(u))
	}
	return strings.Join(lines, "\n")
}

// rootLine is the account's root user, whom the lab has only by name: no keys, no
// password, and as old as the account's first user.
func (c *call) rootLine() string {
	born := c.now
	for _, u := range c.account.Users {
		if u.Created.Before(born) {
			born = u.Created
		}
	}
	line := []string{"<root_account>", "arn:aws:iam::" + c.account.ID + ":root", reportTime(born), "not_supported", "no_information", "not_supported", "not_supported", "false"}
	line = append(line, c.keyCells(nil)...)
	line = append(line, c.keyCells(nil)...)
	return strings.Join(append(line, certificateCells()...), ",")
}

func (c *call) userLine(u *User) string {
	line := []string{u.Name, c.account.userARN(u), reportTime(u.Created)}
	line = append(line, c.passwordCells(u)...)
	line = append(line, strconv.FormatBool(len(c.account.devicesOf(u)) > 0))
	for i := range keyQuota {
		var k *AccessKey
		if i < len(u.Keys) {
			k = u.Keys[i]
		}
		line = append(line, c.keyCells(k)...)
	}
	return strings.Join(append(line, certificateCells()...), ",")
}

// passwordCells are password_enabled to password_next_rotation.
func (c *call) passwordCells(u *User) []string {
	if u.Login == nil {
		return []string{"false", notApplicable, notApplicable, notApplicable}
	}
	used, next := "no_information", notApplicable
	if !u.PasswordLastUsed.IsZero() {
		used = reportTime(u.PasswordLastUsed)
	}
	if p := c.account.PasswordPolicy; p != nil && p.MaxAge > 0 {
		next = reportTime(u.Login.Changed.AddDate(0, 0, p.MaxAge))
	}
	return []string{"true", used, reportTime(u.Login.Changed), next}
}

// keyCells are access_key_N_active to access_key_N_last_used_service.
func (c *call) keyCells(k *AccessKey) []string {
	if k == nil {
		return []string{"false", notApplicable, notApplicable, notApplicable, notApplicable}
	}
	use := keyUseShown(c.lab.keyUse[k.ID])
	date := notApplicable
	if at := c.lab.keyUse[k.ID].At; !at.IsZero() {
		date = reportTime(at)
	}
	return []string{strconv.FormatBool(k.Active), reportTime(k.Created), date, use.Region, use.ServiceName}
}

func certificateCells() []string { return []string{"false", notApplicable, "false", notApplicable} }

func reportTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }
