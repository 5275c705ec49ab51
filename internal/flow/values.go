package flow

import (
	"context"
	"fmt"
	"time"

	"linekeeper/internal/flow/spoken"
)

// valueFunctions are the words of the expression language that put values into words for customers who
// hear, and into figures for those who read.
func valueFunctions() []function {
	return []function{
		{"number", `a number in words when spoken; in Russian with gender and case: number(2, "feminine", "genitive")`, func(_ context.Context, r *run) any {
			return func(x any, form ...string) (string, error) {
				f, err := spoken.ParseForm(form...)
				if err != nil {
					return "", err
				}
				n, err := numberOf(x)
				if err != nil {
					return "", err
				}
				if r.reads() {
					return spoken.NumberFigures(n, r.speaks()), nil
				}
				return spoken.Number(n, r.speaks(), f), nil
			}
		}},
		{"money", `an amount in words when spoken: money(total, "RUB"); also THB, USD and EUR`, func(_ context.Context, r *run) any {
			return func(x any, currency string) (string, error) {
				n, err := numberOf(x)
				if err != nil {
					return "", err
				}
				if r.reads() {
					return spoken.MoneyFigures(n, currency, r.speaks())
				}
				return spoken.Money(n, currency, r.speaks())
			}
		}},
		{"day", "the date of a time, in words when spoken", timeFunction(spoken.Day, spoken.DayFigures)},
		{"hour", "the time of day of a time, in words when spoken", timeFunction(spoken.Hour, spoken.HourFigures)},
		{"digits", "a text digit by digit when spoken; one that begins with + in groups, as a telephone number", func(_ context.Context, r *run) any {
			return func(x any) (string, error) {
				v, err := convert(x, TextVar)
				if err != nil {
					return "", fmt.Errorf("the value %w", err)
				}
				text, _ := v.(string)
				if r.reads() {
					return spoken.DigitsFigures(text), nil
				}
				return spoken.Digits(text, r.speaks()), nil
			}
		}},
	}
}

func numberOf(x any) (float64, error) {
	v, err := convert(x, NumberVar)
	if err != nil {
		return 0, fmt.Errorf("the value %w", err)
	}
	return v.(float64), nil
}

// timeFunction shows a time in the project's zone; one without a zone of its own, as a plain date, stays
// what it says.
func timeFunction(words, figures func(time.Time, string) string) func(context.Context, *run) any {
	return func(ctx context.Context, r *run) any {
		return func(x any) (string, error) {
			v, err := convert(x, TimeVar)
			if err != nil {
				return "", fmt.Errorf("the value %w", err)
			}
			at, _ := v.(time.Time)
			if facts, err := r.setup(ctx); err == nil && facts.Zone != nil && !plainDate(x) {
				at = at.In(facts.Zone)
			}
			if r.reads() {
				return figures(at, r.speaks()), nil
			}
			return words(at, r.speaks()), nil
		}
	}
}

// plainDate is a text without a zone; convert took it for UTC.
func plainDate(x any) bool {
	s, ok := x.(string)
	if !ok {
		return false
	}
	_, err := time.Parse(time.RFC3339, s)
	return err != nil
}

// reads says that the customer reads what others hear.
func (r *run) reads() bool { return r.talker == nil || r.letter }

// speaks is the language of the text that is being filled in, or else the run's.
func (r *run) speaks() string {
	if r.tongue != "" {
		return r.tongue
	}
	return r.position.Language
}
