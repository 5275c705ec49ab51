package alert

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/tenant"
)

// mailText is what an e-mail says, in one language. Places: {about}, {value}, {limit}.
type mailText struct {
	what                    map[What]string
	raised, still, over     string // before the subject
	rule, project, detail   string
	since, raisedAt, overAt string
	seconds, minutes, hours string
	footer                  string
}

func mailTexts(l tenant.Language) mailText {
	switch l {
	case tenant.Russian:
		return mailText{
			what: map[What]string{
				LongWait: "{about}: ждут {value} (порог {limit})", Abandoned: "{about}: потеряно {value} за 15 минут (порог {limit})",
				LongBreak: "{about}: перерыв {value} (порог {limit})", NobodyAvailable: "{about}: никто не готов, ждут: {value}",
				NobodySignedIn: "{about}: на смене никого нет, ждут: {value}", ServiceFails: "Не работает: {about}",
			},
			raised: "Тревога", still: "Тревога продолжается", over: "Тревога снята",
			rule: "Правило", project: "Проект", detail: "Подробности", since: "Так с", raisedAt: "Поднята", overAt: "Снята",
			seconds: "с", minutes: "мин", hours: "ч", footer: "Отметить увиденной: панель в реальном времени.",
		}
	case tenant.Thai:
		return mailText{
			what: map[What]string{
				LongWait: "{about}: มีคนรอ {value} (เกณฑ์ {limit})", Abandoned: "{about}: วางสายก่อนรับ {value} ใน 15 นาที (เกณฑ์ {limit})",
				LongBreak: "{about}: พัก {value} (เกณฑ์ {limit})", NobodyAvailable: "{about}: ไม่มีใครพร้อม รออยู่ {value}",
				NobodySignedIn: "{about}: ไม่มีใครเข้างาน รออยู่ {value}", ServiceFails: "ใช้งานไม่ได้: {about}",
			},
			raised: "แจ้งเตือน", still: "ยังแจ้งเตือนอยู่", over: "แจ้งเตือนสิ้นสุด",
			rule: "กฎ", project: "โครงการ", detail: "รายละเอียด", since: "ตั้งแต่", raisedAt: "แจ้งเมื่อ", overAt: "สิ้นสุดเมื่อ",
			seconds: "วินาที", minutes: "นาที", hours: "ชั่วโมง", footer: "ทำเครื่องหมายว่าเห็นแล้วได้ที่กระดานสด",
		}
	}
	return mailText{
		what: map[What]string{
			LongWait: "{about}: somebody waits for {value} (limit {limit})", Abandoned: "{about}: {value} gave up within 15 minutes (limit {limit})",
			LongBreak: "{about}: on break for {value} (limit {limit})", NobodyAvailable: "{about}: nobody is available, waiting: {value}",
			NobodySignedIn: "{about}: nobody has signed in, waiting: {value}", ServiceFails: "Does not work: {about}",
		},
		raised: "Alert", still: "Alert lasts", over: "Alert over",
		rule: "Rule", project: "Project", detail: "Details", since: "Since", raisedAt: "Raised", overAt: "Over",
		seconds: "s", minutes: "min", hours: "h", footer: "Mark it as seen on the live board.",
	}
}

// quantity writes a value as its kind has it.
func (w mailText) quantity(what What, n int64) string {
	switch what {
	case Abandoned:
		return strconv.FormatInt(n, 10) + " %"
	case LongWait, LongBreak:
		d := time.Duration(n) * time.Millisecond
		s := int64(d / time.Second)
		switch {
		case s < 60:
			return fmt.Sprintf("%d %s", s, w.seconds)
		case s < 3600 && s%60 == 0:
			return fmt.Sprintf("%d %s", s/60, w.minutes)
		case s < 3600:
			return fmt.Sprintf("%d %s %d %s", s/60, w.minutes, s%60, w.seconds)
		}
		return fmt.Sprintf("%d %s %d %s", s/3600, w.hours, s/60%60, w.minutes)
	}
	return strconv.FormatInt(n, 10)
}

// Letter is an e-mail, or what a web hook is sent.
type Letter struct {
	Key     string // the same again is the same letter
	Hook    bool   // To is a URL, Subject the kind of event, Body JSON
	To      string
	Subject string
	Body    string
	Expires time.Time // it is of no use any more
}

