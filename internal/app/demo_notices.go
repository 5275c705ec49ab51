package app

import (
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/notice"
	"linekeeper/internal/tenant"
)

// seedNotices has the demo's supervisor write two notices, of which an agent has read one already.
func seedNotices(tx *db.Tx, now time.Time) error {
	home, err := tenant.First(tx)
	if err != nil {
		return err
	}
	olga, err := access.UserByLogin(tx, home.ID, "olga")
	if err != nil {
		return err
	}
	by := audit.Author{Tenant: string(home.ID), User: string(olga.ID), Source: "demo"}
	read, err := notice.Create(tx, by, notice.Notice{Importance: notice.ToRead, Audience: notice.Audience{Everybody: true}, Until: now.AddDate(0, 0, 14), Texts: notice.Texts{
		tenant.English: {Title: "The lifts are serviced on Friday", Body: "From **14:00 to 16:00** please take the stairs. The canteen is open as always."},
		tenant.Russian: {Title: "В пятницу обслуживают лифты", Body: "С **14:00 до 16:00**, пожалуйста, идите по лестнице. Столовая открыта как обычно."},
		tenant.Thai:    {Title: "วันศุกร์ตรวจลิฟต์", Body: "ช่วง **14:00 ถึง 16:00** โปรดใช้บันได โรงอาหารเปิดตามปกติ"},
	}})
	if err != nil {
		return err
	}
	_, err = notice.Create(tx, by, notice.Notice{Importance: notice.ToConfirm, Audience: notice.Audience{Everybody: true}, Until: now.AddDate(0, 0, 30), Texts: notice.Texts{
		tenant.English: {Title: "New tariff from Monday", Body: "**Neon 500** replaces Neon 300.\n\n- Say the price with tax.\n- Contracts that run keep their price until they end.\n- When in doubt, ask Olga.\n\nPlease confirm that you have read it."},
		tenant.Russian: {Title: "С понедельника новый тариф", Body: "**Neon 500** вместо Neon 300.\n\n- Называйте цену с налогом.\n- Действующие договоры сохраняют цену до конца срока.\n- Сомневаетесь — спросите Ольгу.\n\nПодтвердите, пожалуйста, что прочитали."},
		tenant.Thai:    {Title: "อัตราค่าบริการใหม่ตั้งแต่วันจันทร์", Body: "**Neon 500** แทน Neon 300\n\n- บอกราคารวมภาษี\n- สัญญาที่ยังไม่สิ้นสุดใช้ราคาเดิม\n- สงสัยให้ถามโอลก้า\n\nโปรดยืนยันว่าอ่านแล้ว"},
	}})
	if err != nil {
		return err
	}
	vera, err := access.UserByLogin(tx, home.ID, "vera")
	if err != nil {
		return err
	}
	_, err = notice.Mark(tx, home.ID, vera.ID, read.ID, 1, false)
	return err
}
