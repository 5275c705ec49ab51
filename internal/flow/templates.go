package flow

import (
	"embed"
	"encoding/json"
	"path"
	"slices"
	"strings"
)

//go:embed templates
var templateFiles embed.FS

// Template is a program to begin a flow from. It carries tests.
type Template struct {
	Key     string            `json:"key"`
	Name    map[string]string `json:"name"` // by language
	Program json.RawMessage   `json:"program"`
}

// templateNames are what people choose by.
var templateNames = map[string]map[string]string{
	"three-level-menu":     {"en": "Greeting and a menu of three levels", "ru": "Приветствие и меню в три уровня", "th": "คำทักทายและเมนูสามระดับ"},
	"language-choice":      {"en": "Choice of language", "ru": "Выбор языка", "th": "เลือกภาษา"},
	"closing":              {"en": "Closing time", "ru": "Закрытие очереди", "th": "ปิดทำการ"},
	"voicemail":            {"en": "Voice mail when it is closed", "ru": "Голосовая почта в нерабочее время", "th": "ฝากข้อความนอกเวลาทำการ"},
	"callback-offer":       {"en": "Callback offered in line (a waiting flow)", "ru": "Предложение перезвонить (сценарий ожидания)", "th": "เสนอโทรกลับระหว่างรอคิว"},
	"balance":              {"en": "Balance and due date after a PIN", "ru": "Баланс и срок оплаты после PIN-кода", "th": "ยอดและวันครบกำหนดหลังรหัสพิน"},
	"appointment-reminder": {"en": "Reminder of an appointment", "ru": "Напоминание о записи", "th": "แจ้งเตือนนัดหมาย"},
	"fax-on-demand":        {"en": "Documents by fax, through a service of yours", "ru": "Документы по факсу через ваш сервис", "th": "เอกสารทางแฟกซ์ผ่านบริการของท่าน"},
	"survey":               {"en": "Survey after the call", "ru": "Опрос после звонка", "th": "แบบสำรวจหลังการสนทนา"},
	"bad-score":            {"en": "Bad score: have the customer called (for a trigger)", "ru": "Плохая оценка: перезвонить клиенту (для триггера)", "th": "คะแนนต่ำ: ให้โทรกลับลูกค้า (สำหรับทริกเกอร์)"},
	"nightly":              {"en": "A web hook at night (for a trigger)", "ru": "Веб-хук по ночам (для триггера)", "th": "เว็บฮุคตอนกลางคืน (สำหรับทริกเกอร์)"},
	"identity-by-code":     {"en": "Identity by a code sent as a text", "ru": "Подтверждение личности кодом из SMS", "th": "ยืนยันตัวตนด้วยรหัสทาง SMS"},
	"opening-hours":        {"en": "Opening hours", "ru": "Часы работы", "th": "เวลาทำการ"},
}

// Templates are the programs that come along, by key.
func Templates() []Template {
	files, err := templateFiles.ReadDir("templates")
	if err != nil {
		panic(err) // embedded
	}
	var all []Template
	for _, f := range files {
		program, err := templateFiles.ReadFile(path.Join("templates", f.Name()))
		if err != nil {
			panic(err) // embedded
		}
		key := strings.TrimSuffix(f.Name(), ".json")
		all = append(all, Template{Key: key, Name: templateNames[key], Program: program})
	}
	slices.SortFunc(all, func(a, b Template) int { return strings.Compare(a.Key, b.Key) })
	return all
}
