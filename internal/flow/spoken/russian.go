package spoken

import (
	"strconv"
	"strings"
	"time"
)

// russian speaks Russian.
type russian struct{}

// noun is a counted word: singular and plural in the six cases.
type noun struct {
	gender    Gender
	one, many [6]string
}

// of is the noun behind a number in a case.
func (w noun) of(n int64, c Case) string {
	last, teen := n%10, n%100/10 == 1
	plain := c == Nominative || c == Accusative
	switch {
	case last == 1 && !teen:
		return w.one[c]
	case last >= 2 && last <= 4 && !teen && plain:
		return w.one[Genitive]
	case plain:
		return w.many[Genitive]
	}
	return w.many[c]
}

// forms spreads six words over the cases.
func forms(text string) (all [6]string) {
	copy(all[:], strings.Fields(text))
	return all
}

var (
	ruZero  = forms("ноль нуля нулю ноль нулём нуле")
	ruSmall = map[int64]map[Gender][6]string{
		1: {
			Masculine: forms("один одного одному один одним одном"), Feminine: forms("одна одной одной одну одной одной"),
			Neuter: forms("одно одного одному одно одним одном"),
		},
		2: {
			Masculine: forms("два двух двум два двумя двух"), Feminine: forms("две двух двум две двумя двух"),
			Neuter: forms("два двух двум два двумя двух"),
		},
	}
	ruForms = map[int64][6]string{
		3: forms("три трёх трём три тремя трёх"), 4: forms("четыре четырёх четырём четыре четырьмя четырёх"),
		8:  forms("восемь восьми восьми восемь восемью восьми"),
		40: forms("сорок сорока сорока сорок сорока сорока"), 90: forms("девяносто девяноста девяноста девяносто девяноста девяноста"),
		50:  forms("пятьдесят пятидесяти пятидесяти пятьдесят пятьюдесятью пятидесяти"),
		60:  forms("шестьдесят шестидесяти шестидесяти шестьдесят шестьюдесятью шестидесяти"),
		70:  forms("семьдесят семидесяти семидесяти семьдесят семьюдесятью семидесяти"),
		80:  forms("восемьдесят восьмидесяти восьмидесяти восемьдесят восемьюдесятью восьмидесяти"),
		100: forms("сто ста ста сто ста ста"), 200: forms("двести двухсот двумстам двести двумястами двухстах"),
		300: forms("триста трёхсот трёмстам триста тремястами трёхстах"),
		400: forms("четыреста четырёхсот четырёмстам четыреста четырьмястами четырёхстах"),
		500: forms("пятьсот пятисот пятистам пятьсот пятьюстами пятистах"),
		600: forms("шестьсот шестисот шестистам шестьсот шестьюстами шестистах"),
		700: forms("семьсот семисот семистам семьсот семьюстами семистах"),
		800: forms("восемьсот восьмисот восьмистам восемьсот восемьюстами восьмистах"),
		900: forms("девятьсот девятисот девятистам девятьсот девятьюстами девятистах"),
	}
	// ruSoft end in a soft sign and are inflected alike.
	ruSoft = map[int64]string{
		5: "пять", 6: "шесть", 7: "семь", 9: "девять", 10: "десять", 11: "одиннадцать", 12: "двенадцать", 13: "тринадцать",
		14: "четырнадцать", 15: "пятнадцать", 16: "шестнадцать", 17: "семнадцать", 18: "восемнадцать", 19: "девятнадцать",
		20: "двадцать", 30: "тридцать",
	}
	ruPowers = []struct {
		of   int64
		name noun
	}{
		{1e9, noun{Masculine, forms("миллиард миллиарда миллиарду миллиард миллиардом миллиарде"),
			forms("миллиарды миллиардов миллиардам миллиарды миллиардами миллиардах")}},
		{1e6, noun{Masculine, forms("миллион миллиона миллиону миллион миллионом миллионе"),
			forms("миллионы миллионов миллионам миллионы миллионами миллионах")}},
		{1000, noun{Feminine, forms("тысяча тысячи тысяче тысячу тысячей тысяче"), forms("тысячи тысяч тысячам тысячи тысячами тысячах")}},
	}
	ruParts = map[int]noun{ // of a whole
		0: {Feminine, forms("целая целой целой целую целой целой"), forms("целые целых целым целые целыми целых")},
		1: {Feminine, forms("десятая десятой десятой десятую десятой десятой"), forms("десятые десятых десятым десятые десятыми десятых")},
		2: {Feminine, forms("сотая сотой сотой сотую сотой сотой"), forms("сотые сотых сотым сотые сотыми сотых")},
		3: {Feminine, forms("тысячная тысячной тысячной тысячную тысячной тысячной"), forms("тысячные тысячных тысячным тысячные тысячными тысячных")},
	}
	ruHour   = noun{Masculine, forms("час часа часу час часом часе"), forms("часы часов часам часы часами часах")}
	ruMinute = noun{Feminine, forms("минута минуты минуте минуту минутой минуте"), forms("минуты минут минутам минуты минутами минутах")}
	ruMonths = []string{
		"января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря",
	}
	// ruOrdinal are the stems of ordinal numbers; the ending follows the gender and case.
	ruOrdinal = map[int]string{
		1: "перв", 2: "втор", 4: "четвёрт", 5: "пят", 6: "шест", 7: "седьм", 8: "восьм", 9: "девят", 10: "десят",
		11: "одиннадцат", 12: "двенадцат", 13: "тринадцат", 14: "четырнадцат", 15: "пятнадцат", 16: "шестнадцат",
		17: "семнадцат", 18: "восемнадцат", 19: "девятнадцат", 20: "двадцат", 30: "тридцат", 40: "сороков", 50: "пятидесят",
		60: "шестидесят", 70: "семидесят", 80: "восьмидесят", 90: "девяност", 100: "сот", 200: "двухсот", 300: "трёхсот",
		400: "четырёхсот", 500: "пятисот", 600: "шестисот", 700: "семисот", 800: "восьмисот", 900: "девятисот",
		1000: "тысячн", 2000: "двухтысячн",
	}
	ruDigits = map[rune]string{
		'0': "ноль", '1': "один", '2': "два", '3': "три", '4': "четыре", '5': "пять", '6': "шесть", '7': "семь",
		'8': "восемь", '9': "девять", '+': "плюс", '*': "звёздочка", '#': "решётка",
	}
)

