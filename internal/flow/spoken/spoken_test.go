package spoken

import (
	"math"
	"testing"
	"time"
	"unicode/utf8"
)

func TestNumber(t *testing.T) {
	t.Parallel()
	tests := []struct {
		x        float64
		language string
		form     []string
		want     string
	}{
		{0, "en", nil, "zero"},
		{13, "en", nil, "thirteen"},
		{21, "en", nil, "twenty-one"},
		{40, "en-GB", nil, "forty"},
		{101, "en", nil, "one hundred one"},
		{1234567, "en", nil, "one million two hundred thirty-four thousand five hundred sixty-seven"},
		{-3.25, "en", nil, "minus three point two five"},
		{2e9, "en", nil, "two billion"},
		{0.1 + 0.2, "en", nil, "zero point three"},
		{-0.0001, "en", nil, "zero"},
		{7, "de", nil, "seven"},
		{0, "ru", nil, "ноль"},
		{0, "ru", []string{"genitive"}, "нуля"},
		{1, "ru", nil, "один"},
		{1, "ru", []string{"feminine"}, "одна"},
		{1, "ru", []string{"neuter"}, "одно"},
		{1, "ru", []string{"feminine", "accusative"}, "одну"},
		{2, "ru", []string{"feminine"}, "две"},
		{2, "ru", []string{"genitive"}, "двух"},
		{5, "ru", []string{"instrumental"}, "пятью"},
		{8, "ru", []string{"dative"}, "восьми"},
		{11, "ru", nil, "одиннадцать"},
		{15, "ru", []string{"genitive"}, "пятнадцати"},
		{20, "ru", []string{"prepositional"}, "двадцати"},
		{21, "ru", []string{"feminine"}, "двадцать одна"},
		{40, "ru", []string{"genitive"}, "сорока"},
		{99, "ru", nil, "девяносто девять"},
		{100, "ru", []string{"instrumental"}, "ста"},
		{342, "ru", []string{"feminine"}, "триста сорок две"},
		{555, "ru", []string{"instrumental"}, "пятьюстами пятьюдесятью пятью"},
		{999, "ru", []string{"genitive"}, "девятисот девяноста девяти"},
		{1000, "ru", nil, "одна тысяча"},
		{2000, "ru", nil, "две тысячи"},
		{5000, "ru", nil, "пять тысяч"},
		{11000, "ru", nil, "одиннадцать тысяч"},
		{21000, "ru", []string{"accusative"}, "двадцать одну тысячу"},
		{3000, "ru", []string{"instrumental"}, "тремя тысячами"},
		{1_002_001, "ru", []string{"feminine"}, "один миллион две тысячи одна"},
		{7_000_000_000, "ru", nil, "семь миллиардов"},
		{-4, "ru", nil, "минус четыре"},
		{3.5, "ru", nil, "три целых пять десятых"},
		{1.01, "ru", nil, "одна целая одна сотая"},
		{21.011, "ru", nil, "двадцать одна целая одиннадцать тысячных"},
		{0.25, "ru", nil, "ноль целых двадцать пять сотых"},
		{0, "th", nil, "ศูนย์"},
		{1, "th", nil, "หนึ่ง"},
		{10, "th", nil, "สิบ"},
		{11, "th", nil, "สิบเอ็ด"},
		{20, "th", nil, "ยี่สิบ"},
		{21, "th", nil, "ยี่สิบเอ็ด"},
		{55, "th", nil, "ห้าสิบห้า"},
		{101, "th", nil, "หนึ่งร้อยเอ็ด"},
		{2569, "th", nil, "สองพันห้าร้อยหกสิบเก้า"},
		{123456, "th", nil, "หนึ่งแสนสองหมื่นสามพันสี่ร้อยห้าสิบหก"},
		{1_000_001, "th", nil, "หนึ่งล้านเอ็ด"},
		{21_000_000, "th", nil, "ยี่สิบเอ็ดล้าน"},
		{-1.5, "th", nil, "ลบ หนึ่งจุดห้า"},
		{1e13, "en", nil, "one, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero, zero"},
	}
	for _, tt := range tests {
		form, err := ParseForm(tt.form...)
		if err != nil {
			t.Fatal(err)
		}
		if got := Number(tt.x, tt.language, form); got != tt.want {
			t.Errorf("%g in %s %v: got %q, want %q", tt.x, tt.language, tt.form, got, tt.want)
		}
	}
	if _, err := ParseForm("femenine"); err == nil {
		t.Error("femenine is no gender")
	}
}

