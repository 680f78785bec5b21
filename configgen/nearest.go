package configgen

import (
	"slices"
	"strings"
)

// Nearest returns up to five of names that a person who typed name may have meant,
// best first: those that differ by case, that name is a part of ("Ops" of
// "prod-Ops"), or that are a few strokes away.
func Nearest(name string, names []string) []string {
	type candidate struct {
		name string
		cost int
	}
	var found []candidate
	for _, n := range names {
		if cost, ok := distance(strings.ToLower(name), strings.ToLower(n)); ok {
			found = append(found, candidate{n, cost})
		}
	}
	slices.SortStableFunc(found, func(a, b candidate) int {
		if a.cost != b.cost {
			return a.cost - b.cost
		}
		return strings.Compare(a.name, b.name)
	})
	var nearest []string
	for _, c := range found[:min(5, len(found))] {
		nearest = append(nearest, c.name)
	}
	return nearest
}

// distance is how far b is from a, and whether that is near enough to be meant.
func distance(a, b string) (int, bool) {
	switch {
	case a == b:
		return 0, true
	case len(a) >= 2 && (strings.HasSuffix(b, "-"+a) || strings.HasPrefix(b, a+"-")):
		return 1, true
	}
	strokes := editDistance([]rune(a), []rune(b))
	if allowed := 1 + len(a)/4; strokes <= allowed && strokes < len(a) {
		return 1 + strokes, true
	}
	if len(a) >= 3 && strings.Contains(b, a) {
		return 10, true
	}
	return 0, false
}

// editDistance counts insertions, deletions, replacements and swaps of neighbours.
func editDistance(a, b []rune) int {
	if max(len(a), len(b)) > 128 {
		return 128
	}
	before, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := range a {
		row[0] = i + 1
		for j := range b {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(row[j]+1, prev[j+1]+1, prev[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, prev, row = prev, row, before
	}
	return prev[len(b)]
}
