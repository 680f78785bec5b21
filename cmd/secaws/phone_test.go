//go:build unix

package main

import (
	"fmt"
	"time"
)

// freshCodes is the phone of a person in a dialog. It never tells the same code twice: two in a row enable a device.
func freshCodes(st *stage) func(user string) (string, error) {
	told := map[string]string{}
	return func(user string) (string, error) {
		for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
			code, err := st.lab.TOTP(user)
			if err != nil {
				return "", err
			}
			if !code.Used && code.Digits != told[user] {
				told[user] = code.Digits
				return code.Digits, nil
			}
			<-time.After(code.Left + time.Millisecond)
		}
		return "", fmt.Errorf("no fresh code of %s within %s", user, patience)
	}
}
