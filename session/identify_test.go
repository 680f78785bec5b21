package session

import (
	"errors"
	"testing"
	"time"
)

func TestIdentify(t *testing.T) {
	tests := []struct {
		name   string
		signer func(*stage) Signer
		behind time.Duration
		want   Kind // "" = told who
	}{
		{"good", func(s *stage) Signer { return s.signer }, 0, ""},
		{"good, clock off", func(s *stage) Signer { return s.signer }, 5 * time.Hour, ""},
		{"unknown", func(*stage) Signer { return labSigner{"AKIAAAAAAAAAAAAAAAAA", "x"} }, 0, WrongKey},
		{"wrong secret", func(s *stage) Signer { return labSigner{s.info.ID, "x"} }, 0, WrongSecret},
	}
	for _, tt := range tests {
		s := newStage(t, tt.behind)
		client, err := NewHTTPClient("")
		if err != nil {
			t.Fatal(err)
		}
		clock := NewClock(s.clock, 0)
		caller := Caller{Signer: tt.signer(s), Region: "us-west-2", Endpoint: s.server.URL, Clock: clock}
		who, err := Identify(t.Context(), NewSTS(ClientConfig{caller, client}).GetCallerIdentity, "ops", clock)
		var failure *Error
		switch {
		case tt.want == "" && (err != nil || who.ARN != "arn:aws:iam::111111111111:user/ops" || who.Account != "111111111111" || who.UserID == ""):
			t.Errorf("%s: %+v, %v", tt.name, who, err)
		case tt.want != "" && (!errors.As(err, &failure) || failure.Kind != tt.want || failure.Hint() == ""):
			t.Errorf("%s: %v, want %q with a hint", tt.name, err, tt.want)
		}
	}
}
