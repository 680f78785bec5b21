//go:build race

package main

// raced tells that the tests run with the race detector.
const raced = true
