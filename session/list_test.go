package session

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestSessionsAndForget(t *testing.T) {
	w := newWorld(t)
	w.retrieve(w.mfaRole())
	w.blobs["torn"] = []byte("{")
	r := w.retriever()
	infos, err := r.Sessions(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ids, err := r.Identities(t.Context(), w.mfaRole())
	if err != nil {
		t.Fatal(err)
	}
	want := []Info{
		{ID: ids[0], Profile: "Ops", KeyID: "AKIAOPS", Account: "111111111111", Issued: noon, Expires: noon.Add(12 * time.Hour),
			Left: 12 * time.Hour, MFA: true, MFAExpires: noon.Add(12 * time.Hour)},
		{ID: ids[1], Profile: "Ops", KeyID: "AKIAOPS", RoleARN: roleOps, Account: "333333333333", Issued: noon, Expires: noon.Add(time.Hour),
			Left: time.Hour, MFA: true, MFAExpires: noon.Add(12 * time.Hour)},
	}
	if diff := cmp.Diff(want, infos); diff != "" {
		t.Errorf("sessions (-want +got):\n%s", diff)
	}
	n, err := r.Forget(t.Context(), func(i Info) bool { return i.ID == ids[1] })
	if n != 1 || err != nil {
		t.Errorf("forgot %d, %v; want 1", n, err)
	}
	if _, there := w.blobs[ids[0]]; !there || len(w.blobs) != 2 {
		t.Errorf("%d sessions left, want the other and the torn one", len(w.blobs))
	}
}

// Sessions that nobody will ask for again go, a day after their end.
func TestOldSessionsAreSweptAway(t *testing.T) {
	w := newWorld(t)
	w.retrieve(w.mfaRole())
	gone := w.mfaRole()
	gone.ExternalID = "edited-since"
	w.retrieve(gone)
	w.blobs["newer"] = []byte(`{"Version":2}`)
	w.pass(23 * time.Hour)
	w.retrieve(*w.mfaRole().Source)
	if len(w.blobs) != 4 {
		t.Errorf("%d sessions left within a day of their end, want all 4", len(w.blobs))
	}
	w.pass(13*time.Hour + time.Second)
	w.retrieve(*w.mfaRole().Source)
	if len(w.blobs) != 2 {
		t.Errorf("%d sessions left, want the new one and the one we cannot read", len(w.blobs))
	}
}
