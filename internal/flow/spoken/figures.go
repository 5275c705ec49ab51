package spoken

import (
	"math"
	"strconv"
	"strings"
	"time"
)

var coins = map[string]coin{
	"RUB": {
		code: "RUB", sign: "₽",
		name: map[string][2]string{"en": {"ruble", "rubles"}, "th": {"รูเบิล"}}, part: map[string][2]string{"en": {"kopeck", "kopecks"}, "th": {"โคเปก"}},
		ru:     noun{Masculine, forms("рубль рубля рублю рубль рублём рубле"), forms("рубли рублей рублям рубли рублями рублях")},
		ruPart: noun{Feminine, forms("копейка копейки копейке копейку копейкой копейке"), forms("копейки копеек копейкам копейки копейками копейках")},
	},
	"THB": {
		code: "THB", sign: "฿",
		name: map[string][2]string{"en": {"baht", "baht"}, "th": {"บาท"}}, part: map[string][2]string{"en": {"satang", "satang"}, "th": {"สตางค์"}},
		ru:     noun{Masculine, forms("бат бата бату бат батом бате"), forms("баты батов батам баты батами батах")},
		ruPart: noun{Masculine, forms("сатанг сатанга сатангу сатанг сатангом сатанге"), forms("сатанги сатангов сатангам сатанги сатангами сатангах")},
	},
	"USD": {
		code: "USD", sign: "$",
		name: map[string][2]string{"en": {"dollar", "dollars"}, "th": {"ดอลลาร์"}}, part: map[string][2]string{"en": {"cent", "cents"}, "th": {"เซนต์"}},
		ru:     noun{Masculine, forms("доллар доллара доллару доллар долларом долларе"), forms("доллары долларов долларам доллары долларами долларах")},
		ruPart: ruCent,
	},
	"EUR": {
		code: "EUR", sign: "€",
		name: map[string][2]string{"en": {"euro", "euros"}, "th": {"ยูโร"}}, part: map[string][2]string{"en": {"cent", "cents"}, "th": {"เซนต์"}},
		ru:     noun{Masculine, forms("евро евро евро евро евро евро"), forms("евро евро евро евро евро евро")},
		ruPart: ruCent,
	},
}

var ruCent = noun{Masculine, forms("цент цента центу цент центом центе"), forms("центы центов центам центы центами центах")}

// Blanks that do not break a line.
const blank = "\u00a0"

// marks are the signs that group thousands and begin fractions.
func marks(language string) (thousands, fraction string) {
	if base, _, _ := strings.Cut(language, "-"); base == "ru" {
		return blank, ","
	}
	return ",", "."
}

// grouped writes plain figures with the signs of a language.
func grouped(figures, language string) string {
	thousands, mark := marks(language)
	sign := ""
	if rest, ok := strings.CutPrefix(figures, "-"); ok {
		sign, figures = "-", rest
	}
	whole, fraction, ok := strings.Cut(figures, ".")
	var b strings.Builder
	for i, r := range whole {
		if left := len(whole) - i; i > 0 && left%3 == 0 {
			b.WriteString(thousands)
		}
		b.WriteRune(r)
	}
	if ok {
		b.WriteString(mark + fraction)
	}
	return sign + b.String()
}

// NumberFigures is a number for reading, rounded to three places.
func NumberFigures(x float64, language string) string {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return strconv.FormatFloat(x, 'f', -1, 64)
	}
	s := figure(x, -1)
	if s == "-0" {
		s = "0"
	}
	return grouped(s, language)
}

// MoneyFigures is an amount for reading, always with hundredths. The error is Money's.
func MoneyFigures(amount float64, currency, language string) (string, error) {
	c, minus, major, minor, err := split(amount, currency)
	if err != nil {
		return "", err
	}
	s := strconv.FormatInt(major, 10) + "." + strconv.FormatInt(100+minor, 10)[1:]
	if minus {
		s = "-" + s
	}
	s = grouped(s, language)
	if base, _, _ := strings.Cut(language, "-"); base == "ru" {
		return s + blank + c.sign, nil
	}
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		return "-" + c.sign + rest, nil
	}
	return c.sign + s, nil
}

// DayFigures is a date for reading.
func DayFigures(t time.Time, language string) string {
	day := strconv.Itoa(t.Day())
	switch base, _, _ := strings.Cut(language, "-"); base {
	case "ru":
		return day + " " + ruMonths[t.Month()-1] + " " + strconv.Itoa(t.Year()) + " г."
	case "th":
		return day + " " + thMonths[t.Month()-1] + " " + strconv.Itoa(t.Year()+buddhist)
	}
	return t.Month().String() + " " + day + ", " + strconv.Itoa(t.Year())
}

// HourFigures is a time of day for reading.
func HourFigures(t time.Time, language string) string {
	switch base, _, _ := strings.Cut(language, "-"); base {
	case "ru":
		return t.Format("15:04")
	case "th":
		return t.Format("15:04") + " น."
	}
	return t.Format("3:04 PM")
}

// DigitsFigures is a text of digits for reading: a telephone number in groups, all else as it is.
func DigitsFigures(text string) string {
	if strings.HasPrefix(text, "+") {
		return "+" + strings.Join(groups(text), " ")
	}
	return text
}
