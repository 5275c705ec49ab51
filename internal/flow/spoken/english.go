package spoken

import "time"

// english speaks English as in the United States.
type english struct{}

var (
	enOnes = []string{
		"zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
		"thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
	}
	enTens   = []string{"", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"}
	enPowers = []struct {
		of   int64
		name string
	}{{1e9, "billion"}, {1e6, "million"}, {1000, "thousand"}, {100, "hundred"}}
	enIrregular = map[int]string{1: "first", 2: "second", 3: "third", 5: "fifth", 8: "eighth", 9: "ninth", 12: "twelfth", 20: "twentieth", 30: "thirtieth"}
	enDigits    = map[rune]string{
		'0': "zero", '1': "one", '2': "two", '3': "three", '4': "four", '5': "five", '6': "six", '7': "seven",
		'8': "eight", '9': "nine", '+': "plus", '*': "star", '#': "pound",
	}
)

func (english) minus() string           { return "minus" }
func (english) digit(r rune) string     { return letters(enDigits, r) }
func (e english) group(s string) string { return each(e, s) }
func (e english) money(c coin, major, minor int64) string {
	return both(major, minor, " and ",
		func(n int64) string { return e.integer(n, Form{}) + " " + plural(n, c.name["en"]) },
		func(n int64) string { return e.integer(n, Form{}) + " " + plural(n, c.part["en"]) })
}

func plural(n int64, names [2]string) string {
	if n == 1 {
		return names[0]
	}
	return names[1]
}

// both says an amount of two units, and one alone when there is nothing of the other.
func both(major, minor int64, between string, sayMajor, sayMinor func(int64) string) string {
	switch {
	case minor == 0:
		return sayMajor(major)
	case major == 0:
		return sayMinor(minor)
	}
	return sayMajor(major) + between + sayMinor(minor)
}

func (e english) integer(n int64, f Form) string {
	for _, p := range enPowers {
		if n < p.of {
			continue
		}
		text := e.integer(n/p.of, f) + " " + p.name
		if rest := n % p.of; rest > 0 {
			text += " " + e.integer(rest, f)
		}
		return text
	}
	switch {
	case n < 20:
		return enOnes[n]
	case n%10 == 0:
		return enTens[n/10]
	}
	return enTens[n/10] + "-" + enOnes[n%10]
}

func (e english) decimal(whole int64, fraction string, f Form) string {
	return e.integer(whole, f) + " point " + each(e, fraction)
}

func (e english) ordinal(n int) string {
	if word, ok := enIrregular[n]; ok {
		return word
	}
	if n > 20 {
		return enTens[n/10] + "-" + e.ordinal(n%10)
	}
	return enOnes[n] + "th"
}

func (e english) year(y int) string {
	high, low := int64(y/100), int64(y%100)
	switch {
	case y < 1000 || y > 9999 || y%1000 < 10:
		return e.integer(int64(y), Form{})
	case low == 0:
		return e.integer(high, Form{}) + " hundred"
	case low < 10:
		return e.integer(high, Form{}) + " oh " + e.integer(low, Form{})
	}
	return e.integer(high, Form{}) + " " + e.integer(low, Form{})
}

func (e english) day(t time.Time) string {
	return t.Month().String() + " " + e.ordinal(t.Day()) + ", " + e.year(max(0, t.Year()))
}

func (e english) hour(t time.Time) string {
	h, m := int64(t.Hour()), int64(t.Minute())
	switch {
	case m == 0 && h == 0:
		return "midnight"
	case m == 0 && h == 12:
		return "noon"
	}
	half := " a.m."
	if h >= 12 {
		half = " p.m."
	}
	text := e.integer((h+11)%12+1, Form{})
	switch {
	case m == 0:
	case m < 10:
		text += " oh " + e.integer(m, Form{})
	default:
		text += " " + e.integer(m, Form{})
	}
	return text + half
}
