package app

import (
	"strings"
	"testing"
	"time"

	"linekeeper/internal/voicemail"
)

// TestMailboxWords holds what is said in each language: numbers, days and times, and that nothing is left open.
func TestMailboxWords(t *testing.T) {
	now := time.Date(2026, 11, 22, 16, 5, 0, 0, time.UTC)
	about := voicemail.Said{Saying: voicemail.SayAbout, Message: "m", Number: 2}
	count := func(n int) voicemail.Said { return voicemail.Said{Saying: voicemail.SayCount, Number: n} }
	for _, test := range []struct {
		say            voicemail.Said
		language, from string
		at             time.Time
		want           string
	}{
		{count(0), "en", "", now, "You have no messages."},
		{count(1), "en-GB", "", now, "You have one message."},
		{count(3), "de", "", now, "You have 3 messages."},
		{count(0), "ru", "", now, "У вас нет сообщений."},
		{count(1), "ru", "", now, "У вас одно сообщение."},
		{count(2), "ru", "", now, "У вас два сообщения."},
		{count(11), "ru", "", now, "У вас одиннадцать сообщений."},
		{count(21), "ru", "", now, "У вас двадцать одно сообщение."},
		{count(1), "th", "", now, "คุณมี หนึ่ง ข้อความ"},
		{about, "en", "", now, "Message two, from an unknown number, today at "},
		{about, "ru", "", now.AddDate(0, 0, -1), "Сообщение два. Номер не определён, вчера, "},
		{about, "th", "", now, "ข้อความที่ สอง จากหมายเลข ที่ไม่ทราบ วันนี้ เวลา "},
		{voicemail.Said{Saying: voicemail.SayDone}, "ru", "", now, "Готово."},
	} {
		if got := mailboxWords(test.say, test.language, test.from, test.at, now); !strings.HasPrefix(got, test.want) {
			t.Errorf("%+v in %s: %q, want %q", test.say, test.language, got, test.want)
		}
	}
	for _, language := range []string{"en", "ru", "th"} {
		old := mailboxWords(about, language, "+442071838750", now.AddDate(0, 0, -9), now)
		for _, word := range []string{mailboxDays[language][0], mailboxDays[language][1], mailboxNobody[language], "{"} {
			if strings.Contains(old, word) {
				t.Errorf("in %s a message of last week is told as %q", language, old)
			}
		}
		for saying, texts := range mailboxTexts {
			if texts[language] == "" {
				t.Errorf("%s is not said in %s", saying, language)
			}
		}
	}
}
