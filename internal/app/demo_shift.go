package app

import (
	"context"
	"log/slog"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/shift"
	"linekeeper/internal/tenant"
)

// demoChecklist is what the demo's agents look after.
func demoChecklist() []shift.Item {
	return []shift.Item{
		{Key: "desk", Part: shift.AtStart, Texts: tenant.Names{"en": "The desk is clean: no paper, no private phone", "ru": "Стол чист: ни бумаг, ни личного телефона", "th": "โต๊ะสะอาด ไม่มีกระดาษหรือโทรศัพท์ส่วนตัว"}},
		{Key: "water", Part: shift.AtStart, Texts: tenant.Names{"en": "Only water on the desk", "ru": "На столе только вода", "th": "บนโต๊ะมีเพียงน้ำเปล่า"}},
		{Key: "quiet", Part: shift.AtStart, Texts: tenant.Names{"en": "It is quiet around me", "ru": "Вокруг тихо", "th": "รอบตัวเงียบ"}},
		{Key: "equipment", Part: shift.AtStart, Texts: tenant.Names{"en": "Headset and keyboard are whole", "ru": "Гарнитура и клавиатура исправны", "th": "หูฟังและแป้นพิมพ์ใช้งานได้ดี"}},
		{Key: "cleared", Part: shift.AtEnd, Texts: tenant.Names{"en": "The desk is cleared for the next one", "ru": "Стол освобождён для следующего", "th": "เก็บโต๊ะให้คนถัดไปแล้ว"}},
		{Key: "headset", Part: shift.AtEnd, Texts: tenant.Names{"en": "The headset hangs in its place", "ru": "Гарнитура висит на месте", "th": "แขวนหูฟังไว้ที่เดิม"}},
	}
}

// morning makes the demo's present a morning, unless it has one: somebody is expected, somebody is late, somebody absent.
func (a *App) morning(ctx context.Context, log *slog.Logger) {
	port := shiftPort{a}
	if len(port.Items()) > 0 {
		return
	}
	by := a.duty.system()
	by.User = string(a.userOf("olga"))
	p := a.dir.page()
	do := func(err error) {
		if err != nil && ctx.Err() == nil {
			log.Warn("demo: the morning is not whole", "error", err)
		}
	}
	do(port.SetItems(ctx, by, demoChecklist()))
	now := time.Now().In(p.zone)
	for login, ahead := range map[string]time.Duration{
		"anna": 20 * time.Minute, "somchai": -10 * time.Minute, "vera": -50 * time.Minute, "boris": time.Hour, "nina": 5 * time.Minute, "arthit": -7 * time.Minute,
	} {
		at := now.Add(ahead)
		do(port.SetStarts(ctx, by, a.userOf(login), []shift.Start{{On: at.Format("2006-01-02"), Minute: int64(at.Hour()*60 + at.Minute())}}))
	}
	ticks := map[access.UserID][]string{a.userOf("nina"): {"desk", "water", "quiet", "equipment"}, a.userOf("arthit"): {"desk", "equipment"}}
	for user, items := range ticks {
		for _, item := range items {
			do(port.Tick(ctx, user, item, true))
		}
	}
	do(port.Spot(ctx, by, a.userOf("arthit"), false, "a cup of tea beside the keyboard"))
}
