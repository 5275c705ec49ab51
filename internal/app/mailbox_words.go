package app

import (
	"strconv"
	"strings"
	"time"

	"linekeeper/internal/flow/spoken"
	"linekeeper/internal/voicemail"
)

// mailboxTexts are what agents hear who listen to their messages at their phones.
var mailboxTexts = map[voicemail.Saying]map[string]string{
	voicemail.SayCount: {
		"en": "You have {count}.", "ru": "У вас {count}.", "th": "คุณ{count}",
	},
	voicemail.SayAbout: {
		"en": "Message {n}, from {number}, {day} at {hour}.",
		"ru": "Сообщение {n}. Номер {number}, {day}, {hour}.",
		"th": "ข้อความที่ {n} จากหมายเลข {number} {day} เวลา {hour}",
	},
	voicemail.SayKeys: {
		"en": "To hear it again, press one. For the next one, press two. When it is done, press three. To call back, press four. To end, press the hash key.",
		"ru": "Прослушать ещё раз — нажмите один. Следующее — два. Вопрос решён — три. Перезвонить — четыре. Закончить — решётка.",
		"th": "ฟังอีกครั้ง กดหนึ่ง ข้อความถัดไป กดสอง จัดการแล้ว กดสาม โทรกลับ กดสี่ จบการฟัง กดสี่เหลี่ยม",
	},
	voicemail.SayWrongKey: {
		"en": "That key does nothing here.", "ru": "Эта клавиша здесь не действует.", "th": "ปุ่มนี้ใช้ไม่ได้",
	},
	voicemail.SayDone: {
		"en": "Done.", "ru": "Готово.", "th": "เรียบร้อย",
	},
	voicemail.SayOutcome: {
		"en": "Done. Choose the outcome at your desk.", "ru": "Готово. Выберите результат на рабочем месте.", "th": "เรียบร้อย กรุณาเลือกผลลัพธ์ที่หน้าจอของคุณ",
	},
	voicemail.SayCalling: {
		"en": "Your phone rings in a moment; then the customer is called.",
		"ru": "Сейчас зазвонит ваш телефон, затем мы наберём клиента.",
		"th": "โทรศัพท์ของคุณจะดังในอีกสักครู่ แล้วเราจะโทรหาลูกค้า",
	},
	voicemail.SayTaken: {
		"en": "Somebody else has this message now.", "ru": "Это сообщение уже у другого сотрудника.", "th": "ข้อความนี้อยู่กับผู้อื่นแล้ว",
	},
	voicemail.SayBusy: {
		"en": "You have something else in hand. Finish it first.", "ru": "У вас есть незавершённое обращение. Сначала закончите его.",
		"th": "คุณมีงานอื่นค้างอยู่ กรุณาทำให้เสร็จก่อน",
	},
	voicemail.SayOffline: {
		"en": "You are offline. Become available at your desk, or go on a break.", "ru": "Вы не в сети. Станьте доступны на рабочем месте или возьмите перерыв.",
		"th": "คุณออฟไลน์อยู่ กรุณาเปลี่ยนสถานะเป็นพร้อมรับสายหรือพักที่หน้าจอของคุณ",
	},
	voicemail.SayNoCall: {
		"en": "This customer cannot be called now.", "ru": "Сейчас этому клиенту нельзя позвонить.", "th": "ขณะนี้โทรหาลูกค้ารายนี้ไม่ได้",
	},
	voicemail.SayFailed: {
		"en": "That did not work. Please try again.", "ru": "Не получилось. Попробуйте ещё раз.", "th": "ไม่สำเร็จ กรุณาลองอีกครั้ง",
	},
	voicemail.SayNoMore: {
		"en": "There are no more messages.", "ru": "Больше сообщений нет.", "th": "ไม่มีข้อความอีกแล้ว",
	},
	voicemail.SayGoodbye: {
		"en": "Goodbye.", "ru": "До свидания.", "th": "สวัสดี",
	},
}

// mailboxDays are today and yesterday in the middle of a sentence.
var mailboxDays = map[string][2]string{"en": {"today", "yesterday"}, "ru": {"сегодня", "вчера"}, "th": {"วันนี้", "เมื่อวาน"}}

// mailboxNobody stands for a number that was withheld.
var mailboxNobody = map[string]string{"en": "an unknown number", "ru": "не определён", "th": "ที่ไม่ทราบ"}

// mailboxWords puts what is said into words. From is who has left the message, at when; both times are in the center's
// zone. What is not known is said in English.
func mailboxWords(say voicemail.Said, language, from string, at, now time.Time) string {
	base, _, _ := strings.Cut(language, "-")
	texts := mailboxTexts[say.Saying]
	if _, ok := texts[base]; !ok {
		base = "en"
	}
	text := texts[base]
	switch say.Saying {
	case voicemail.SayCount:
		return strings.ReplaceAll(text, "{count}", messagesCounted(say.Number, base))
	case voicemail.SayAbout:
		who := mailboxNobody[base]
		if from != "" {
			who = spoken.Digits(from, base)
		}
		return strings.NewReplacer("{n}", spoken.Number(float64(say.Number), base, spoken.Form{Gender: spoken.Neuter}),
			"{number}", who, "{day}", mailboxDay(at, now, base), "{hour}", spoken.Hour(at, base)).Replace(text)
	}
	return text
}

func mailboxDay(at, now time.Time, base string) string {
	for ago, word := range mailboxDays[base] {
		if at.Format(time.DateOnly) == now.AddDate(0, 0, -ago).Format(time.DateOnly) {
			return word
		}
	}
	return spoken.Day(at, base)
}

// messagesCounted is a number of messages with its noun.
func messagesCounted(n int, base string) string {
	switch base {
	case "ru":
		noun := "сообщений"
		switch {
		case n == 0:
			return "нет сообщений"
		case n%100 >= 11 && n%100 <= 14:
		case n%10 == 1:
			noun = "сообщение"
		case n%10 >= 2 && n%10 <= 4:
			noun = "сообщения"
		}
		return spoken.Number(float64(n), base, spoken.Form{Gender: spoken.Neuter}) + " " + noun
	case "th":
		if n == 0 {
			return "ไม่มีข้อความ"
		}
		return "มี " + spoken.Number(float64(n), base, spoken.Form{}) + " ข้อความ"
	}
	switch n {
	case 0:
		return "no messages"
	case 1:
		return "one message"
	}
	return strconv.Itoa(n) + " messages"
}
