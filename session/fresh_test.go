package session

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

func TestFresh(t *testing.T) {
	tests := []struct {
		left, lifetime time.Duration
		silent, want   bool
	}{
		{15*time.Minute + 1, time.Hour, true, true},
		{15 * time.Minute, time.Hour, true, false},
		{15 * time.Minute, time.Hour, false, true},
		{15*time.Minute + 1, 12 * time.Hour, true, true},
		{15 * time.Minute, 12 * time.Hour, true, false},
		{225*time.Second + 1, 15 * time.Minute, true, true},
		{225 * time.Second, 15 * time.Minute, true, false},
		{time.Minute + 1, time.Hour, false, true},
		{time.Minute, time.Hour, false, false},
		{time.Minute, 2 * time.Minute, true, false},
		{time.Minute + 1, 2 * time.Minute, true, true},
		{0, time.Hour, false, false},
		{-time.Hour, time.Hour, true, false},
	}
	for _, tt := range tests {
		if got := fresh(tt.left, tt.lifetime, tt.silent); got != tt.want {
			t.Errorf("fresh(%v of %v, silent %v) = %v, want %v", tt.left, tt.lifetime, tt.silent, got, tt.want)
		}
	}
}

// At 1,000 random moments of random lifetimes, what is served has over a
// minute left, and what is not served has less than was promised.
func TestFreshAtRandom(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 1000 {
		lifetime := time.Duration(random.Int64N(int64(36*time.Hour))) + 2*time.Minute
		left := time.Duration(random.Int64N(int64(lifetime)))
		promise := max(time.Minute, min(15*time.Minute, lifetime/4))
		if got, want := fresh(left, lifetime, true), left > promise; got != want {
			t.Errorf("silent, %v of %v: %v", left, lifetime, got)
		}
		if got, want := fresh(left, lifetime, false), left > time.Minute; got != want {
			t.Errorf("with a code, %v of %v: %v", left, lifetime, got)
		}
	}
}

var noon = time.Date(2030, 6, 1, 12, 0, 0, 0, time.UTC)

// issued is a record made at noon by AWS's clock on a machine whose clock was ahead.
func issued(lifetime, ahead, uptime time.Duration) record {
	return record{
		Version:     recordVersion,
		Credentials: aws.Credentials{AccessKeyID: "ASIA", SecretAccessKey: "s", SessionToken: "t", CanExpire: true, Expires: noon.Add(lifetime)},
		Issued:      noon.Add(ahead), Offset: -ahead, Uptime: uptime,
	}
}

// Whatever the skew at issue, and whatever became of the clock since,
// nothing that has expired by AWS's clock has time left.
func TestLeftNeverTooMuch(t *testing.T) {
	for hour := -24; hour <= 24; hour++ {
		ahead := time.Duration(hour) * time.Hour
		for _, up := range []time.Duration{0, time.Hour} {
			rec := issued(time.Hour, ahead, up)
			for passed := time.Duration(0); passed < 30*time.Hour; passed += 7 * time.Minute {
				truth := time.Hour - passed
				kept := moment{now: noon.Add(ahead + passed)}
				mended := moment{now: noon.Add(passed)}
				if up > 0 {
					kept.uptime, mended.uptime = up+passed, up+passed
				}
				if got := rec.left(kept); got > max(0, truth) {
					t.Fatalf("ahead %v, clock kept, uptime %v, after %v: left %v, in truth %v", ahead, up > 0, passed, got, truth)
				}
				if got := rec.left(mended); got > max(0, truth) {
					t.Fatalf("ahead %v, clock set right, uptime %v, after %v: left %v, in truth %v", ahead, up > 0, passed, got, truth)
				}
				if up > 0 && truth > 0 && rec.left(kept) != truth {
					t.Fatalf("ahead %v, clock kept: left %v, want %v", ahead, rec.left(kept), truth)
				}
			}
		}
	}
}

func TestLeft(t *testing.T) {
	tests := []struct {
		name string
		rec  record
		at   moment
		want time.Duration
	}{
		{"right clock", issued(time.Hour, 0, 0), moment{now: noon.Add(10 * time.Minute)}, 50 * time.Minute},
		{"over", issued(time.Hour, 0, 0), moment{now: noon.Add(61 * time.Minute)}, -time.Minute},
		{"clock set back 5 min", issued(time.Hour, 0, 0), moment{now: noon.Add(-5 * time.Minute)}, 65 * time.Minute},
		{"clock set back further", issued(time.Hour, 0, 0), moment{now: noon.Add(-5*time.Minute - 1)}, 0},
		{"set back to just after issue, the machine knows better", issued(time.Hour, 0, time.Hour),
			moment{noon.Add(time.Minute), 3 * time.Hour}, -time.Hour},
		{"restarted since, clock right", issued(time.Hour, 0, 5*time.Hour), moment{noon.Add(20 * time.Minute), 2 * time.Minute}, 40 * time.Minute},
		{"restarted since, clock was ahead", issued(time.Hour, 30*time.Minute, 5*time.Hour), moment{noon.Add(40 * time.Minute), 2 * time.Minute}, 20 * time.Minute},
		{"clock behind, still", issued(time.Hour, -3*time.Hour, time.Hour), moment{noon.Add(-3*time.Hour + 10*time.Minute), time.Hour + 10*time.Minute}, 50 * time.Minute},
	}
	for _, tt := range tests {
		if got := tt.rec.left(tt.at); got != tt.want {
			t.Errorf("%s: %v left, want %v", tt.name, got, tt.want)
		}
	}
}

func TestDecode(t *testing.T) {
	good := issued(time.Hour, 3*time.Hour, time.Minute)
	data, err := good.encode()
	if err != nil {
		t.Fatal(err)
	}
	if got, ok := decode(data); !ok || got != good {
		t.Errorf("decoded %v %#v, want what was encoded", ok, got.Credentials.AccessKeyID)
	}
	bad := map[string]func(*record){
		"newer version":  func(r *record) { r.Version++ },
		"no key":         func(r *record) { r.Credentials.AccessKeyID = "" },
		"no secret":      func(r *record) { r.Credentials.SecretAccessKey = "" },
		"no token":       func(r *record) { r.Credentials.SessionToken = "" },
		"no issue":       func(r *record) { r.Issued = time.Time{} },
		"no end":         func(r *record) { r.Credentials.Expires = time.Time{} },
		"ended at issue": func(r *record) { r.Credentials.Expires = noon },
		"too long":       func(r *record) { r.Credentials.Expires = noon.Add(48 * time.Hour) },
		"too large":      func(r *record) { r.Credentials.SessionToken = string(make([]byte, maxRecord)) },
	}
	for name, edit := range bad {
		rec := good
		edit(&rec)
		data, err := rec.encode()
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := decode(data); ok {
			t.Errorf("%s: decoded", name)
		}
	}
}

func FuzzDecode(f *testing.F) {
	data, _ := issued(time.Hour, 0, time.Minute).encode()
	f.Add(data)
	f.Add([]byte(`{"Version":1}`))
	f.Add([]byte(nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		rec, ok := decode(data)
		if !ok {
			return
		}
		again, err := rec.encode()
		if err != nil {
			t.Fatal(err)
		}
		if twice, ok := decode(again); !ok || twice.Credentials.SessionToken != rec.Credentials.SessionToken {
			t.Errorf("decoded once, and not again: %q", data)
		}
	})
}
