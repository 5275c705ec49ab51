package main

import (
	"fmt"
	"regexp"
	"strings"
)

// syllable is onset, vowel, coda and tone of one Thai syllable as texts.go writes them.
var syllable = regexp.MustCompile(`^(kh|ph|th|tSh|tS|[?kptbdfshmnNlrwj]{1})([rlw]?)(ia|Wa|ua|[aeiouWEO@]:?)([ptkmnNjw]?)-([MLFHR])$`)

// thai turns a transcription into espeak-ng's phonemes. The Thai rules of espeak-ng 1.51 cannot read
// Thai script (a short word like "five" comes out as two hisses), but its Thai voice has the sounds
// and five tones. Which number is which tone was measured: 1 rises, 2 is low, 3 in the middle, 4
// high, 5 falls.
func thai(text string) (string, error) {
	tones := map[string]string{"M": "3", "L": "2", "F": "5", "H": "4", "R": "1"}
	var out []string
	for _, word := range strings.Fields(text) {
		if word == "," || word == "." {
			out = append(out, "_:")
			continue
		}
		m := syllable.FindStringSubmatch(word)
		if m == nil {
			return "", fmt.Errorf("%q is not a syllable", word)
		}
		out = append(out, m[1]+m[2]+m[3]+tones[m[5]]+m[4])
	}
	return "[[" + strings.Join(out, " ") + "]]", nil
}
