package carrier

import (
	"strings"
	"time"
)

// Someone is a Config.Incoming: whoever is called picks up after a while and says sentences in the
// language of the number's country again and again, until the other side hangs up.
func Someone(after time.Duration) (func(*Call), error) {
	words := make(map[string][]int16)
	for _, language := range []string{"en", "ru", "th"} {
		said, err := inOneGo(language)
		if err != nil {
			return nil, err
		}
		words[language] = said
	}
	return func(c *Call) {
		c.k.wg.Go(func() {
			if c.pickUp(after) {
				c.Repeat(words[languageOf(c.To)])
			}
		})
	}, nil
}

// Agent is a Config.Incoming: an agent's telephone that picks up after a while, says sentences and hangs
// up when the talk, which begins with the pick-up, has lasted long enough.
func Agent(language string, after time.Duration, talk func() time.Duration) (func(*Call), error) {
	words, err := inOneGo(language)
	if err != nil {
		return nil, err
	}
	return func(c *Call) {
		c.k.wg.Go(func() {
			if !c.pickUp(after) {
				return
			}
			c.Repeat(words)
			if c.pass(talk()) {
				c.HangUp()
			}
		})
	}, nil
}

// pickUp answers after a while; false: it stopped ringing before, or the carrier was closed.
func (c *Call) pickUp(after time.Duration) bool {
	timer := time.NewTimer(after)
	defer timer.Stop()
	select {
	case <-timer.C:
		c.Answer()
		return true
	case <-c.done:
	case <-c.k.done:
	}
	return false
}

// inOneGo is all sentences of a language with a second of breath between them.
func inOneGo(language string) (words []int16, err error) {
	sentences, err := Sentences(language)
	for _, s := range sentences {
		words = append(append(words, s...), make([]int16, sampleRate)...)
	}
	return words, err
}

// languageOf is what is spoken where a number is.
func languageOf(number string) string {
	switch {
	case strings.HasPrefix(number, "+7"):
		return "ru"
	case strings.HasPrefix(number, "+66"):
		return "th"
	}
	return "en"
}
