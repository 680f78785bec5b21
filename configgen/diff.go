package configgen

import (
	"fmt"
	"strings"

	"github.com/secaws/secaws/internal/linediff"
)

// diffContext is how many unchanged lines are shown around a change.
const diffContext = 3

// Diff shows what differs between two texts in the unified form, "" when nothing does.
func Diff(name, before, after string) string {
	if before == after {
		return ""
	}
	ops := diffLines(splitLines(before), splitLines(after))
	var out strings.Builder
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", name, name)
	for start := 0; start < len(ops); {
		if ops[start].kind == ' ' {
			start++
			continue
		}
		from, end := max(0, start-diffContext), hunkEnd(ops, start)
		writeHunk(&out, ops, from, end)
		start = end
	}
	return out.String()
}

// diffOp is one line of a difference: ' ' in both, '-' in the old text only, '+' in the new.
type diffOp struct {
	kind     byte
	text     string
	old, new int // lines of the two texts before this one
}

// hunkEnd is where a hunk that has a change at start ends, its context included.
func hunkEnd(ops []diffOp, start int) int {
	last := start
	for i := start; i < len(ops) && i <= last+2*diffContext; i++ {
		if ops[i].kind != ' ' {
			last = i
		}
	}
	return min(len(ops), last+1+diffContext)
}

func writeHunk(out *strings.Builder, ops []diffOp, from, end int) {
	oldCount, newCount := 0, 0
	for _, op := range ops[from:end] {
		if op.kind != '+' {
			oldCount++
		}
		if op.kind != '-' {
			newCount++
		}
	}
	fmt.Fprintf(out, "@@ -%s +%s @@\n", hunkRange(ops[from].old, oldCount), hunkRange(ops[from].new, newCount))
	for _, op := range ops[from:end] {
		text := strings.TrimRight(op.text, "\r\n")
		fmt.Fprintf(out, "%c%s\n", op.kind, text)
		if text == op.text {
			out.WriteString("\\ No newline at end of file\n")
		}
	}
}

func hunkRange(before, count int) string {
	if count > 0 {
		before++
	}
	return fmt.Sprintf("%d,%d", before, count)
}

// diffLines is the shortest way from a to b.
func diffLines(a, b []string) []diffOp {
	var ops []diffOp
	before, after := 0, 0
	for _, line := range linediff.Lines(a, b) {
		ops = append(ops, diffOp{line.Sign, line.Text, before, after})
		if line.Sign != '+' {
			before++
		}
		if line.Sign != '-' {
			after++
		}
	}
	return ops
}
