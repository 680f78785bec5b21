package provision

import (
	"context"
	"errors"
	"sync"
)

// atOnce is how many accounts are worked on at the same time. Within an account calls come one after the other: IAM
// throttles an account as a whole, and refills slowly.
const atOnce = 8

// parallel calls do with every index below n, at most atOnce at a time, and returns all errors, in the indexes' order.
func parallel(ctx context.Context, n int, do func(ctx context.Context, i int) error) error {
	errs := make([]error, n)
	slots := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if errs[i] = ctx.Err(); errs[i] == nil {
				errs[i] = do(ctx, i)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}