func TestMoney(t *testing.T) {
	t.Parallel()
	tests := []struct {
		amount             float64
		currency, language string
		want, figures      string
	}{
		{1, "RUB", "ru", "один рубль", "1,00\u00a0₽"},
		{2, "RUB", "ru", "два рубля", "2,00\u00a0₽"},
		{5, "RUB", "ru", "пять рублей", "5,00\u00a0₽"},
		{11, "RUB", "ru", "одиннадцать рублей", "11,00\u00a0₽"},
		{21, "rub", "ru", "двадцать один рубль", "21,00\u00a0₽"},
		{1234.52, "RUB", "ru", "одна тысяча двести тридцать четыре рубля пятьдесят две копейки", "1\u00a0234,52\u00a0₽"},
		{0.01, "RUB", "ru", "одна копейка", "0,01\u00a0₽"},
		{0, "RUB", "ru", "ноль рублей", "0,00\u00a0₽"},
		{-100.5, "RUB", "ru", "минус сто рублей пятьдесят копеек", "-100,50\u00a0₽"},
		{3, "THB", "ru", "три бата", "3,00\u00a0฿"},
		{12, "USD", "ru", "двенадцать долларов", "12,00\u00a0$"},
		{2.22, "EUR", "ru", "два евро двадцать два цента", "2,22\u00a0€"},
		{1, "USD", "en", "one dollar", "$1.00"},
		{1234567.89, "USD", "en", "one million two hundred thirty-four thousand five hundred sixty-seven dollars and eighty-nine cents", "$1,234,567.89"},
		{0.5, "EUR", "en", "fifty cents", "€0.50"},
		{1.01, "RUB", "en", "one ruble and one kopeck", "₽1.01"},
		{500, "THB", "en", "five hundred baht", "฿500.00"},
		{-0.001, "USD", "en", "zero dollars", "$0.00"},
		{-7, "USD", "en", "minus seven dollars", "-$7.00"},
		{19.999, "USD", "en", "twenty dollars", "$20.00"},
		{121.25, "THB", "th", "หนึ่งร้อยยี่สิบเอ็ดบาท ยี่สิบห้าสตางค์", "฿121.25"},
		{1000, "THB", "th", "หนึ่งพันบาท", "฿1,000.00"},
		{0.75, "THB", "th", "เจ็ดสิบห้าสตางค์", "฿0.75"},
		{9, "EUR", "th", "เก้ายูโร", "€9.00"},
		{3, "RUB", "th", "สามรูเบิล", "₽3.00"},
	}
	for _, tt := range tests {
		got, err := Money(tt.amount, tt.currency, tt.language)
		if err != nil || got != tt.want {
			t.Errorf("%g %s in %s: got %q, %v; want %q", tt.amount, tt.currency, tt.language, got, err, tt.want)
		}
		got, err = MoneyFigures(tt.amount, tt.currency, tt.language)
		if err != nil || got != tt.figures {
			t.Errorf("%g %s in %s: got %q, %v; want %q", tt.amount, tt.currency, tt.language, got, err, tt.figures)
		}
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), 1e15} {
		if got, err := Money(bad, "USD", "en"); err == nil {
			t.Errorf("%g is %q", bad, got)
		}
	}
	if got, err := Money(1, "XXX", "en"); err == nil {
		t.Errorf("XXX is %q", got)
	}
}

