package configgen

import (
	"fmt"
	"strings"
)

// diffContext is how many unchanged lines are shown around a change.
const diffContext = 3

// diffCells bounds the table that finds the shortest difference; above it the whole middle counts as changed.
const diffCells = 4_000_000

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
	prefix := 0
	for prefix < len(a) && prefix < len(b) && a[prefix] == b[prefix] {
		prefix++
	}
	suffix := 0
	for suffix < len(a)-prefix && suffix < len(b)-prefix && a[len(a)-1-suffix] == b[len(b)-1-suffix] {
		suffix++
	}
	var d differ
	for _, line := range a[:prefix] {
		d.add(' ', line)
	}
	d.middle(a[prefix:len(a)-suffix], b[prefix:len(b)-suffix])
	for _, line := range a[len(a)-suffix:] {
		d.add(' ', line)
	}
	return d.ops
}

type differ struct {
	ops      []diffOp
	old, new int
}

func (d *differ) add(kind byte, text string) {
	d.ops = append(d.ops, diffOp{kind, text, d.old, d.new})
	if kind != '+' {
		d.old++
	}
	if kind != '-' {
		d.new++
	}
}

// middle walks the table of longest common parts.
func (d *differ) middle(a, b []string) {
	common := commonLengths(a, b)
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case common != nil && i < len(a) && j < len(b) && a[i] == b[j]:
			d.add(' ', a[i])
			i, j = i+1, j+1
		case i < len(a) && (j == len(b) || common == nil || common[i+1][j] >= common[i][j+1]):
			d.add('-', a[i])
			i++
		default:
			d.add('+', b[j])
			j++
		}
	}
}

// commonLengths[i][j] is the length of the longest common part of a[i:] and b[j:]; nil where that is too much work.
func commonLengths(a, b []string) [][]int {
	if len(a)*len(b) > diffCells {
		return nil
	}
	table := make([][]int, len(a)+1)
	for i := range table {
		table[i] = make([]int, len(b)+1)
	}
	for i := len(a) - 1; i >= 0; i-- {
		for j := len(b) - 1; j >= 0; j-- {
			if a[i] == b[j] {
				table[i][j] = table[i+1][j+1] + 1
			} else {
				table[i][j] = max(table[i+1][j], table[i][j+1])
			}
		}
	}
	return table
}
