// Package spoken puts numbers, money, dates, times and digits into words, for customers who hear, and
// into figures, for those who read: in English, Russian and Thai. Another language is treated as
// English. It is pure and safe for concurrent use.
package spoken

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Form is how a number is inflected. Only Russian has forms; the zero value is the nominative of a
// masculine noun, which is how one counts.
type Form struct {
	Gender Gender
	Case   Case
}

// Gender is the gender of what is counted.
type Gender int

// The genders.
const (
	Masculine Gender = iota
	Feminine
	Neuter
)

// Case is the grammatical case of a number. The accusative is that of things, not of living beings.
type Case int

// The cases.
const (
	Nominative Case = iota
	Genitive
	Dative
	Accusative
	Instrumental
	Prepositional
)

// ParseForm reads words such as "feminine" and "genitive".
func ParseForm(words ...string) (f Form, err error) {
	genders := map[string]Gender{"masculine": Masculine, "feminine": Feminine, "neuter": Neuter}
	cases := map[string]Case{
		"nominative": Nominative, "genitive": Genitive, "dative": Dative,
		"accusative": Accusative, "instrumental": Instrumental, "prepositional": Prepositional,
	}
	for _, w := range words {
		g, isGender := genders[w]
		c, isCase := cases[w]
		switch {
		case isGender:
			f.Gender = g
		case isCase:
			f.Case = c
		default:
			return f, fmt.Errorf("%q is neither a gender (masculine, feminine, neuter) nor a case (nominative, genitive, dative, accusative, instrumental, prepositional)", w)
		}
	}
	return f, nil
}

// limit is what numbers are put into words below; beyond it they are read digit by digit.
const limit = 1e12

// words is what a language must be able to say.
type words interface {
	integer(n int64, f Form) string // n is not negative and below limit
	decimal(whole int64, fraction string, f Form) string
	minus() string
	money(c coin, major, minor int64) string
	day(t time.Time) string
	hour(t time.Time) string
	digit(r rune) string
	group(digits string) string // of a telephone number
}

func in(language string) words {
	switch base, _, _ := strings.Cut(language, "-"); base {
	case "ru":
		return russian{}
	case "th":
		return thai{}
	}
	return english{}
}

// Number is a number in words, rounded to three places. Russian fractions are always in the
// nominative.
func Number(x float64, language string, f Form) string {
	w := in(language)
	if math.IsNaN(x) || math.Abs(x) >= limit {
		return Digits(figure(x, 0), language)
	}
	whole, fraction, _ := strings.Cut(figure(math.Abs(x), -1), ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return Digits(whole, language)
	}
	text := ""
	if fraction == "" {
		text = w.integer(n, f)
	} else {
		text = w.decimal(n, fraction, f)
	}
	if x < 0 && (n > 0 || fraction != "") {
		text = w.minus() + " " + text
	}
	return text
}

// figure writes a number with so many places, or as many as it needs up to three when -1.
func figure(x float64, places int) string {
	if places >= 0 {
		return strconv.FormatFloat(x, 'f', places, 64)
	}
	s := strconv.FormatFloat(x, 'f', 3, 64)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// coin is a currency.
type coin struct {
	code, sign string
	name       map[string][2]string // in English and Thai, of one and of many
	part       map[string][2]string // its hundredth
	ru, ruPart noun
}

// Currencies are those that can be spoken, by their ISO 4217 code.
func Currencies() []string { return []string{"RUB", "THB", "USD", "EUR"} }

// Money is an amount in words, rounded to hundredths, which are left out when there are none. The
// error says that the currency is not known or the amount is no amount.
func Money(amount float64, currency, language string) (string, error) {
	c, minus, major, minor, err := split(amount, currency)
	if err != nil {
		return "", err
	}
	w := in(language)
	text := w.money(c, major, minor)
	if minus {
		text = w.minus() + " " + text
	}
	return text, nil
}

func split(amount float64, currency string) (c coin, minus bool, major, minor int64, err error) {
	c, ok := coins[strings.ToUpper(currency)]
	if !ok {
		return c, false, 0, 0, fmt.Errorf("%q is not one of the currencies that can be said: %s", currency, strings.Join(Currencies(), ", "))
	}
	if math.IsNaN(amount) || math.Abs(amount) >= limit {
		return c, false, 0, 0, fmt.Errorf("%g is not an amount of money", amount)
	}
	all := int64(math.Round(math.Abs(amount) * 100))
	return c, amount < 0 && all > 0, all / 100, all % 100, nil
}

// Day is a date in words; Thai counts the years of the Buddhist era.
func Day(t time.Time, language string) string { return in(language).day(t) }

// Hour is a time of day in words, without seconds.
func Hour(t time.Time, language string) string { return in(language).hour(t) }

// Digits reads a text digit by digit; letters are kept as they are, other signs left out. One that
// begins with + is a telephone number and is read in groups.
func Digits(text, language string) string {
	w := in(language)
	if strings.HasPrefix(text, "+") {
		said := []string{w.digit('+')}
		for _, g := range groups(text) {
			said = append(said, w.group(g))
		}
		return said[0] + " " + strings.Join(said[1:], ", ")
	}
	var said []string
	for _, r := range text {
		if word := w.digit(r); word != "" {
			said = append(said, word)
		}
	}
	return strings.Join(said, ", ")
}

// groups are the digits of an international number as people say them.
func groups(number string) []string {
	var digits []rune
	for _, r := range number {
		if r >= '0' && r <= '9' {
			digits = append(digits, r)
		}
	}
	s := string(digits)
	var sizes []int
	switch {
	case strings.HasPrefix(s, "7") && len(s) == 11:
		sizes = []int{1, 3, 3, 2, 2}
	case strings.HasPrefix(s, "66") && len(s) == 11:
		sizes = []int{2, 2, 3, 4}
	case strings.HasPrefix(s, "66") && len(s) == 10:
		sizes = []int{2, 1, 3, 4}
	case strings.HasPrefix(s, "1") && len(s) == 11:
		sizes = []int{1, 3, 3, 4}
	default:
		for left := len(s); left > 0; {
			size := 3
			if left == 2 || left == 4 {
				size = left
			}
			size = min(size, left)
			sizes, left = append(sizes, size), left-size
		}
	}
	var all []string
	for _, n := range sizes {
		all, s = append(all, s[:n]), s[n:]
	}
	return all
}

// letters says digits and signs by a table; letters stand for themselves.
func letters(table map[rune]string, r rune) string {
	if word, ok := table[r]; ok {
		return word
	}
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 'а' && r <= 'я' || r >= 'А' && r <= 'Я' || r >= 'ก' && r <= 'ฮ' {
		return strings.ToUpper(string(r))
	}
	return ""
}

// each reads every digit with a blank in between.
func each(w words, digits string) string {
	var said []string
	for _, r := range digits {
		said = append(said, w.digit(r))
	}
	return strings.Join(said, " ")
}
