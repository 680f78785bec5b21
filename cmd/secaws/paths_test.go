package main

import (
	"runtime"
	"testing"
)

// A home that is another folder wherever one stands is as bad as none: keys would be in many places.
func TestHome(t *testing.T) {
	variable, absolute := "HOME", "/home/me"
	if runtime.GOOS == "windows" {
		variable, absolute = "USERPROFILE", `C:\Users\me`
	}
	for home, want := range map[string]bool{absolute: true, "": false, "home": false, ".": false, "../me": false} {
		_, err := (&env{environ: []string{variable + "=" + home, "XDG_STATE_HOME=/state"}}).paths()
		if (err == nil) != want || err != nil && hintOf(err) == "" {
			t.Errorf("%s=%q: %v, want it accepted: %t", variable, home, err, want)
		}
	}
}
