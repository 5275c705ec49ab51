package flow

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"linekeeper/internal/tenant"
	"linekeeper/internal/wait"
)

// Wait gives the sentence that tells the customer how long he may still wait. A tenant's own prompt "wait"
// with {low} and {high} in its text goes first for a range with both ends, then the shipped sentences,
// then an engine.
func (l *Library) Wait(ctx context.Context, t tenant.ID, r wait.Range, language string) (Clip, error) {
	if own, ok, err := l.own(ctx, t, "wait"); err == nil && ok && r.Low > 0 && r.High > 0 {
		if in := nearest(language, own.Texts); in != "" {
			text := strings.NewReplacer("{low}", strconv.Itoa(r.Low), "{high}", strconv.Itoa(r.High)).Replace(own.Texts[in])
			if clip, err := l.Text(ctx, text, in); err == nil {
				return clip, nil
			}
		}
	}
	if file, ok := shippedFile(WaitPrompt(r), language); ok {
		return l.shippedClip(file)
	}
	return l.Text(ctx, SpokenWait(r, language), language)
}

// WaitPrompt is the key of the shipped sentence for a range; there are sentences for all that wait.Estimate.Say gives.
func WaitPrompt(r wait.Range) string { return fmt.Sprintf("wait_%d_%d", r.Low, r.High) }

// WaitText tells an expected wait in writing.
func WaitText(r wait.Range, language string) string { return waitText(r, language, strconv.Itoa) }

// SpokenWait tells it for the ear: Russian numbers are inflected, and engines read figures in the nominative.
func SpokenWait(r wait.Range, language string) string {
	return waitText(r, language, func(n int) string {
		if base, _, _ := strings.Cut(language, "-"); base == "ru" && genitive[n] != "" {
			return genitive[n]
		}
		return strconv.Itoa(n)
	})
}

// genitive are the Russian numbers of wait.Marks as they follow from, to, less than and more than.
var genitive = map[int]string{
	1: "одной", 2: "двух", 3: "трёх", 5: "пяти", 10: "десяти", 15: "пятнадцати", 20: "двадцати", 30: "тридцати", 60: "шестидесяти",
}

func waitText(r wait.Range, language string, number func(int) string) string {
	base, _, _ := strings.Cut(language, "-")
	forms, ok := waitForms[base]
	if !ok {
		forms = waitForms["en"]
	}
	form, last := forms.between, r.High
	switch {
	case r.High == 0:
		form, last = forms.more, r.Low
	case r.Low == 0:
		form = forms.less
	}
	unit := forms.minutes
	if last == 1 {
		unit = forms.minute
	}
	return strings.NewReplacer("{low}", number(r.Low), "{high}", number(r.High), "{minutes}", unit).Replace(form)
}

// waitForms are the sentences by language.
var waitForms = map[string]struct{ less, between, more, minute, minutes string }{
	"en": {"The wait is less than {high} {minutes}.", "The wait is about {low} to {high} {minutes}.", "The wait is more than {low} {minutes}.", "minute", "minutes"},
	"ru": {
		"Ждать осталось меньше {high} {minutes}.", "Ждать осталось примерно от {low} до {high} {minutes}.",
		"Ждать осталось больше {low} {minutes}.", "минуты", "минут",
	},
	"th": {"เวลารอไม่ถึง {high} {minutes}", "เวลารอประมาณ {low} ถึง {high} {minutes}", "เวลารอมากกว่า {low} {minutes}", "นาที", "นาที"},
}
