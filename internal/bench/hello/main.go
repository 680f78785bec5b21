// Command hello is what every start is measured against: a Go program that does nothing.
package main

import "fmt"

func main() { fmt.Println("hello") }
