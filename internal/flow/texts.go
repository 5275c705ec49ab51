package flow

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"linekeeper/internal/tenant"
	"linekeeper/internal/wait"
)

// shippedTexts are the words of the shipped prompts, by key and language, for customers who read.
// tools/makeprompts speaks them.
var shippedTexts = map[string]map[string]string{
	"greeting": {
		"en": "Welcome, and thank you for calling.", "ru": "Здравствуйте! Спасибо за звонок.", "th": "สวัสดีค่ะ ขอบคุณที่โทรหาเรา",
	},
	"menu": {
		"en": "For sales, press one. For support, press two.", "ru": "Отдел продаж — нажмите один. Поддержка — нажмите два.",
		"th": "ฝ่ายขาย กดหนึ่ง ฝ่ายบริการลูกค้า กดสอง",
	},
	"invalid_choice": {
		"en": "Sorry, that is not one of the choices.", "ru": "Извините, такого варианта нет.", "th": "ขออภัยค่ะ ไม่มีตัวเลือกนี้",
	},
	"no_input": {
		"en": "Sorry, we did not get your choice.", "ru": "Извините, мы не получили ваш выбор.", "th": "ขออภัยค่ะ ไม่ได้รับการเลือกของคุณ",
	},
	"please_hold": {
		"en": "Please hold. We will be with you soon.", "ru": "Пожалуйста, оставайтесь на линии. Мы скоро ответим.",
		"th": "กรุณาถือสายรอสักครู่ค่ะ",
	},
	"closed": {
		"en": "We are closed now. Please call again during opening hours.", "ru": "Сейчас мы не работаем. Пожалуйста, позвоните в рабочее время.",
		"th": "ขณะนี้อยู่นอกเวลาทำการ กรุณาโทรมาใหม่ค่ะ",
	},
	"boundary": {
		"en": "We want to help you. Please speak to us without insults.",
		"ru": "Мы хотим вам помочь. Пожалуйста, говорите без оскорблений.",
		"th": "เรายินดีช่วยเหลือคุณ กรุณาใช้ถ้อยคำสุภาพค่ะ",
	},
	"farewell": {
		"en": "We end this call here. You are welcome to call again without insults. Goodbye.",
		"ru": "На этом мы заканчиваем разговор. Звоните снова, но без оскорблений. До свидания.",
		"th": "ขอจบการสนทนาเพียงเท่านี้ สวัสดีค่ะ",
	},
	"sorry": {
		"en": "We are sorry, we cannot take your call right now.", "ru": "Извините, сейчас мы не можем принять ваш звонок.",
		"th": "ขออภัยค่ะ ขณะนี้เรารับสายไม่ได้",
	},
	"goodbye":      {"en": "Thank you. Goodbye.", "ru": "Спасибо. До свидания.", "th": "ขอบคุณค่ะ สวัสดีค่ะ"},
	"agent_call":   {"en": "There is a call for you.", "ru": "Вам поступил звонок.", "th": "มีสายเข้า"},
	"agent_accept": {"en": "Press one to accept.", "ru": "Чтобы принять, нажмите один.", "th": "กดหนึ่งเพื่อรับสาย"},
	"position_many": {
		"en": "There are more than twenty callers before you.", "ru": "Перед вами в очереди больше двадцати человек.",
		"th": "มีผู้รอสายก่อนคุณมากกว่ายี่สิบคน",
	},
}

// ShippedText is what a shipped prompt says; empty: it has no words, or is not shipped.
func ShippedText(key, language string) string {
	if n, ok := strings.CutPrefix(key, "position_"); ok {
		if place, err := strconv.Atoi(n); err == nil {
			return PlaceText(place, language)
		}
	}
	var r wait.Range
	if n, _ := fmt.Sscanf(key, "wait_%d_%d", &r.Low, &r.High); n == 2 {
		return WaitText(r, language)
	}
	texts := shippedTexts[key]
	return texts[nearest(language, texts)]
}

// Words are what a prompt says, for a customer who reads: the tenant's own text in the language or
// the nearest he has, then what is shipped. The error says that there are none.
func (l *Library) Words(ctx context.Context, t tenant.ID, key, language string) (string, error) {
	own, ok, err := l.own(ctx, t, key)
	if err != nil {
		return "", err
	}
	if ok && len(own.Texts) > 0 {
		return own.Texts[nearest(language, own.Texts)], nil
	}
	if text := ShippedText(key, language); text != "" {
		return text, nil
	}
	return "", fmt.Errorf("%w: the prompt %q has no text", ErrNoSound, key)
}
