package wait

// fading is a count over an amount of time, whose past fades as it grows. Its zero value has seen nothing.
type fading struct {
	count, over float64
	fresh       float64 // amount since the last
}

func (f *fading) passed(over float64) { f.fresh += over }

// happened adds to the count; taking back is adding less than nothing.
func (f *fading) happened(count float64) {
	if count > 0 {
		f.count *= 1 - 1.0/memory
		f.over = f.over*(1-1.0/memory) + f.fresh
		f.fresh = 0
	}
	f.count = max(0, f.count+count)
}

// rate is the count by time; 0 when nothing was seen.
func (f *fading) rate() float64 {
	if f.over+f.fresh <= 0 {
		return 0
	}
	return f.count / (f.over + f.fresh)
}

// ring are the last values. Its zero value is empty.
type ring struct {
	values [recent]float64
	next   int
	n      int
}

func (r *ring) add(v float64) {
	r.values[r.next] = v
	r.next = (r.next + 1) % recent
	r.n = min(r.n+1, recent)
}

func (r *ring) sum() (s float64) {
	for _, v := range r.values[:r.n] {
		s += v
	}
	return s
}
