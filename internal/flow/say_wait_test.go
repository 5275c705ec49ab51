package flow

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/queue"
	"linekeeper/internal/wait"
)

func TestWaitSentences(t *testing.T) {
	t.Parallel()
	tests := []struct {
		r                  wait.Range
		en, ru, spoken, th string
	}{
		{wait.Range{Low: 3, High: 5}, "The wait is about 3 to 5 minutes.", "Ждать осталось примерно от 3 до 5 минут.",
			"Ждать осталось примерно от трёх до пяти минут.", "เวลารอประมาณ 3 ถึง 5 นาที"},
		{wait.Range{High: 1}, "The wait is less than 1 minute.", "Ждать осталось меньше 1 минуты.", "Ждать осталось меньше одной минуты.", "เวลารอไม่ถึง 1 นาที"},
		{wait.Range{Low: 60}, "The wait is more than 60 minutes.", "Ждать осталось больше 60 минут.", "Ждать осталось больше шестидесяти минут.", "เวลารอมากกว่า 60 นาที"},
	}
	for _, tt := range tests {
		for language, want := range map[string]string{"en": tt.en, "ru": tt.ru, "th": tt.th, "fr": tt.en} {
			if got := WaitText(tt.r, language); got != want {
				t.Errorf("%s: got %q, want %q", language, got, want)
			}
			if got := ShippedText(WaitPrompt(tt.r), language); got != want {
				t.Errorf("%s as shipped text: got %q, want %q", language, got, want)
			}
		}
		if got := SpokenWait(tt.r, "ru"); got != tt.spoken {
			t.Errorf("spoken: got %q, want %q", got, tt.spoken)
		}
	}
	for _, m := range wait.Marks() {
		if genitive[m] == "" {
			t.Errorf("%d has no Russian genitive", m)
		}
	}
}

func TestEveryRangeIsShipped(t *testing.T) {
	t.Parallel()
	l := NewLibrary(LibraryConfig{})
	for _, r := range wait.Ranges() {
		for _, language := range Languages() {
			clip, err := l.Wait(t.Context(), "t1", r, language)
			if want := "shipped:prompts/" + WaitPrompt(r) + "." + language + ".wav"; err != nil || clip.ID != want {
				t.Errorf("%v in %s: got %s, %v", r, language, clip.ID, err)
			}
		}
	}
}

func TestOwnWaitSentence(t *testing.T) {
	t.Parallel()
	l := NewLibrary(LibraryConfig{Speaker: &parrot{}, Prompts: own{"wait": {Texts: map[string]string{"en": "{low} to {high}"}}}})
	clip, err := l.Wait(t.Context(), "t1", wait.Range{Low: 2, High: 5}, "en")
	want, wantErr := l.Text(t.Context(), "2 to 5", "en")
	if err != nil || wantErr != nil || clip.ID != want.ID {
		t.Errorf("got %s, %v, want the spoken text", clip.ID, err)
	}
}

// waits are expected waits by place.
type waits map[int]time.Duration

func (w waits) Wait(_ queue.ID, place int) (wait.Estimate, bool) {
	d, ok := w[place]
	return wait.Estimate{Wait: d, Low: d * 9 / 10, High: d * 11 / 10}, ok
}

const patient = `{"schema":1,"start":"p","nodes":{"p":{"kind":"position","wait":true,"next":"m"},"m":{"kind":"music","seconds":30,"next":"p"}}}`

func TestPositionSaysTheExpectedWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, l := newCenter(t, map[string]string{"f": patient}, func(c *RunnerConfig) { c.Waits = waits{3: 4 * time.Minute} }), newLine()
		c.moves(3)
		run := spec(l, "f", "ru")
		run.Waiting = true
		c.runner.Start(run)
		passes(20 * second)
		c.moves(2) // about which nothing is known
		passes(20 * second)
		c.runner.Stop("i1")
		synctest.Wait()
		var words []string
		for _, h := range l.said() {
			if _, what, _ := strings.Cut(h, " "); !strings.HasPrefix(what, "music") && what != "#stop" {
				words = append(words, h)
			}
		}
		wantLines(t, "words", words, "0 position_3.ru", "2 wait_3_5.ru", "34 position_2.ru")
	})
}
