package simulate

import (
	"cmp"
	"slices"
)

// join puts stretches of time in order and those that touch together.
func join(all [][2]float64) (out [][2]float64) {
	slices.SortFunc(all, func(a, b [2]float64) int { return cmp.Compare(a[0], b[0]) })
	for _, s := range all {
		switch last := len(out) - 1; {
		case s[1] <= s[0]:
		case last >= 0 && s[0] <= out[last][1]:
			out[last][1] = max(out[last][1], s[1])
		default:
			out = append(out, s)
		}
	}
	return out
}

// within is what of joined stretches lies between two times.
func within(all [][2]float64, from, to float64) (out [][2]float64) {
	for _, s := range all {
		if a, b := max(s[0], from), min(s[1], to); a < b {
			out = append(out, [2]float64{a, b})
		}
	}
	return out
}

// without is what of joined stretches lies in none of others, which are joined too.
func without(all, others [][2]float64) (out [][2]float64) {
	for _, s := range all {
		for _, o := range others {
			if o[1] <= s[0] || o[0] >= s[1] {
				continue
			}
			if s[0] < o[0] {
				out = append(out, [2]float64{s[0], o[0]})
			}
			s[0] = o[1]
		}
		if s[0] < s[1] {
			out = append(out, s)
		}
	}
	return out
}

func length(all [][2]float64) (sum float64) {
	for _, s := range all {
		sum += s[1] - s[0]
	}
	return sum
}