// messages are what a turn sends.
func messages(home tenant.Tenant, turn Turn, a Alert, t Terms) []Letter {
	if turn == Nothing {
		return nil
	}
	key := func(to string) string {
		return fmt.Sprintf("alert %s %s %d %s", a.ID, turn.event(), a.Times, to)
	}
	var all []Letter
	if len(t.Emails) > 0 {
		subject, body := written(home, turn, a)
		for _, to := range t.Emails {
			all = append(all, Letter{Key: key(to), To: to, Subject: subject, Body: body})
		}
	}
	if t.Hook != "" {
		all = append(all, Letter{Key: key(t.Hook), Hook: true, To: t.Hook, Subject: "alert." + turn.event(), Body: called(home, turn, a)})
	}
	return all
}

// event is a turn's name for programs.
func (t Turn) event() string { return [...]string{"", "raised", "repeated", "cleared"}[t] }

// written is an e-mail in the center's language.
func written(home tenant.Tenant, turn Turn, a Alert) (subject, body string) {
	w := mailTexts(home.Language)
	value := a.Value
	if turn != Raise {
		value = a.Worst
	}
	line := strings.NewReplacer("{about}", a.About, "{value}", w.quantity(a.What, value), "{limit}", w.quantity(a.What, a.Limit)).Replace(w.what[a.What])
	head := map[Turn]string{Raise: w.raised, Repeat: w.still, Clear: w.over}[turn]
	at := func(t time.Time) string { return t.In(home.Location()).Format("2006-01-02 15:04:05 MST") }
	lines := []string{line, ""}
	add := func(name, text string) {
		if text != "" {
			lines = append(lines, name+": "+text)
		}
	}
	add(w.rule, a.Name)
	add(w.project, a.Project)
	add(w.detail, a.Detail)
	add(w.since, at(a.Since))
	add(w.raisedAt, at(a.Raised))
	if !a.Cleared.IsZero() {
		add(w.overAt, at(a.Cleared))
	} else {
		lines = append(lines, "", w.footer)
	}
	return cut(home.Name+": "+head+": "+line, 200), strings.Join(lines, "\n") + "\n"
}

// cut keeps so many characters.
func cut(text string, most int) string {
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}

// Call is what a web hook is sent, as JSON. Fields are added, never changed.
type Call struct {
	Event    string `json:"event"` // raised, repeated, cleared
	Alert    ID     `json:"alert"`
	Center   string `json:"center"`
	RuleID   RuleID `json:"rule_id"`
	Rule     string `json:"rule"`
	What     What   `json:"what"`
	AboutOf  string `json:"about_kind"` // queue, agent, service
	AboutID  string `json:"about_id"`
	About    string `json:"about"`
	Project  string `json:"project"`
	Value    int64  `json:"value"` // milliseconds, percent or people, as the kind has it
	Limit    int64  `json:"limit"`
	Worst    int64  `json:"worst"`
	Detail   string `json:"detail"`
	SinceMs  int64  `json:"since_ms"`
	RaisedMs int64  `json:"raised_ms"`
	// ClearedMs is 0 while it lasts.
	ClearedMs int64  `json:"cleared_ms"`
	Why       string `json:"why"` // it is over: calm, changed, gone
	SeenBy    string `json:"seen_by"`
	Times     int64  `json:"times"` // how often it was sent
}

func called(home tenant.Tenant, turn Turn, a Alert) string {
	text, err := json.Marshal(Call{
		Event: turn.event(), Alert: a.ID, Center: home.Name, RuleID: a.Rule, Rule: a.Name, What: a.What,
		AboutOf: string(a.Subject.Kind), AboutID: a.Subject.ID, About: a.About, Project: a.Project,
		Value: a.Value, Limit: a.Limit, Worst: a.Worst, Detail: a.Detail,
		SinceMs: db.Millis(a.Since), RaisedMs: db.Millis(a.Raised), ClearedMs: db.Millis(a.Cleared), Why: a.Why, SeenBy: a.SeenName, Times: a.Times,
	})
	if err != nil { // it holds nothing but texts and numbers
		return "{}"
	}
	return string(text)
}
