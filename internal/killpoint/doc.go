// Package killpoint kills a program at every moment that counts: just before each
// of its system calls that changes a file. It serves tests of what a program
// leaves behind, on Linux only.
package killpoint
