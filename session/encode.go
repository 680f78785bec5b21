package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// Encode writes c in the form the AWS SDKs accept from a credential_process, Version 1:
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-process-credentials.html
//
// It writes once or not at all: the Go SDK quotes unparsable output in its own error,
// so half a document would put a secret in the caller's log. Credentials that cannot
// expire are written without Expiration, and SDKs never ask for them again.
func Encode(w io.Writer, c aws.Credentials) error {
	if c.AccessKeyID == "" || c.SecretAccessKey == "" {
		return errors.New("no credentials to write")
	}
	document := struct {
		Version         int
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		SessionToken    string `json:",omitempty"`
		Expiration      string `json:",omitempty"`
		AccountID       string `json:"AccountId,omitempty"`
	}{1, c.AccessKeyID, c.SecretAccessKey, c.SessionToken, "", c.AccountID}
	if c.CanExpire {
		document.Expiration = c.Expires.UTC().Format(time.RFC3339)
	}
	data, err := json.Marshal(document)
	if err != nil {
		return fmt.Errorf("encode credentials: %w", err)
	}
	if _, err := w.Write(append(data, '\n')); err != nil {
		return fmt.Errorf("write credentials: %w", err)
	}
	return nil
}
