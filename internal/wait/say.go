package wait

import "time"

// Marks are the minutes at which ranges that are said begin and end.
func Marks() []int { return []int{1, 2, 3, 5, 10, 15, 20, 30, 60} }

// Range is an expected wait in minutes as it is said. Low 0: less than High. High 0: more than Low.
type Range struct{ Low, High int }

// Ranges are all that Say gives.
func Ranges() (all []Range) {
	marks := Marks()
	for from := -1; from < len(marks); from++ {
		for to := max(from+1, 0); to <= min(from+widest, len(marks)); to++ {
			r := Range{}
			if from >= 0 {
				r.Low = marks[from]
			}
			if to < len(marks) {
				r.High = marks[to]
			}
			all = append(all, r)
		}
	}
	return all
}

// widest is how many steps of the Marks a range is wide at most.
const widest = 2

// farFrom is by what factor a mark is away from a wait; beyond the marks: by none, because there is no limit.
func farFrom(wait time.Duration, marks []int, i int) float64 {
	if i < 0 || i >= len(marks) {
		return 1
	}
	mark := time.Duration(marks[i]) * time.Minute
	return max(float64(wait)/float64(mark), float64(mark)/float64(max(wait, time.Second)))
}

// Say gives the range for an estimate, between two of the Marks.
func (e Estimate) Say() Range {
	marks := Marks()
	from, to := -1, len(marks) // indexes
	for i, m := range marks {
		if time.Duration(m)*time.Minute <= e.Low {
			from = i
		}
	}
	for i := len(marks) - 1; i >= 0 && time.Duration(marks[i])*time.Minute >= e.High; i-- {
		to = i
	}
	to = max(to, from+1)
	for to-from > widest { // too wide to be of use: the end that is farther from the mean comes nearer
		if below, above := farFrom(e.Wait, marks, from), farFrom(e.Wait, marks, to); below > above {
			from++
		} else {
			to--
		}
	}
	r := Range{}
	if from >= 0 {
		r.Low = marks[from]
	}
	if to < len(marks) {
		r.High = marks[to]
	}
	return r
}
