package main

import (
	"fmt"
	"strings"

	"linekeeper/internal/flow"
	"linekeeper/internal/wait"
)

// promptVoices speak for the center: one voice a language.
var promptVoices = map[string]string{"en": "en-us+f2", "ru": "ru+f2", "th": "th+f2"}

// customerVoices change from sentence to sentence.
func customerVoices(i int) map[string]string {
	variant := []string{"+m1", "+f1", "+m3", "+f3", "+m7", "+f4"}[i%6]
	return map[string]string{"en": []string{"en-us", "en-gb"}[i%2] + variant, "ru": "ru" + variant, "th": "th" + variant}
}

// prompts are the shipped prompts. Thai is written in sounds, see thai.go; README.md has it in script.
func prompts() []sentence {
	texts := []struct{ name, th string }{
		{"greeting", "sa-L wat-L di:-M kha-F , khO:p-L khun-M thi:-F tho:-M ha:-R raw-M"},
		{"menu", "fa:j-L kha:j-R , kot-L nWN-L , fa:j-L bO:-M ri-H ka:n-M lu:k-F kha:-H , kot-L sO:N-R"},
		{"invalid_choice", "khO:-R ?a-L phaj-M kha-F , maj-F mi:-M tua-M lWak-F ni:-H"},
		{"no_input", "khO:-R ?a-L phaj-M kha-F , maj-F daj-F rap-H ka:n-M lWak-F khO:N-R khun-M"},
		{"please_hold", "ka-L ru-H na:-M thW:-R sa:j-R rO:-M sak-L khru:-F kha-F"},
		{"closed", "kha-L na-L ni:-H ju:-L nO:k-F we:-M la:-M tham-M ka:n-M , ka-L ru-H na:-M tho:-M ma:-M maj-L kha-F"},
		{"sorry", "khO:-R ?a-L phaj-M kha-F , kha-L na-L ni:-H raw-M rap-H sa:j-R maj-F daj-F"},
		{"boundary", "raw-M jin-M di:-M tShuaj-F lWa-R khun-M , ka-L ru-H na:-M tShaj-H thO:j-F kham-M su-L pha:p-F kha-F"},
		{"farewell", "khO:-R tSop-L ka:n-M son-R tha-H na:-M phiaN-M thaw-F ni:-H , sa-L wat-L di:-M kha-F"},
		{"goodbye", "khO:p-L khun-M kha-F , sa-L wat-L di:-M kha-F"},
		{"agent_call", "mi:-M sa:j-R khaw-F"},
		{"agent_accept", "kot-L nWN-L phWa-F rap-H sa:j-R"},
		{"position_many", "mi:-M phu:-F rO:-M sa:j-R kO:n-L khun-M , ma:k-F kwa:-L ji:-F sip-L khon-M"},
	}
	var all []sentence
	for _, t := range texts {
		all = append(all, sentence{t.name, "en", flow.ShippedText(t.name, "en")}, sentence{t.name, "ru", flow.ShippedText(t.name, "ru")}, sentence{t.name, "th", t.th})
	}
	for n := 1; n <= 20; n++ {
		name := fmt.Sprintf("position_%d", n)
		all = append(all,
			sentence{name, "en", flow.PlaceText(n, "en")},
			sentence{name, "ru", flow.PlaceText(n, "ru")},
			sentence{name, "th", "khun-M ju:-L naj-M khiw-M , lam-M dap-L thi:-F " + thaiNumber(n)})
	}
	for _, r := range wait.Ranges() {
		name := flow.WaitPrompt(r)
		thai := "we:-M la:-M rO:-M pra-L ma:n-M , " + thaiNumber(max(r.Low, 1)) + " thWN-R " + thaiNumber(max(r.High, 1))
		switch {
		case r.High == 0:
			thai = "we:-M la:-M rO:-M ma:k-F kwa:-L " + thaiNumber(r.Low)
		case r.Low == 0:
			thai = "we:-M la:-M rO:-M maj-F thWN-R " + thaiNumber(r.High)
		}
		all = append(all,
			sentence{name, "en", flow.SpokenWait(r, "en")},
			sentence{name, "ru", flow.SpokenWait(r, "ru")},
			sentence{name, "th", thai + " na:-M thi:-M"})
	}
	return all
}

// thaiNumber is 1 to 99. A one behind tens is et, twenty is ji: sip.
func thaiNumber(n int) string {
	ones := []string{"", "nWN-L", "sO:N-R", "sa:m-R", "si:-L", "ha:-F", "hok-L", "tSet-L", "pE:t-L", "ka:w-F"}
	if n < 10 {
		return ones[n]
	}
	var words []string
	switch tens := n / 10; tens {
	case 1:
	case 2:
		words = append(words, "ji:-F")
	default:
		words = append(words, ones[tens])
	}
	words = append(words, "sip-L")
	switch one := n % 10; one {
	case 0:
	case 1:
		words = append(words, "?et-L")
	default:
		words = append(words, ones[one])
	}
	return strings.Join(words, " ")
}

// customers are what the demo's callers say.
func customers() []sentence {
	texts := map[string][]string{
		"en": {
			"Hello. My internet has been down since this morning. Can you help me, please?",
			"Hi. I would like to know how much I have to pay this month.",
			"Good afternoon. I ordered a phone last week and it has not arrived yet.",
			"Can I move to the bigger plan, starting next month?",
			"The technician was here yesterday, but the television still does not work.",
			"That is all I wanted to know. Thank you very much, goodbye.",
		},
		"ru": {
			"Здравствуйте. У меня с утра не работает интернет. Помогите, пожалуйста.",
			"Добрый день. Подскажите, сколько мне нужно заплатить в этом месяце?",
			"Я заказал телефон на прошлой неделе, а его до сих пор не привезли.",
			"Хочу перейти на другой тариф со следующего месяца. Это возможно?",
			"Вчера приходил мастер, но телевизор всё равно не показывает.",
			"Спасибо большое, вы мне очень помогли. До свидания.",
		},
		"th": {
			"sa-L wat-L di:-M khrap-H , ?in-M t@:-M net-L thi:-F ba:n-F tShaj-H maj-F daj-F taN-F tE:-L tSha:w-H khrap-H",
			"ja:k-L sO:p-L tha:m-R jO:t-F kha:N-H tSham-M ra-H , dWan-M ni:-H thaw-F raj-L kha-H",
			"sin-R kha:-H thi:-F daj-F rap-H sia-R ha:j-R khrap-H , tON-F ka:n-M plian-L khrap-H",
			"tShuaj-F plian-L thi:-F ju:-L tSat-L soN-L haj-F nO:j-L , daj-F maj-R kha-H",
			"khO:-R khuj-M kap-L fa:j-L kha:j-R , rWaN-F phEk-H ket-L maj-L khrap-H",
			"khO:p-L khun-M ma:k-F kha-F , khaw-F tSaj-M lE:w-H , sa-L wat-L di:-M kha-F",
		},
	}
	var all []sentence
	for _, language := range flow.Languages() {
		for i, text := range texts[language] {
			all = append(all, sentence{fmt.Sprint(i + 1), language, text})
		}
	}
	return all
}
