package keyring

import (
	"testing"
	"time"
)

func TestHoldPolicy(t *testing.T) {
	tests := map[string]struct {
		given    HoldPolicy
		settings Settings
		want     HoldPolicy
		file     bool // wanted for the file backend
		other    bool // wanted for another one
	}{
		"nothing said":     {HoldPolicy{}, Settings{}, HoldPolicy{"", 15 * time.Minute}, true, false},
		"auto":             {HoldPolicy{Mode: HoldAuto}, Settings{Hold: HoldOff}, HoldPolicy{HoldAuto, 15 * time.Minute}, true, false},
		"on":               {HoldPolicy{Mode: HoldOn}, Settings{}, HoldPolicy{HoldOn, 15 * time.Minute}, true, true},
		"off by settings":  {HoldPolicy{}, Settings{Hold: HoldOff}, HoldPolicy{HoldOff, 15 * time.Minute}, false, false},
		"minutes":          {HoldPolicy{}, Settings{HoldMinutes: 2}, HoldPolicy{"", 2 * time.Minute}, true, false},
		"given limit wins": {HoldPolicy{Limit: time.Second}, Settings{HoldMinutes: 2}, HoldPolicy{"", time.Second}, true, false},
		"negative minutes": {HoldPolicy{}, Settings{HoldMinutes: -2}, HoldPolicy{"", 15 * time.Minute}, true, false},
	}
	for name, tt := range tests {
		got := tt.given.resolve(tt.settings)
		if got != tt.want || got.wanted(File) != tt.file || got.wanted(SecretService) != tt.other {
			t.Errorf("%s: %+v, file %t, other %t", name, got, got.wanted(File), got.wanted(SecretService))
		}
	}
}