func (russian) minus() string       { return "минус" }
func (russian) digit(r rune) string { return letters(ruDigits, r) }

// group reads a part of a telephone number as a number, as Russians do, its leading noughts first.
func (r russian) group(s string) string {
	rest := strings.TrimLeft(s, "0")
	said := []string{}
	for range len(s) - len(rest) {
		said = append(said, ruZero[Nominative])
	}
	if n, err := strconv.ParseInt(rest, 10, 64); err == nil {
		said = append(said, r.integer(n, Form{}))
	}
	return strings.Join(said, " ")
}

func (r russian) counted(n int64, w noun, c Case) string {
	return r.integer(n, Form{w.gender, c}) + " " + w.of(n, c)
}

func (r russian) money(c coin, major, minor int64) string {
	return both(major, minor, " ",
		func(n int64) string { return r.counted(n, c.ru, Nominative) },
		func(n int64) string { return r.counted(n, c.ruPart, Nominative) })
}

func (r russian) integer(n int64, f Form) string {
	if n == 0 {
		return ruZero[f.Case]
	}
	var said []string
	for _, p := range ruPowers {
		if n >= p.of {
			said = append(said, r.counted(n/p.of, p.name, f.Case))
			n %= p.of
		}
	}
	if n >= 100 {
		said = append(said, ruForms[n/100*100][f.Case])
		n %= 100
	}
	if n > 20 {
		said = append(said, ruWord(n/10*10, f))
		n %= 10
	}
	if n > 0 {
		said = append(said, ruWord(n, f))
	}
	return strings.Join(said, " ")
}

// ruWord is a number that is one word.
func ruWord(n int64, f Form) string {
	if by, ok := ruSmall[n]; ok {
		return by[f.Gender][f.Case]
	}
	if all, ok := ruForms[n]; ok {
		return all[f.Case]
	}
	word := ruSoft[n]
	stem := strings.TrimSuffix(word, "ь")
	switch f.Case {
	case Nominative, Accusative:
		return word
	case Instrumental:
		return stem + "ью"
	}
	return stem + "и"
}

func (r russian) decimal(whole int64, fraction string, _ Form) string {
	n, err := strconv.ParseInt(fraction, 10, 64)
	if err != nil {
		return r.integer(whole, Form{})
	}
	part := ruParts[len(fraction)]
	say := func(n int64, w noun) string {
		text := r.integer(n, Form{Gender: Feminine})
		if n%10 == 1 && n%100 != 11 {
			return text + " " + w.one[Nominative]
		}
		return text + " " + w.many[Genitive]
	}
	return say(whole, ruParts[0]) + " " + say(n, part)
}

// ordinal is the last word of an ordinal number: that of a day (neuter, nominative) or of a year
// (masculine, genitive).
func ordinal(n int, year bool) string {
	if n == 3 {
		if year {
			return "третьего"
		}
		return "третье"
	}
	if year {
		return ruOrdinal[n] + "ого"
	}
	return ruOrdinal[n] + "ое"
}

// last splits off what becomes ordinal: the last word of the number.
func last(n int) (before, end int) {
	for _, unit := range []int{100, 10, 1} {
		switch {
		case unit == 100 && n%1000 != 0 && n%100 == 0:
			return n - n%1000, n % 1000
		case unit == 10 && n%100 != 0 && (n%10 == 0 || n%100 < 20):
			return n - n%100, n % 100
		}
	}
	if n%1000 == 0 {
		return 0, n
	}
	return n - n%10, n % 10
}

func (r russian) year(y int) string {
	if y < 1000 || y >= 3000 {
		return r.integer(int64(max(0, y)), Form{Case: Genitive})
	}
	before, end := last(y)
	text := ordinal(end, true)
	if before == 0 {
		return text
	}
	said := strings.TrimPrefix(r.integer(int64(before), Form{}), "одна ") // a year is тысяча девятьсот...
	return said + " " + text
}

func (r russian) day(t time.Time) string {
	before, end := last(t.Day())
	text := ordinal(end, false)
	if before > 0 {
		text = r.integer(int64(before), Form{}) + " " + text
	}
	return text + " " + ruMonths[t.Month()-1] + " " + r.year(t.Year()) + " года"
}

func (r russian) hour(t time.Time) string {
	text := r.counted(int64(t.Hour()), ruHour, Nominative)
	if m := int64(t.Minute()); m > 0 {
		text += " " + r.counted(m, ruMinute, Nominative)
	}
	return text
}
