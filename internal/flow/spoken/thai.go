package spoken

import "time"

// thai speaks Thai.
type thai struct{}

var (
	thOnes   = []string{"ศูนย์", "หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า"}
	thPowers = []struct {
		of   int64
		name string
	}{{100_000, "แสน"}, {10_000, "หมื่น"}, {1000, "พัน"}, {100, "ร้อย"}}
	thMonths = []string{
		"มกราคม", "กุมภาพันธ์", "มีนาคม", "เมษายน", "พฤษภาคม", "มิถุนายน",
		"กรกฎาคม", "สิงหาคม", "กันยายน", "ตุลาคม", "พฤศจิกายน", "ธันวาคม",
	}
	thDigits = map[rune]string{
		'0': "ศูนย์", '1': "หนึ่ง", '2': "สอง", '3': "สาม", '4': "สี่", '5': "ห้า", '6': "หก", '7': "เจ็ด",
		'8': "แปด", '9': "เก้า", '+': "บวก", '*': "ดอกจัน", '#': "สี่เหลี่ยม",
	}
)

// buddhist is what Thai years are ahead by.
const buddhist = 543

func (thai) minus() string           { return "ลบ" }
func (thai) digit(r rune) string     { return letters(thDigits, r) }
func (t thai) group(s string) string { return each(t, s) }

func (t thai) money(c coin, major, minor int64) string {
	return both(major, minor, " ",
		func(n int64) string { return t.integer(n, Form{}) + c.name["th"][0] },
		func(n int64) string { return t.integer(n, Form{}) + c.part["th"][0] })
}

func (t thai) integer(n int64, _ Form) string {
	if n == 0 {
		return thOnes[0]
	}
	return t.count(n, false)
}

// count reads n, behind something greater or not: a one at the end is then another word.
func (t thai) count(n int64, behind bool) string {
	text := ""
	if n >= 1_000_000 {
		text, behind = t.count(n/1_000_000, false)+"ล้าน", true
		n %= 1_000_000
	}
	for _, p := range thPowers {
		if n >= p.of {
			text += thOnes[n/p.of] + p.name
			n, behind = n%p.of, true
		}
	}
	switch tens := n / 10; {
	case tens == 1:
		text, behind = text+"สิบ", true
	case tens == 2:
		text, behind = text+"ยี่สิบ", true
	case tens > 2:
		text, behind = text+thOnes[tens]+"สิบ", true
	}
	switch one := n % 10; {
	case one == 1 && behind:
		text += "เอ็ด"
	case one > 0:
		text += thOnes[one]
	}
	return text
}

func (t thai) decimal(whole int64, fraction string, f Form) string {
	text := t.integer(whole, f) + "จุด"
	for _, r := range fraction {
		text += t.digit(r)
	}
	return text
}

func (t thai) day(at time.Time) string {
	return "วันที่" + t.integer(int64(at.Day()), Form{}) + " " + thMonths[at.Month()-1] + " " + t.integer(int64(max(0, at.Year()+buddhist)), Form{})
}

func (t thai) hour(at time.Time) string {
	text := t.integer(int64(at.Hour()), Form{}) + "นาฬิกา"
	if m := at.Minute(); m > 0 {
		text += " " + t.integer(int64(m), Form{}) + "นาที"
	}
	return text
}
