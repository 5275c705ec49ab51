// Package number brings telephone numbers into one form, so that the same number written in two ways
// compares equal. It never guesses a country: a number without + or 00 stays national.
package number

import (
	"strings"

	"github.com/nyaruka/phonenumbers/v2"
)

// MaxLength is the most characters Normalize gives: E.164 allows 15 digits, private plans a few more.
const MaxLength = 32

// Normalize gives the digits of a number, with + before them when it is international (written with
// + or 00): "+7 (495) 123-45-67" and "0074951234567" become "+74951234567", "8 495 1234567" becomes
// "84951234567". An international number that has its national 0 in brackets, as in
// "+44 (0)20 7946 0958", loses it. Also * and # are kept. It gives "" for what is no number, such as
// "anonymous".
func Normalize(text string) string {
	text = strings.TrimSpace(text)
	if rest, ok := cutScheme(text); ok {
		text = rest
	}
	plus := false
	var digits strings.Builder
	for _, r := range text {
		switch {
		case r >= '0' && r <= '9', r == '*', r == '#':
			digits.WriteRune(r)
		case r >= '０' && r <= '９': // as typed by East Asian keyboards
			digits.WriteRune(r - '０' + '0')
		case r >= '๐' && r <= '๙': // Thai
			digits.WriteRune(r - '๐' + '0')
		case (r == '+' || r == '＋') && digits.Len() == 0:
			plus = true
		case strings.ContainsRune(" \t\u00a0-./()\u2010\u2011\u2012\u2013", r):
		default:
			return ""
		}
	}
	d := digits.String()
	if !plus && strings.HasPrefix(d, "00") && len(d) > 8 {
		plus, d = true, d[2:]
	}
	if d == "" || len(d) > MaxLength-1 {
		return ""
	}
	if !plus {
		return d
	}
	if strings.Contains(text, "(0)") {
		if n, err := phonenumbers.Parse(text, ""); err == nil {
			return phonenumbers.Format(n, phonenumbers.E164)
		}
	}
	return "+" + d
}

// cutScheme takes the number out of a tel: or sip: address.
func cutScheme(text string) (string, bool) {
	lower := strings.ToLower(text)
	for _, scheme := range []string{"tel:", "sip:", "sips:"} {
		if strings.HasPrefix(lower, scheme) {
			text = text[len(scheme):]
			if i := strings.IndexAny(text, "@;?"); i >= 0 {
				text = text[:i]
			}
			return text, true
		}
	}
	return text, false
}

// Digits is the number without its +, for comparing numbers of which it is not known whether they
// are international: carriers differ in sending it.
func Digits(normalized string) string { return strings.TrimPrefix(normalized, "+") }

// Same reports whether two numbers, in any form, have the same digits.
func Same(a, b string) bool {
	a, b = Digits(Normalize(a)), Digits(Normalize(b))
	return a != "" && a == b
}

// International gives the number in international form with its country's spacing, for people to
// read; a national number is given back as it is.
func International(normalized string) string {
	if !strings.HasPrefix(normalized, "+") {
		return normalized
	}
	n, err := phonenumbers.Parse(normalized, "")
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return normalized
	}
	return phonenumbers.Format(n, phonenumbers.INTERNATIONAL)
}
