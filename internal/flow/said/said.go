// Package said understands what a recognizer has written down: which of some choices was meant, which digits were
// said, yes or no. It is pure; languages are en, ru and th, others are compared word by word.
package said

import (
	"slices"
	"strings"
	"unicode"
)

// Phrases cuts a list as people write it, with commas between.
func Phrases(list string) (all []string) {
	for p := range strings.SplitSeq(list, ",") {
		if p = strings.Join(strings.Fields(p), " "); p != "" {
			all = append(all, p)
		}
	}
	return all
}

// Choice is something that may be meant, with the phrases that mean it.
type Choice struct {
	Key     string
	Phrases []string
}

// agreement are words for the same two answers; a choice that has one of them has them all.
var agreement = map[string][2][]string{
	"en": {{"yes", "yeah", "yep", "yup", "sure", "correct", "right", "okay", "ok"}, {"no", "nope", "nah", "wrong", "incorrect"}},
	"ru": {{"да", "ага", "верно", "правильно", "конечно", "хорошо"}, {"нет", "неверно", "неправильно", "не надо"}},
	"th": {{"ใช่", "ค่ะ", "ครับ", "ถูกต้อง", "ตกลง", "โอเค"}, {"ไม่ใช่", "ไม่", "ไม่ค่ะ", "ไม่ครับ", "ไม่ถูกต้อง", "ไม่เอา"}},
}

// base is a language without its region.
func base(language string) string {
	b, _, _ := strings.Cut(strings.ToLower(language), "-")
	return b
}

// Whole are the phrases of a choice with those that mean the same.
func (c Choice) Whole(language string) []string {
	all := slices.Clone(c.Phrases)
	for _, same := range agreement[base(language)] {
		if slices.ContainsFunc(c.Phrases, func(p string) bool { return slices.Contains(same, plain(p)) }) {
			all = append(all, same...)
		}
	}
	if len(c.Key) == 1 && c.Key[0] >= '0' && c.Key[0] <= '9' {
		all = append(all, numerals(language)[c.Key]...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// YesNo are the choices of a question that is answered by yes and no, of these keys.
func YesNo(yes, no, language string) []Choice {
	words, ok := agreement[base(language)]
	if !ok {
		words = agreement["en"]
	}
	return []Choice{{yes, words[0]}, {no, words[1]}}
}

// Choose finds the choice that was meant: the one with the longest phrase in the text. False: none was, or two as
// much. The name of a key counts where no phrase is found, and only if it is all that was said.
func Choose(text, language string, choices []Choice) (key string, ok bool) {
	heard := tokens(text, language)
	best, twice := 0, false
	for _, c := range choices {
		length := 0
		for _, p := range c.withAgreement(language) {
			if t := tokens(p, language); contains(heard, t) {
				length = max(length, len(t))
			}
		}
		switch {
		case length == 0 || length < best:
		case length == best:
			twice = true
		default:
			key, best, twice = c.Key, length, false
		}
	}
	if best > 0 {
		return key, !twice
	}
	digits, ok := Digits(text, language)
	if !ok || !slices.ContainsFunc(choices, func(c Choice) bool { return c.Key == digits }) {
		return "", false
	}
	return digits, true
}

func (c Choice) withAgreement(language string) []string {
	return Choice{Phrases: c.Phrases}.Whole(language)
}

// contains says whether one row of tokens is in another.
func contains(all, part []string) bool {
	for at := 0; len(part) > 0 && at+len(part) <= len(all); at++ {
		if slices.Equal(all[at:at+len(part)], part) {
			return true
		}
	}
	return false
}

// plain is a text in small letters without marks.
func plain(text string) string {
	text = strings.Map(func(r rune) rune {
		switch {
		case r == 'ё' || r == 'Ё':
			return 'е'
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			return unicode.ToLower(r)
		case r == '\'' || r == '’':
			return -1
		}
		return ' '
	}, text)
	return strings.Join(strings.Fields(text), " ")
}

// tokens are the words of a text; of Thai, which has no blanks between words, its letters.
func tokens(text, language string) []string {
	words := strings.Fields(plain(text))
	if base(language) != "th" {
		return words
	}
	var all []string
	for _, r := range strings.Join(words, "") {
		all = append(all, string(r))
	}
	return all
}
