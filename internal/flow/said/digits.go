package said

import (
	"strconv"
	"strings"
)

// number is what a word adds: units, teens, tens and hundreds join into one number when each is smaller than the
// room the one before has left.
type number struct {
	value int
	size  int // 1 units, 2 teens (they take the units' place), 10 tens, 100 hundreds
}

// numberWords are words for numbers. What stands apart is put one behind the other: "twenty three four" is 234.
var numberWords = map[string]map[string]number{
	"en": spread(map[int]string{
		0: "zero oh o nought null", 1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six", 7: "seven", 8: "eight", 9: "nine",
		10: "ten", 11: "eleven", 12: "twelve", 13: "thirteen", 14: "fourteen", 15: "fifteen", 16: "sixteen", 17: "seventeen", 18: "eighteen", 19: "nineteen",
		20: "twenty", 30: "thirty", 40: "forty fourty", 50: "fifty", 60: "sixty", 70: "seventy", 80: "eighty", 90: "ninety",
	}),
	"ru": spread(map[int]string{
		0: "ноль нуль ноля", 1: "один одна одно раз единица", 2: "два две двойка", 3: "три тройка", 4: "четыре", 5: "пять", 6: "шесть", 7: "семь", 8: "восемь", 9: "девять",
		10: "десять", 11: "одиннадцать", 12: "двенадцать", 13: "тринадцать", 14: "четырнадцать", 15: "пятнадцать", 16: "шестнадцать", 17: "семнадцать", 18: "восемнадцать", 19: "девятнадцать",
		20: "двадцать", 30: "тридцать", 40: "сорок", 50: "пятьдесят", 60: "шестьдесят", 70: "семьдесят", 80: "восемьдесят", 90: "девяносто",
		100: "сто", 200: "двести", 300: "триста", 400: "четыреста", 500: "пятьсот", 600: "шестьсот", 700: "семьсот", 800: "восемьсот", 900: "девятьсот",
	}),
	"th": spread(map[int]string{
		0: "ศูนย์", 1: "หนึ่ง", 2: "สอง โท", 3: "สาม", 4: "สี่", 5: "ห้า", 6: "หก", 7: "เจ็ด", 8: "แปด", 9: "เก้า",
	}),
}

// ignored are words beside the digits that say nothing.
var ignored = map[string]string{
	"en": "um uh er ah the number is it its digit digits and please press my",
	"th": "ครับ ค่ะ คะ",
	"ru": "э эм ну номер цифра цифры это мой моя и пожалуйста",
}

// repeated are words that say the next digit so often.
var repeated = map[string]map[string]int{"en": {"double": 2, "triple": 3}, "ru": {"дважды": 2, "трижды": 3}}

func spread(words map[int]string) map[string]number {
	all := map[string]number{}
	for value, list := range words {
		n := number{value, 1}
		switch {
		case value >= 100:
			n.size = 100
		case value >= 20:
			n.size = 10
		case value >= 10:
			n.size = 2
		}
		for word := range strings.FieldsSeq(list) {
			all[plain(word)] = n
		}
	}
	return all
}

// numerals are the words for each digit.
func numerals(language string) map[string][]string {
	all := map[string][]string{}
	for word, n := range numberWords[base(language)] {
		if n.value < 10 {
			d := strconv.Itoa(n.value)
			all[d] = append(all[d], word)
		}
	}
	return all
}

// NumberWords are all words for digits of a language, for a recognizer to expect.
func NumberWords(language string) (all []string) {
	for word := range numberWords[base(language)] {
		all = append(all, word)
	}
	for word := range repeated[base(language)] {
		all = append(all, word)
	}
	if base(language) == "en" {
		all = append(all, "hundred")
	}
	return all
}

// Digits are the digits that were said, as numerals or in words. False: something else was said too, or nothing.
func Digits(text, language string) (digits string, ok bool) {
	language = base(language)
	d := digitTaker{times: 1}
	for _, word := range cut(text, language) {
		switch n, known := numberWords[language][word]; {
		case known:
			d.number(n)
		case strings.Trim(word, "0123456789") == "":
			d.flush()
			d.said += strings.Repeat(word, d.times)
			d.times = 1
		case language == "en" && word == "hundred" && d.open && d.size == 1 && d.value > 0:
			d.value, d.size = d.value*100, 100
		case repeated[language][word] > 0:
			d.flush()
			d.times = repeated[language][word]
		case strings.Contains(" "+ignored[language]+" ", " "+word+" "):
		default:
			return "", false
		}
	}
	d.flush()
	return d.said, d.said != ""
}

// cut makes words of a text: of Thai, by the words for digits, and Thai numerals as others.
func cut(text, language string) []string {
	text = strings.Map(func(r rune) rune {
		if r >= '๐' && r <= '๙' {
			return r - '๐' + '0'
		}
		return r
	}, plain(text))
	words := strings.Fields(text)
	if language != "th" {
		return words
	}
	var all []string
	rest := strings.Join(words, "")
	for rest != "" {
		length := 0
		for word := range numberWords[language] {
			if strings.HasPrefix(rest, word) {
				length = max(length, len(word))
			}
		}
		if length == 0 {
			for length < len(rest) && rest[length] >= '0' && rest[length] <= '9' {
				length++
			}
		}
		if length == 0 {
			return append(all, rest)
		}
		all = append(all, rest[:length])
		rest = rest[length:]
	}
	return all
}

// digitTaker puts numbers one behind the other.
type digitTaker struct {
	said  string
	open  bool // a number is begun
	value int
	size  int // of its latest part
	times int // the next digit is said so often
}

func (d *digitTaker) number(n number) {
	fits := d.open && d.size > 2 && n.size < d.size && n.value > 0
	if !fits {
		d.flush()
		d.open, d.value = true, 0
	}
	d.value, d.size = d.value+n.value, n.size
	if n.size == 2 {
		d.size = 1
	}
	if d.times > 1 {
		d.flush()
	}
}

func (d *digitTaker) flush() {
	if d.open {
		d.said += strings.Repeat(strconv.Itoa(d.value), d.times)
		d.times = 1
	}
	d.open, d.value, d.size = false, 0, 0
}
