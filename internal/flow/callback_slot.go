package flow

import (
	"context"
	"strings"
	"time"

	"linekeeper/internal/flow/spoken"
	"linekeeper/internal/hours"
	"linekeeper/internal/interaction"
)

// slotTexts are the words with which a customer chooses when he is called; {day}, {hour} and {number} are filled in.
var slotTexts = map[string]map[string]string{
	"when": {
		"en": "To be called when it is your turn, press one. To choose a time, press two.",
		"ru": "Чтобы мы перезвонили, когда подойдёт ваша очередь, нажмите один. Чтобы выбрать время, нажмите два.",
		"th": "หากต้องการให้โทรกลับเมื่อถึงคิว กดหนึ่ง หากต้องการเลือกเวลา กดสอง",
	},
	"day": {
		"en": "For today, press one. For tomorrow, press two.",
		"ru": "Сегодня — нажмите один. Завтра — нажмите два.",
		"th": "วันนี้ กดหนึ่ง พรุ่งนี้ กดสอง",
	},
	"hour": {
		"en": "Enter the hour with two digits, from zero zero to two three. For three in the afternoon, enter one five.",
		"ru": "Наберите час двумя цифрами, от ноль ноль до двадцати трёх. Например, для трёх часов дня — один пять.",
		"th": "กดชั่วโมงสองหลัก ตั้งแต่ศูนย์ศูนย์ถึงสองสาม เช่น บ่ายสามโมง กดหนึ่งห้า",
	},
	"right": {
		"en": "We will call {number} {day} at {hour}. If this is right, press one. For another time, press two.",
		"ru": "Мы позвоним {day}, {hour}, по номеру {number}. Если всё верно, нажмите один. Чтобы выбрать другое время, нажмите два.",
		"th": "เราจะโทรกลับที่หมายเลข {number} {day} เวลา {hour} หากถูกต้อง กดหนึ่ง หากต้องการเวลาอื่น กดสอง",
	},
	"instead": {
		"en": "Nobody can call you then. We can call {number} {day} at {hour}. To take this time, press one. For another time, press two.",
		"ru": "В это время позвонить не получится. Мы можем позвонить {day}, {hour}, по номеру {number}. Если это подходит, нажмите один. Чтобы выбрать другое время, нажмите два.",
		"th": "เวลานั้นโทรกลับไม่ได้ เราโทรกลับที่หมายเลข {number} {day} เวลา {hour} ได้ หากต้องการเวลานี้ กดหนึ่ง หากต้องการเวลาอื่น กดสอง",
	},
	"full": {
		"en": "There is no time left then.",
		"ru": "На это время записи больше нет.",
		"th": "ไม่มีเวลาว่างแล้ว",
	},
	"booked": {
		"en": "We will call you {day} at {hour}. Goodbye.",
		"ru": "Мы позвоним {day}, {hour}. До свидания.",
		"th": "เราจะโทรกลับ {day} เวลา {hour} สวัสดีค่ะ",
	},
}

// slotDays are today and tomorrow in the middle of a sentence.
var slotDays = map[string][2]string{"en": {"today", "tomorrow"}, "ru": {"сегодня", "завтра"}, "th": {"วันนี้", "พรุ่งนี้"}}

// StepSlot is in the time line when a customer has chosen a time; the text is the time.
const StepSlot = "callback_slot"

// slot asks when the customer is to be called: the zero time when it is his turn. Not ok: he has chosen nothing.
func (r *run) slot(ctx context.Context, n *node, rules interaction.QueueRules, number string) (at time.Time, ok bool, err error) {
	zone := r.cfg.Callbacks.Zone(r.spec.State, rules)
	if zone == nil || !n.flag("slots") {
		return time.Time{}, true, nil
	}
	tries, wants := int(n.number("tries")), false
	for range tries {
		digit, pressed, err := r.listen(ctx, []Clip{r.slotted(ctx, n, "when", "", time.Time{})}, n.seconds("timeout"))
		if err != nil {
			return time.Time{}, false, err
		}
		if pressed && digit == '1' {
			return time.Time{}, true, nil
		}
		if pressed && digit == '2' {
			wants = true
			break
		}
	}
	if !wants {
		return time.Time{}, false, nil
	}
	for range tries {
		wish, given, err := r.wishedTime(ctx, n, zone)
		if err != nil {
			return time.Time{}, false, err
		}
		if !given {
			continue
		}
		at, free, err := r.cfg.Callbacks.Slot(ctx, r.spec.State, rules, wish)
		if err != nil {
			return time.Time{}, false, err
		}
		if !free {
			if err := r.play(ctx, r.slotted(ctx, n, "full", "", time.Time{})); err != nil {
				return time.Time{}, false, err
			}
			continue
		}
		which := "right"
		if !at.Equal(wish) {
			which = "instead"
		}
		digit, pressed, err := r.listen(ctx, []Clip{r.slotted(ctx, n, which, number, at.In(zone))}, n.seconds("timeout"))
		if err != nil || pressed && digit == '1' {
			return at.In(zone), err == nil, err
		}
	}
	return time.Time{}, false, nil
}

// wishedTime takes a day and an hour; not given: they were none.
func (r *run) wishedTime(ctx context.Context, n *node, zone *time.Location) (at time.Time, given bool, err error) {
	digit, pressed, err := r.listen(ctx, []Clip{r.slotted(ctx, n, "day", "", time.Time{})}, n.seconds("timeout"))
	if err != nil || !pressed || digit != '1' && digit != '2' {
		return time.Time{}, false, err
	}
	hour, digits := 0, 0
	clips := []Clip{r.slotted(ctx, n, "hour", "", time.Time{})}
	for digits < 2 {
		key, pressed, err := r.listen(ctx, clips, digitPause)
		if err != nil {
			return time.Time{}, false, err
		}
		if !pressed || key == '#' {
			break
		}
		clips = nil
		if key >= '0' && key <= '9' {
			hour, digits = hour*10+int(key-'0'), digits+1
		}
		if digits == 2 {
			r.complete("#")
		}
	}
	if digits == 0 || hour > 23 {
		return time.Time{}, false, nil
	}
	y, m, d := r.cfg.Clock.Now().In(zone).Date()
	return hours.FirstAt(y, m, d+int(digit-'1'), hour*60, zone), true, nil
}

// slotted is one sentence of it.
func (r *run) slotted(ctx context.Context, n *node, which, number string, at time.Time) Clip {
	return r.voiced(ctx, n, "callback "+which, slotTexts[which], func(text, language string) string {
		words := strings.NewReplacer("{number}", spoken.Digits(strings.TrimPrefix(number, "+"), language),
			"{day}", r.dayWord(at, language), "{hour}", spoken.Hour(at, language))
		return words.Replace(text)
	})
}

// dayWord is today or tomorrow, or a date.
func (r *run) dayWord(at time.Time, language string) string {
	now := r.cfg.Clock.Now().In(at.Location())
	for ahead, word := range slotDays[language] {
		if at.Format(time.DateOnly) == now.AddDate(0, 0, ahead).Format(time.DateOnly) {
			return word
		}
	}
	return spoken.Day(at, language)
}
