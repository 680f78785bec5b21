package session

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func (w *world) retrieve(p Profile) Session {
	w.t.Helper()
	s, err := w.retriever().Retrieve(w.t.Context(), p)
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) wantCalls(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.takeCalls()); diff != "" {
		w.t.Errorf("calls (-want +got):\n%s", diff)
	}
}

func TestRetrieveColdThenWarm(t *testing.T) {
	w := newWorld(t)
	cold := w.retrieve(w.mfaRole())
	w.wantCalls("GetSessionToken 123456", "AssumeRole role/Ops by ASIA1")
	if !cold.MFA || !cold.MFAExpires.Equal(noon.Add(12*time.Hour)) || cold.Account != "333333333333" || cold.KeyID != "AKIAOPS" ||
		cold.Profile != "Ops" || cold.Region != "us-west-2" || cold.RoleARN != roleOps || cold.AccessKeyID != "ASIA2" {
		t.Errorf("session %+v: MFA %v until %v, account %s, key %s, region %s, role %s", cold, cold.MFA, cold.MFAExpires, cold.Account, cold.KeyID, cold.Region, cold.RoleARN)
	}
	w.loads, w.signers = 0, 0
	r := w.retriever()
	r.STS = func(Caller) STS { t.Error("a client was built"); return nil }
	warm, err := r.Retrieve(t.Context(), w.mfaRole())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(cold.Credentials, warm.Credentials); diff != "" {
		t.Errorf("warm (-cold +warm):\n%s", diff)
	}
	if w.loads != 1 || w.signers != 0 || len(w.prompts) != 1 {
		t.Errorf("warm: %d loads, %d reads of the key, %d prompts; want 1, 0 and that of the cold run", w.loads, w.signers, len(w.prompts))
	}
}

// A session that is not of the key and role it is stored for is none.
func TestRetrieveRefusesSwappedSessions(t *testing.T) {
	for name, edit := range map[string]func(*record){
		"another key":  func(r *record) { r.KeyID = "AKIAOTHER" },
		"another role": func(r *record) { r.RoleARN = roleDev },
		"none":         func(*record) {},
	} {
		w := newWorld(t)
		ids, err := w.retriever().Identities(t.Context(), w.mfaRole())
		if err != nil {
			t.Fatal(err)
		}
		rec := issued(time.Hour, 0, time.Hour)
		rec.KeyID, rec.RoleARN = "AKIAOPS", roleOps
		edit(&rec)
		if w.blobs[ids[1]], err = rec.encode(); err != nil {
			t.Fatal(err)
		}
		w.retrieve(w.mfaRole())
		if made := len(w.takeCalls()) > 0; made != (name != "none") {
			t.Errorf("%s: a new session made %v", name, made)
		}
	}
}

// One code serves every role of the user, in any region, for the session's life.
func TestRetrieveSharesMFASession(t *testing.T) {
	w := newWorld(t)
	w.retrieve(w.mfaRole())
	other := w.mfaRole()
	other.RoleARN, other.Region = "arn:aws:iam::333333333333:role/Audit", "eu-west-1"
	w.retrieve(other)
	w.retrieve(*other.Source)
	w.wantCalls("GetSessionToken 123456", "AssumeRole role/Ops by ASIA1", "AssumeRole role/Audit by ASIA1")
	edited := w.mfaRole()
	edited.ExternalID = "changed"
	w.retrieve(edited)
	w.wantCalls("AssumeRole role/Ops by ASIA1")
	w.info.ID = "AKIAROTATED"
	w.pass(codeMemory + 1) // or the same code would not be sent again
	w.retrieve(w.mfaRole())
	w.wantCalls("GetSessionToken 123456", "AssumeRole role/Ops by ASIA5")
}

func TestRetrieveRefreshes(t *testing.T) {
	w := newWorld(t)
	w.retrieve(w.mfaRole())
	w.takeCalls()
	w.pass(44 * time.Minute)
	w.retrieve(w.mfaRole())
	w.wantCalls()
	w.pass(time.Minute) // a quarter of an hour is left, and a new one is silent
	w.retrieve(w.mfaRole())
	w.wantCalls("AssumeRole role/Ops by ASIA1")
	w.pass(11*time.Hour + 13*time.Minute) // the MFA session has 2 minutes left: enough to make a role session
	w.retrieve(w.mfaRole())
	w.wantCalls("AssumeRole role/Ops by ASIA1")
	w.pass(58 * time.Minute) // that is over now: the role session is served to its last minutes
	w.retrieve(w.mfaRole())
	w.wantCalls()
	w.pass(time.Minute)
	w.retrieve(w.mfaRole())
	w.wantCalls("GetSessionToken 123456", "AssumeRole role/Ops by ASIA5")
}

