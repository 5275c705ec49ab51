package fault

import (
	"strings"
	"unicode/utf8"
)

// Text checks a text for people: not blank when required, at most most characters, no control
// characters but line breaks and tabs.
func (f *Fields) Text(path, s string, required bool, most int) {
	switch {
	case required && strings.TrimSpace(s) == "":
		f.Add(path, Required, "must not be empty")
	case utf8.RuneCountInString(s) > most:
		f.Add(path, TooLong, "must have at most %d characters", most)
	case !utf8.ValidString(s) || strings.ContainsFunc(s, control):
		f.Add(path, Malformed, "must not contain control characters")
	}
}

func control(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r == 0x7f }

// Key checks a short name for machines and files: 1 to 63 of a-z, 0-9, _ and -, beginning with a
// letter or digit.
func (f *Fields) Key(path, s string) {
	switch {
	case s == "":
		f.Add(path, Required, "must not be empty")
	case len(s) > 63:
		f.Add(path, TooLong, "must have at most 63 characters")
	case strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '_' || r == '-')
	}) || s[0] == '_' || s[0] == '-':
		f.Add(path, Malformed, "must consist of a-z, 0-9, _ and -, beginning with a letter or digit")
	}
}

// Range checks a number.
func (f *Fields) Range(path string, n, least, most int64) {
	if n < least || n > most {
		f.Add(path, OutOfRange, "must be from %d to %d", least, most)
	}
}

// OneOf checks a word of a closed list.
func OneOf[T ~string](f *Fields, path string, v T, allowed ...T) {
	for _, a := range allowed {
		if v == a {
			return
		}
	}
	words := make([]string, len(allowed))
	for i, a := range allowed {
		words[i] = string(a)
	}
	if v == "" {
		f.Add(path, Required, "must be one of %s", strings.Join(words, ", "))
		return
	}
	f.Add(path, Malformed, "must be one of %s, not %q", strings.Join(words, ", "), string(v))
}
