package provision

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

const (
	oldKey = "AKIAOLD0000000000000"
	newKey = "AKIANEW0000000000000"
)

// keychain and IAM as they are between two steps; a model of what the steps do to them.
type rotation struct {
	local string
	note  RotationNote
	iam   []string
}

func (r rotation) keys() []PersonKey {
	var keys []PersonKey
	for _, id := range r.iam {
		keys = append(keys, PersonKey{ID: id, Active: true})
	}
	return keys
}

func (r rotation) without(id string) rotation {
	var left []string
	for _, k := range r.iam {
		if k != id {
			left = append(left, k)
		}
	}
	r.iam = left
	return r
}

// after returns the states a kill can leave behind at step s: before its effect is known here, and after.
func (r rotation) after(s RotateStep, fresh string) []rotation {
	next := r
	switch s.Do {
	case RotateBegin:
		next.note = RotationNote{Begun: true}
	case RotateDrop, RotateDelete:
		next = r.without(s.Key)
	case RotateCreate:
		made := r
		made.iam = append(append([]string{}, r.iam...), fresh)
		next = made
		next.note.Next = fresh
		return []rotation{made, next}
	case RotatePromote:
		next.local = r.note.Next
	case RotateEnd:
		next.note = RotationNote{}
	}
	return []rotation{next}
}

func (r rotation) works() bool {
	for _, id := range r.iam {
		if id == r.local {
			return true
		}
	}
	return false
}

// Killed after every step, and in the middle of the one that makes the key: one working key is in the keychain all the
// time, and however often it is killed, the last run ends with one key and no note.
func TestRotationKilledAnywhere(t *testing.T) {
	start := rotation{local: oldKey, iam: []string{oldKey}}
	var explore func(r rotation, kills int, fresh string)
	explore = func(r rotation, kills int, fresh string) {
		steps, err := PlanRotation(r.local, r.note, r.keys(), "")
		if err != nil {
			t.Fatalf("%+v: %v", r, err)
		}
		for _, s := range steps {
			states := r.after(s, fresh)
			for _, state := range states {
				if !state.works() {
					t.Fatalf("no working key after %v: %+v", s, state)
				}
				if len(state.iam) > 2 {
					t.Fatalf("%d keys after %v: IAM allows two", len(state.iam), s)
				}
				if kills > 0 {
					explore(state, kills-1, fresh+"X")
				}
			}
			r = states[len(states)-1]
		}
		if len(r.iam) != 1 || r.local == oldKey || r.note.Begun || !r.works() {
			t.Fatalf("the end is %+v", r)
		}
	}
	explore(start, 3, newKey)
}

func TestPlanRotationRefuses(t *testing.T) {
	if _, err := PlanRotation(oldKey, RotationNote{}, []PersonKey{{ID: oldKey}, {ID: newKey}}, ""); err == nil {
		t.Error("a second key that nobody noted is deleted")
	}
	if _, err := PlanRotation(oldKey, RotationNote{}, []PersonKey{{ID: newKey}}, ""); err == nil {
		t.Error("a key that IAM does not have is rotated")
	}
}

func TestPlanRotationFromTheStart(t *testing.T) {
	got, err := PlanRotation(oldKey, RotationNote{}, []PersonKey{{ID: oldKey}}, "")
	want := []RotateStep{
		{RotateBegin, ""}, {RotateCreate, ""}, {RotateProve, ""}, {RotatePromote, ""},
		{RotateDeactivate, oldKey}, {RotateDelete, oldKey}, {RotateEnd, ""},
	}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}
