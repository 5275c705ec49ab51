package carrier

import "time"

// Someone is a Config.Incoming: whoever is called picks up after a while and says a sentence again and
// again, until the other side hangs up.
func Someone(language string, after time.Duration) (func(*Call), error) {
	sentences, err := Sentences(language)
	if err != nil {
		return nil, err
	}
	var words []int16
	for _, s := range sentences {
		words = append(append(words, s...), make([]int16, sampleRate)...) // a second of breath
	}
	return func(c *Call) {
		c.k.wg.Go(func() {
			timer := time.NewTimer(after)
			defer timer.Stop()
			select {
			case <-timer.C:
				c.Answer()
				c.Repeat(words)
			case <-c.Done():
			case <-c.k.done:
			}
		})
	}, nil
}
