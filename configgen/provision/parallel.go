package provision

import (
	"context"
	"slices"
	"strings"
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
	return several(errs)
}

// problems are errors that came of several things at once. They print on one line.
type problems []error

func (p problems) Error() string {
	texts := make([]string, len(p))
	for i, err := range p {
		texts[i] = err.Error()
	}
	return strings.Join(texts, "; ")
}

// Unwrap lets errors.Is and errors.As look into each.
func (p problems) Unwrap() []error { return p }

// several joins what is no nil: nil for nothing, the error itself when it is the only one.
func several(errs []error) error {
	all := problems(slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return err == nil }))
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return all
}
