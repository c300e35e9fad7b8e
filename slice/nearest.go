package slice

import "strings"

// Nearest returns the candidate that s is most likely a misspelling of, or "".
func Nearest(s string, candidates []string) string {
	best, bestDistance := "", max(1, len(s)/3)
	if len(s) > 64 {
		return ""
	}
	for _, c := range candidates {
		if c == s || len(c) > 64 {
			continue
		}
		d := distance(strings.ToLower(s), strings.ToLower(c), bestDistance)
		if d < bestDistance || d == bestDistance && best == "" && d < len(s) {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance is the number of edits (insert, delete, replace, swap neighbours)
// that lead from a to b, or more than limit as soon as that is certain.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