func TestRetrieveDirectAsksLate(t *testing.T) {
	w := newWorld(t)
	p := w.mfaRole()
	p.Duration = 2 * time.Hour
	w.retrieve(p)
	w.pass(2*time.Hour - 61*time.Second)
	w.retrieve(p)
	w.wantCalls("AssumeRole role/Ops 123456")
	w.locked(func() { w.code = "654321" })
	w.pass(time.Second)
	w.retrieve(p)
	w.wantCalls("AssumeRole role/Ops 654321")
}

func TestRetrieveWithoutMFA(t *testing.T) {
	w := newWorld(t)
	if s := w.retrieve(Profile{Name: "base", Key: "ops"}); s.MFA || !s.MFAExpires.IsZero() || s.Region != "" || s.Account != "111111111111" {
		t.Errorf("MFA %v, region %q, account %q", s.MFA, s.Region, s.Account)
	}
	w.retrieve(Profile{Name: "Ops", Key: "ops", RoleARN: roleOps})
	w.wantCalls("GetSessionToken", "AssumeRole role/Ops")
	if len(w.prompts) != 0 {
		t.Errorf("%d prompts, want none", len(w.prompts))
	}
}

func TestRetrieveChain(t *testing.T) {
	w := newWorld(t)
	inner := w.mfaRole()
	p := Profile{Name: "deep", Key: "ops", RoleARN: roleDev, Source: &inner}
	w.retrieve(p)
	w.wantCalls("GetSessionToken 123456", "AssumeRole role/Ops by ASIA1", "AssumeRole role/Dev by ASIA2")
	w.retrieve(inner)
	w.wantCalls()
}

// A cached session that AWS no longer takes is made anew, once.
func TestRetrieveRenewsDeadSession(t *testing.T) {
	for _, code := range []string{"ExpiredToken", "InvalidClientTokenId"} {
		w := newWorld(t)
		w.retrieve(*w.mfaRole().Source)
		w.takeCalls()
		w.locked(func() { w.code = "222222" })
		w.refuse = func(call string) error {
			if strings.HasSuffix(call, "by ASIA1") {
				return apiError(code, "gone")
			}
			return nil
		}
		w.retrieve(w.mfaRole())
		w.wantCalls("AssumeRole role/Ops by ASIA1", "GetSessionToken 222222", "AssumeRole role/Ops by ASIA2")

		w = newWorld(t)
		w.refuse = func(call string) error {
			if strings.HasPrefix(call, "Assume") {
				return apiError(code, "gone")
			}
			return nil
		}
		w.answer = func(context.Context, MFAPrompt) (string, error) { return w.code, nil }
		_, err := w.retriever().Retrieve(t.Context(), w.mfaRole())
		if err == nil || len(w.takeCalls()) > 5 {
			t.Errorf("%s for ever: %v", code, err)
		}
	}
}

// A failure that will pass does not take away what is still good.
func TestRetrieveKeepsOldWhereRefreshFails(t *testing.T) {
	w := newWorld(t)
	old := w.retrieve(w.mfaRole())
	w.pass(50 * time.Minute)
	w.refuse = func(string) error { return &net.OpError{Op: "dial", Err: errors.New("no route to host")} }
	if got := w.retrieve(w.mfaRole()); got.AccessKeyID != old.AccessKeyID {
		t.Errorf("got %s, want the old %s", got.AccessKeyID, old.AccessKeyID)
	}
	if len(w.notices) == 0 || !strings.Contains(w.notices[0], "no route to host") {
		t.Errorf("told %q, want the cause", w.notices)
	}
	w.refuse = func(string) error { return apiError("AccessDenied", "no more") }
	if _, err := w.retriever().Retrieve(t.Context(), w.mfaRole()); !isKind(err, Denied) {
		t.Errorf("error %v, want the denial", err)
	}
	w.pass(9 * time.Minute)
	w.refuse = func(string) error { return &net.OpError{Op: "dial", Err: errors.New("no route to host")} }
	if _, err := w.retriever().Retrieve(t.Context(), w.mfaRole()); !isKind(err, Unreachable) {
		t.Errorf("in the last minute: error %v, want the failure", err)
	}
}

