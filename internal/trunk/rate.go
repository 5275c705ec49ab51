package trunk

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"linekeeper/internal/kit/number"
)

// Rate is what calls to the numbers of a pattern cost, and how much may be spent on them.
type Rate struct {
	Pattern   string // as number.Match takes it: "+7*"
	PerMinute int64  // millionths of whatever money the center counts in
	PerHour   int64  // most to spend within a clock hour, in the same unit; 0: no limit
}

// money is how many units there are in one of whatever money it is.
const money = 1_000_000

// ParseRate reads "+7* 0.05 100": pattern, price a minute and, if there is a limit, most an hour.
func ParseRate(text string) (Rate, error) {
	parts := strings.Fields(text)
	if len(parts) < 2 || len(parts) > 3 {
		return Rate{}, fmt.Errorf("write numbers, price a minute and most an hour, such as +7* 0.05 100")
	}
	r := Rate{Pattern: parts[0]}
	if !number.IsPattern(r.Pattern) {
		return Rate{}, fmt.Errorf("%q is not a number or its beginning with *, such as +7*", r.Pattern)
	}
	for i, part := range parts[1:] {
		amount, err := strconv.ParseFloat(part, 64)
		if err != nil || !(amount >= 0 && amount <= 1e9) {
			return Rate{}, fmt.Errorf("%q is not an amount of money", part)
		}
		if i == 0 {
			r.PerMinute = int64(amount*money + 0.5)
		} else {
			r.PerHour = int64(amount*money + 0.5)
		}
	}
	return r, nil
}

// Cost is what a call of this length costs, by the second.
func (r Rate) Cost(d time.Duration) int64 {
	return int64(float64(r.PerMinute) * d.Minutes())
}

// RateFor finds the rate of a number: the most exact one.
func (k Trunk) RateFor(called string) (Rate, bool) {
	best, found := -1, Rate{}
	for _, text := range k.Rates {
		r, err := ParseRate(text)
		if err != nil {
			continue
		}
		if n, ok := number.Match(r.Pattern, called); ok && n > best {
			best, found = n, r
		}
	}
	return found, best >= 0
}
