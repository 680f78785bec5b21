// Package linediff finds the lines in which two texts differ.
package linediff

// Line is one line of a difference: Sign is '-' for a line of the old text alone, '+' for one of the new, ' ' for one of
// both.
type Line struct {
	Sign byte
	Text string
}

// cells is how large a table is made, in numbers; of texts that want a larger one, all between the first and the last
// difference counts as different.
const cells = 4_000_000

// Lines is the shortest way from a to b; where there are several, lines go before others come.
func Lines(a, b []string) []Line {
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < len(a)-start && end < len(b)-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	out := signed(nil, ' ', a[:start])
	out = between(out, a[start:len(a)-end], b[start:len(b)-end])
	return signed(out, ' ', a[len(a)-end:])
}

func signed(out []Line, sign byte, lines []string) []Line {
	for _, text := range lines {
		out = append(out, Line{sign, text})
	}
	return out
}

func between(out []Line, a, b []string) []Line {
	if len(a)*len(b) > cells {
		return signed(signed(out, '-', a), '+', b)
	}
	common := commonLengths(a, b)
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		switch {
		case i < len(a) && j < len(b) && a[i] == b[j]:
			out = append(out, Line{' ', a[i]})
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && common[i+1][j] >= common[i][j+1]:
			out = append(out, Line{'-', a[i]})
			i++
		default:
			out = append(out, Line{'+', b[j]})
			j++
		}
	}
	return out
}

// commonLengths[i][j] is the length of the longest common part of a[i:] and b[j:].
func commonLengths(a, b []string) [][]int {
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