// 49 skews, each followed by 30 hours of use with the clock left as it
// was, or set right, on machines that know their uptime and not.
func TestRetrieveUnderSkew(t *testing.T) {
	for hour := -24; hour <= 24; hour++ {
		for _, mended := range []bool{false, true} {
			for _, up := range []time.Duration{0, time.Hour} {
				name := fmt.Sprintf("AWS %+d h, mended %v, uptime %v", hour, mended, up)
				w := newWorld(t)
				w.offset, w.uptime = time.Duration(hour)*time.Hour, up
				p := Profile{Name: "Ops", Key: "ops", RoleARN: roleOps}
				w.retrieve(p)
				if n := len(w.takeCalls()); n > 2 {
					t.Errorf("%s: %d calls", name, n)
				}
				if mended {
					w.now, w.offset = w.now.Add(w.offset), 0
				}
				for range 120 {
					w.pass(15 * time.Minute)
					if up == 0 {
						w.uptime = 0 // unknown on this machine
					}
					s := w.retrieve(p)
					if left := s.Expires.Sub(w.now.Add(w.offset)); left < time.Minute {
						t.Fatalf("%s: served with %v left", name, left)
					}
				}
				if n := len(w.takeCalls()); up > 0 && n > 40+1 {
					t.Errorf("%s: %d calls in 30 h with a known clock", name, n)
				}
			}
		}
	}
}

func TestRetrieveTellsSkew(t *testing.T) {
	w := newWorld(t)
	w.offset = -2 * time.Hour
	w.retrieve(Profile{Name: "Ops", Key: "ops", RoleARN: roleOps})
	if got := strings.Join(w.notices, "\n"); !strings.Contains(got, "7200 s ahead of AWS's") {
		t.Errorf("told %q, want the seconds", got)
	}
}

func TestRetrieveDiscardsAfterClockSetBack(t *testing.T) {
	w := newWorld(t)
	w.uptime = 0
	p := Profile{Name: "Ops", Key: "ops", RoleARN: roleOps}
	w.retrieve(p)
	w.now = w.now.Add(-5*time.Minute - time.Second)
	w.retrieve(p)
	w.wantCalls("AssumeRole role/Ops", "AssumeRole role/Ops")
}

// A session made at such cost is given out even if it cannot be kept.
func TestRetrieveWithoutRoomToStore(t *testing.T) {
	w := newWorld(t)
	w.saveErr = errors.New("no space left on device")
	if s := w.retrieve(w.mfaRole()); s.AccessKeyID != "ASIA2" {
		t.Errorf("got %s", s.AccessKeyID)
	}
	if got := strings.Join(w.notices, "\n"); !strings.Contains(got, "no space left") {
		t.Errorf("told %q, want why nothing was stored", got)
	}
}

func TestRetrieveChecksEndpointFirst(t *testing.T) {
	w := newWorld(t)
	p := w.mfaRole()
	p.Endpoint, p.EndpointFrom = "https://sts.evil.example", "AWS_ENDPOINT_URL"
	_, err := w.retriever().Retrieve(t.Context(), p)
	var refusal *EndpointError
	if !errors.As(err, &refusal) || len(w.calls) != 0 || len(w.prompts) != 0 || w.signers != 0 {
		t.Errorf("%v after %d calls, %d prompts, %d reads of the key; want a refusal before any", err, len(w.calls), len(w.prompts), w.signers)
	}
	p.TrustedEndpoint = "sts.evil.example"
	w.retrieve(p)
	if diff := cmp.Diff([]string{"calls go to https://sts.evil.example, by AWS_ENDPOINT_URL"}, w.notices); diff != "" {
		t.Errorf("notices (-want +got):\n%s", diff)
	}
	w.pass(codeMemory + 1)
	w.retrieve(w.mfaRole()) // AWS's own: nothing made elsewhere is served
	w.wantCalls("GetSessionToken 123456", "AssumeRole role/Ops by ASIA1", "GetSessionToken 123456", "AssumeRole role/Ops by ASIA3")
}

func TestLogin(t *testing.T) {
	w := newWorld(t)
	r := w.retriever()
	login := func(least time.Duration) Session {
		s, err := r.Login(t.Context(), w.mfaRole(), least)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	if s := login(time.Hour); s.RoleARN != "" || s.Profile != "Ops" || !s.MFA {
		t.Errorf("role %q, MFA %v; want the MFA session", s.RoleARN, s.MFA)
	}
	w.wantCalls("GetSessionToken 123456")
	w.pass(3 * time.Hour)
	login(8 * time.Hour)
	w.wantCalls()
	login(9 * time.Hour)
	w.wantCalls("GetSessionToken 123456")
}

func BenchmarkRetrieveWarm(b *testing.B) {
	w := newWorld(nil)
	r := w.retriever()
	p := w.mfaRole()
	if _, err := r.Retrieve(b.Context(), p); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := r.Retrieve(b.Context(), p); err != nil {
			b.Fatal(err)
		}
	}
}
