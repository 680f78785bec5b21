package session

import (
	"net/http"
	"testing"
	"time"
)

func TestClockObserves(t *testing.T) {
	date := func(d time.Duration) string { return noon.Add(d).Format(http.TimeFormat) }
	tests := []struct {
		name   string
		header http.Header
		want   time.Duration
	}{
		{"ahead of us", http.Header{"Date": {date(time.Hour)}}, time.Hour},
		{"behind us", http.Header{"Date": {date(-time.Hour)}}, -time.Hour},
		{"as precise as a Date gets", http.Header{"Date": {date(-time.Second)}}, 0},
		{"no Date", http.Header{}, time.Minute},
		{"not a date", http.Header{"Date": {"yesterday"}}, time.Minute},
		{"out of a cache", http.Header{"Date": {date(time.Hour)}, "Age": {"3600"}}, time.Minute},
	}
	for _, tt := range tests {
		c := NewClock(func() time.Time { return noon }, time.Minute)
		c.observe(tt.header)
		if got := c.Offset(); got != tt.want || !c.Now().Equal(noon.Add(tt.want)) || !c.Local().Equal(noon) {
			t.Errorf("%s: offset %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestClockKnowsWhenItSignedWrongly(t *testing.T) {
	c := NewClock(func() time.Time { return noon }, 0)
	c.sign()
	c.observe(http.Header{"Date": {noon.Add(time.Hour).Format(http.TimeFormat)}})
	if !c.wrong() {
		t.Error("signed an hour off, and thinks it right")
	}
	if got := c.sign(); !got.Equal(noon.Add(time.Hour)) || c.wrong() {
		t.Errorf("signs with %v, wrong %v", got, c.wrong())
	}
}
