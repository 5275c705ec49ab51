package entry

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"linekeeper/internal/kit/number"
)

// Block is a line of an entry's block list.
type Block struct {
	Numbers string // as number.Match takes it, or Withheld
	Reason  string // for whoever looks after the list; may be empty
}

// Withheld in a block list are callers who show no number.
const Withheld = "withheld"

const (
	mostBlocks    = 5000
	longestReason = 200 // characters
)

// ParseBlock reads "+4930* nuisance calls": numbers, then the reason.
func ParseBlock(text string) (Block, error) {
	numbers, reason, _ := strings.Cut(strings.TrimSpace(text), " ")
	b := Block{Numbers: numbers, Reason: strings.TrimSpace(reason)}
	if b.Numbers != Withheld && !number.IsPattern(b.Numbers) {
		return Block{}, fmt.Errorf("%q is not a number, its beginning with * or %s; write one and then the reason, such as +4930* nuisance calls", numbers, Withheld)
	}
	if utf8.RuneCountInString(b.Reason) > longestReason {
		return Block{}, fmt.Errorf("the reason has more than %d characters", longestReason)
	}
	return b, nil
}

// Answer is what a blocked caller is told.
type Answer string

// The answers. Carriers turn them into a tone or an announcement.
const (
	Declined    Answer = "declined" // 603
	Busy        Answer = "busy"     // 486
	Unavailable Answer = "unavailable"
	Unwanted    Answer = "unwanted" // 607 (RFC 8197): the carrier may block the caller elsewhere too
)

// Answers lists all of them.
func Answers() []Answer { return []Answer{Declined, Busy, Unavailable, Unwanted} }

// Code is the SIP status of an answer; the empty one is Declined.
func (a Answer) Code() int {
	switch a {
	case Busy:
		return 486
	case Unavailable:
		return 480
	case Unwanted:
		return 607
	}
	return 603
}

// Refuses finds the most exact line of a block list that is about a caller; false: he is taken. caller is
// in the form of number.Normalize, empty if it is withheld. Emergency services of the country are
// always taken: they ring back.
func Refuses(blocked []string, caller, country string) (Block, bool) {
	if caller != "" && number.Emergency(caller, country) {
		return Block{}, false
	}
	best, found := -1, Block{}
	for _, text := range blocked {
		b, err := ParseBlock(text)
		if err != nil {
			continue
		}
		if b.Numbers == Withheld {
			if caller == "" {
				return b, true
			}
			continue
		}
		if n, ok := number.Match(b.Numbers, caller); ok && n > best {
			best, found = n, b
		}
	}
	return found, best >= 0
}
