package number

import (
	"strings"

	"github.com/nyaruka/phonenumbers/v2"
)

// everywhere are emergency numbers that mobile networks and many carriers take in every country.
var everywhere = map[string]bool{"112": true, "911": true}

// own are emergency numbers that the tables of libphonenumber lack, by country.
var own = map[string][]string{
	"TH": {"191", "199", "1155", "1669"},
	"RU": {"101", "102", "103", "104"},
}

// IsCountry says whether a text is a country's code (ISO 3166) that has telephone numbers.
func IsCountry(code string) bool { return phonenumbers.GetSupportedRegions()[code] }

// Dialed reads a number as somebody in a country dials or types it, and gives what to call: E.164 for
// a subscriber's number, the digits as they are for a short one such as 1155 or *100. country may be
// empty: then only international numbers become E.164. ok is false for what cannot be a number.
func Dialed(text, country string) (called string, ok bool) {
	n := Normalize(text)
	if n == "" || n == "+" {
		return "", false
	}
	if strings.HasPrefix(n, "+") {
		parsed, err := phonenumbers.Parse(n, "")
		return n, err == nil && phonenumbers.IsPossibleNumber(parsed)
	}
	if Emergency(n, country) || len(n) <= 5 || strings.ContainsAny(n, "*#") {
		return n, true
	}
	if country == "" {
		return n, true // nobody knows better
	}
	parsed, err := phonenumbers.Parse(n, country)
	if err != nil || !phonenumbers.IsPossibleNumber(parsed) {
		return "", false
	}
	return phonenumbers.Format(parsed, phonenumbers.E164), true
}

// Emergency says whether a number, as dialed in a country, calls an emergency service. With an empty
// country only those count that are taken everywhere.
func Emergency(text, country string) bool {
	n := Normalize(text)
	if n == "" || strings.HasPrefix(n, "+") {
		return false
	}
	if everywhere[n] {
		return true
	}
	for _, o := range own[country] {
		if n == o {
			return true
		}
	}
	return country != "" && phonenumbers.IsEmergencyNumber(n, country)
}

// Country is the country of an international number (ISO 3166); empty: none, or a network of no country.
func Country(normalized string) string {
	if !strings.HasPrefix(normalized, "+") {
		return ""
	}
	n, err := phonenumbers.Parse(normalized, "")
	if err != nil {
		return ""
	}
	if c := phonenumbers.GetRegionCodeForNumber(n); IsCountry(c) {
		return c
	}
	if c := phonenumbers.GetRegionCodeForCountryCode(int(n.GetCountryCode())); IsCountry(c) {
		return c // a number of no known kind, such as of a new range
	}
	return ""
}

// For gives a number as people in a country write it: with the national prefix and spacing if it is of
// that country, else as International does.
func For(country, normalized string) string {
	if country == "" || Country(normalized) != country {
		return International(normalized)
	}
	n, err := phonenumbers.Parse(normalized, "")
	if err != nil || !phonenumbers.IsPossibleNumber(n) {
		return normalized
	}
	return phonenumbers.Format(n, phonenumbers.NATIONAL)
}

// NationalDigits is a number as it is dialed within a country, without spaces: "+74951234567" in RU
// is "84951234567". A number of another country stays international.
func NationalDigits(country, normalized string) string {
	if country == "" || Country(normalized) != country {
		return normalized
	}
	return Normalize(For(country, normalized))
}

// IsPattern says whether a text is a number or the beginning of numbers: "+4930123", "+4930*".
func IsPattern(text string) bool {
	head, _ := strings.CutSuffix(text, "*")
	return text == "*" || head != "" && Normalize(head) == head && !strings.ContainsAny(head, "*#")
}

// Match says whether a number is meant by a pattern, and by how many characters. A plus is ignored on
// both sides, since carriers differ in sending it.
func Match(pattern, normalized string) (length int, ok bool) {
	head, open := strings.CutSuffix(pattern, "*")
	head, n := Digits(head), Digits(normalized)
	if n == "" {
		return 0, false
	}
	if open {
		return len(head), strings.HasPrefix(n, head)
	}
	return len(head) + 1, n == head
}
