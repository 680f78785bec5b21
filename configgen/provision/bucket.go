package provision

import (
	"context"
	"fmt"

	"github.com/secaws/secaws/configgen"
)

// makeBucket tries to make a bucket with a role, and removes it. A role that was not assumed makes none.
func (v *Verifier) makeBucket(ctx context.Context, account configgen.Account, role *assumed) (bool, error) {
	if role.credentials.AccessKeyID == "" {
		return false, nil
	}
	client := v.Site.s3(plainCredentials(role.credentials))
	name := probePrefix + v.Suffix() + "-" + account.ID
	v.note(name, account)
	err := client.create(ctx, name)
	switch {
	case isCode(err, "AccessDenied"):
		v.forget(name)
		return false, nil
	case isCode(err, "InvalidAccessKeyId"): // S3 does not know the session yet
		return false, nil
	case err != nil && !isCode(err, "BucketAlreadyOwnedByYou"):
		return false, fmt.Errorf("make bucket %s: %w", name, err)
	}
	if client.remove(ctx, name) == nil {
		v.forget(name)
	}
	return true, nil // a bucket that is still there is removed in the end
}

func (v *Verifier) note(bucket string, account configgen.Account) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, a := range v.Open {
		if a.Account.Name == account.Name {
			v.made[bucket] = a
		}
	}
}

func (v *Verifier) forget(bucket string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.made, bucket)
}

// removeBuckets removes, with the administrator's rights, what a role made and did not remove.
func (v *Verifier) removeBuckets(ctx context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	var errs []error
	for name, account := range v.made {
		errs = append(errs, removeBucket(ctx, account, name))
	}
	return several(errs)
}

// sweepBuckets removes the probe buckets that a killed run left in an account.
func (v *Verifier) sweepBuckets(ctx context.Context, a Access) error {
	left, err := a.S3.list(ctx, probePrefix)
	if err != nil {
		return fmt.Errorf("account %s: look for probe buckets: %w", a.Account.Name, err)
	}
	for _, name := range left {
		v.say("removing bucket %s, which an earlier run left", name)
		if err := removeBucket(ctx, a, name); err != nil {
			return err
		}
	}
	return nil
}

func removeBucket(ctx context.Context, a Access, name string) error {
	err := a.S3.remove(ctx, name)
	if err != nil && !isCode(err, "NoSuchBucket") {
		return fmt.Errorf("account %s: remove bucket %s: %w", a.Account.Name, name, err)
	}
	return nil
}
