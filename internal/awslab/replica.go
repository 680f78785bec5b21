package awslab

import (
	"reflect"
	"time"
)

// view is the State as it was from a moment on.
type view struct {
	from  time.Time
	state *State
}

// replicated returns the State readers see: the newest that is at least one
// propagation delay old. Nobody changes it. l.mu is held.
//
// IAM answers from many replicas of one master: a change "might take time to be
// visible from all": https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
// Ours has one replica, exactly as late as it was told to be.
func (l *Lab) replicated() *State {
	if l.options.Propagation == 0 {
		return l.state
	}
	seen := l.now().Add(-l.options.Propagation)
	for len(l.views) > 1 && !l.views[1].from.After(seen) {
		l.views = l.views[1:]
	}
	return l.views[0].state
}

// changed notes that an action may have changed the State. l.mu is held.
func (l *Lab) changed() {
	if l.options.Propagation > 0 {
		l.views = append(l.views, view{l.now(), clone(l.state)})
	}
}

// clone copies all that v reaches. Fields must be exported, and nothing in v may
// point to the same thing twice: State promises both.
func clone[T any](v T) T {
	return cloneValue(reflect.ValueOf(v)).Interface().(T)
}

func cloneValue(v reflect.Value) reflect.Value {
	if v.Type() == reflect.TypeFor[time.Time]() {
		return v
	}
	c := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Pointer:
		if !v.IsNil() {
			c.Set(reflect.New(v.Type().Elem()))
			c.Elem().Set(cloneValue(v.Elem()))
		}
	case reflect.Struct:
		for i := range v.NumField() {
			c.Field(i).Set(cloneValue(v.Field(i)))
		}
	case reflect.Map:
		if !v.IsNil() {
			c.Set(reflect.MakeMapWithSize(v.Type(), v.Len()))
		}
		for it := v.MapRange(); it.Next(); {
			c.SetMapIndex(it.Key(), cloneValue(it.Value()))
		}
	case reflect.Slice:
		if !v.IsNil() {
			c.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		}
		for i := range v.Len() {
			c.Index(i).Set(cloneValue(v.Index(i)))
		}
	default:
		return v
	}
	return c
}