func TestDayAndHour(t *testing.T) {
	t.Parallel()
	tests := []struct{ at, language, day, hour, dayFigures, hourFigures string }{
		{"2026-11-22 15:05", "en", "November twenty-second, twenty twenty-six", "three oh five p.m.", "November 22, 2026", "3:05 PM"},
		{"2005-01-03 00:00", "en", "January third, two thousand five", "midnight", "January 3, 2005", "12:00 AM"},
		{"1900-05-12 12:00", "en", "May twelfth, nineteen hundred", "noon", "May 12, 1900", "12:00 PM"},
		{"1908-08-30 12:30", "en", "August thirtieth, nineteen oh eight", "twelve thirty p.m.", "August 30, 1908", "12:30 PM"},
		{"2010-04-08 09:00", "en", "April eighth, twenty ten", "nine a.m.", "April 8, 2010", "9:00 AM"},
		{"2026-11-22 15:05", "ru", "двадцать второе ноября две тысячи двадцать шестого года", "пятнадцать часов пять минут", "22 ноября 2026 г.", "15:05"},
		{"2000-03-03 01:01", "ru", "третье марта двухтысячного года", "один час одна минута", "3 марта 2000 г.", "01:01"},
		{"1999-12-31 22:00", "ru", "тридцать первое декабря тысяча девятьсот девяносто девятого года", "двадцать два часа", "31 декабря 1999 г.", "22:00"},
		{"2010-06-20 00:42", "ru", "двадцатое июня две тысячи десятого года", "ноль часов сорок две минуты", "20 июня 2010 г.", "00:42"},
		{"1900-02-11 11:11", "ru", "одиннадцатое февраля тысяча девятисотого года", "одиннадцать часов одиннадцать минут", "11 февраля 1900 г.", "11:11"},
		{"2003-09-04 03:33", "ru", "четвёртое сентября две тысячи третьего года", "три часа тридцать три минуты", "4 сентября 2003 г.", "03:33"},
		{"2040-07-30 20:20", "ru", "тридцатое июля две тысячи сорокового года", "двадцать часов двадцать минут", "30 июля 2040 г.", "20:20"},
		{"2026-11-22 15:05", "th", "วันที่ยี่สิบสอง พฤศจิกายน สองพันห้าร้อยหกสิบเก้า", "สิบห้านาฬิกา ห้านาที", "22 พฤศจิกายน 2569", "15:05 น."},
		{"2024-01-01 09:00", "th", "วันที่หนึ่ง มกราคม สองพันห้าร้อยหกสิบเจ็ด", "เก้านาฬิกา", "1 มกราคม 2567", "09:00 น."},
	}
	for _, tt := range tests {
		at, err := time.Parse("2006-01-02 15:04", tt.at)
		if err != nil {
			t.Fatal(err)
		}
		for _, one := range [][2]string{
			{Day(at, tt.language), tt.day}, {Hour(at, tt.language), tt.hour},
			{DayFigures(at, tt.language), tt.dayFigures}, {HourFigures(at, tt.language), tt.hourFigures},
		} {
			if one[0] != one[1] {
				t.Errorf("%s in %s: got %q, want %q", tt.at, tt.language, one[0], one[1])
			}
		}
	}
}

func TestDigits(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, language, want, figures string }{
		{"4070", "en", "four, zero, seven, zero", "4070"},
		{"1*#", "en", "one, star, pound", "1*#"},
		{"AB-12", "en", "A, B, one, two", "AB-12"},
		{"0", "ru", "ноль", "0"},
		{"91", "ru", "девять, один", "91"},
		{"25", "th", "สอง, ห้า", "25"},
		{"", "en", "", ""},
		{"+74951234507", "ru", "плюс семь, четыреста девяносто пять, сто двадцать три, сорок пять, ноль семь", "+7 495 123 45 07"},
		{"+78005000000", "ru", "плюс семь, восемьсот, пятьсот, ноль ноль, ноль ноль", "+7 800 500 00 00"},
		{"+66812345678", "th", "บวก หก หก, แปด หนึ่ง, สอง สาม สี่, ห้า หก เจ็ด แปด", "+66 81 234 5678"},
		{"+6621234567", "en", "plus six six, two, one two three, four five six seven", "+66 2 123 4567"},
		{"+12125550100", "en", "plus one, two one two, five five five, zero one zero zero", "+1 212 555 0100"},
		{"+4930123456", "en", "plus four nine three, zero one two, three four five six", "+493 012 3456"},
	}
	for _, tt := range tests {
		if got := Digits(tt.text, tt.language); got != tt.want {
			t.Errorf("%s in %s: got %q, want %q", tt.text, tt.language, got, tt.want)
		}
		if got := DigitsFigures(tt.text); got != tt.figures {
			t.Errorf("%s: got %q, want %q", tt.text, got, tt.figures)
		}
	}
}

// FuzzWords: whatever is asked for, there is an answer that can be spoken.
func FuzzWords(f *testing.F) {
	f.Add(1234.5, int64(1_700_000_000), "+7495")
	f.Add(math.MaxFloat64, int64(-1<<40), "\xff٣")
	f.Add(999999999999.9999, int64(1<<40), "+")
	f.Fuzz(func(t *testing.T, x float64, seconds int64, text string) {
		at := time.Unix(seconds%(1<<40), 0).UTC()
		for _, language := range []string{"en", "ru", "th", ""} {
			all := []string{Number(x, language, Form{Gender: Feminine, Case: Dative}), NumberFigures(x, language), Day(at, language), Hour(at, language),
				DayFigures(at, language), HourFigures(at, language)}
			for _, c := range Currencies() {
				if said, err := Money(x, c, language); err == nil {
					all = append(all, said)
				}
			}
			for _, s := range all {
				if s == "" || !utf8.ValidString(s) {
					t.Errorf("%g, %s, in %q: %q", x, at, language, all)
				}
			}
			_ = Digits(text, language)
			_ = DigitsFigures(text)
		}
	})
}
