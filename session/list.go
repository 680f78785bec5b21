package session

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Info tells of a stored session, without its secrets.
type Info struct {
	ID      string // identity
	Profile string // the one it was first made for; others may share it
	KeyID   string
	RoleARN string // "" = a session of the key's own user
	Account string

	Issued, Expires time.Time
	Left            time.Duration // 0 = over
	MFA             bool
	MFAExpires      time.Time // zero without MFA
}

// Sessions lists the stored sessions, those that end last first, ended ones included.
func (r *Retriever) Sessions(ctx context.Context) ([]Info, error) {
	ids, err := r.Store.IDs(ctx)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	var infos []Info
	for _, id := range ids {
		data, err := r.Store.Load(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("list sessions: %w", err)
		}
		if rec, ok := decode(data); ok {
			infos = append(infos, r.info(id, rec))
		}
	}
	slices.SortStableFunc(infos, func(a, b Info) int { return b.Expires.Compare(a.Expires) })
	return infos, nil
}

func (r *Retriever) info(id string, rec record) Info {
	return Info{
		ID: id, Profile: rec.Profile, KeyID: rec.KeyID, RoleARN: rec.RoleARN, Account: rec.Credentials.AccountID,
		Issued: rec.Issued, Expires: rec.Credentials.Expires, Left: max(0, rec.left(r.moment())),
		MFA: rec.MFA, MFAExpires: rec.MFAExpires,
	}
}

// Forget removes the stored sessions that match and returns how many there were. It
// takes no lock: a session that is being made stays.
func (r *Retriever) Forget(ctx context.Context, match func(Info) bool) (int, error) {
	infos, err := r.Sessions(ctx)
	if err != nil {
		return 0, err
	}
	removed := 0
	for _, info := range infos {
		if !match(info) {
			continue
		}
		if err := r.Store.Delete(ctx, info.ID); err != nil {
			return removed, fmt.Errorf("forget session: %w", err)
		}
		removed++
	}
	return removed, nil
}

// sweep deletes sessions that ended over a day ago: their profiles may be gone, and
// nothing else would. A session that is being made is left alone.
func (r *Retriever) sweep(ctx context.Context) {
	ids, err := r.Store.IDs(ctx)
	if err != nil {
		return // the next one sweeps
	}
	for _, id := range ids {
		if !r.isOver(ctx, id) {
			continue
		}
		soon, cancel := context.WithTimeout(ctx, 20*time.Millisecond)
		release, _, err := r.Store.Lock(soon, id, func(string) {})
		cancel()
		if err != nil {
			continue
		}
		if r.isOver(ctx, id) {
			_ = r.Store.Delete(ctx, id)
		}
		_ = release("")
	}
}

// isOver holds for a session that ended over a day ago.
func (r *Retriever) isOver(ctx context.Context, id string) bool {
	data, err := r.Store.Load(ctx, id)
	rec, ok := decode(data)
	return err == nil && ok && r.Now().Sub(rec.Credentials.Expires) > 24*time.Hour && rec.left(r.moment()) <= 0
}
