// Package bench measures what the people who wait for secaws feel: whole processes, side by side with a Go program that
// does nothing, in one run. Run it with: make bench
package bench
