package billing

import (
	"encoding/json"
	"net/http"
	"strconv"

	"linekeeper/internal/plugin"
)

// Manifest says what the service offers flows as a plug-in (docs/plugins): it takes the promise of who owes something.
const Manifest = `{"contract": 1, "kinds": [{
  "kind": "promise", "talks": true,
  "label": {"en": "Promise to pay", "ru": "Обещание оплаты", "th": "สัญญาว่าจะจ่าย"},
  "doc": {"en": "Asks whether and in how many days the customer pays.", "ru": "Спрашивает, заплатит ли клиент и через сколько дней.", "th": "ถามว่าลูกค้าจะจ่ายหรือไม่ และภายในกี่วัน"},
  "parameters": [{"name": "longest", "type": "number", "default": 30, "label": {"en": "In how many days at most", "ru": "Самое позднее через сколько дней", "th": "ภายในไม่เกินกี่วัน"}}],
  "results": [{"name": "days", "type": "number", "label": {"en": "In how many days", "ru": "Через сколько дней", "th": "ภายในกี่วัน"}}],
  "branches": [{"name": "promised", "label": {"en": "Promised", "ru": "Обещал", "th": "สัญญาแล้ว"}}]
}]}`

// Where the talk is, between one question and the next.
var (
	askedWhether = json.RawMessage(`"whether"`)
	askedWhen    = json.RawMessage(`"when"`)
)

var (
	whetherWords = plugin.Words{
		"en": "Can you promise to pay? For yes, press 1. For no, press 2.",
		"ru": "Можете обещать оплату? Если да, нажмите 1. Если нет, нажмите 2.",
		"th": "คุณสัญญาว่าจะจ่ายได้ไหม ถ้าได้ กด 1 ถ้าไม่ได้ กด 2",
	}
	whetherChoices = map[string]plugin.Words{
		"1": {"en": "Yes", "ru": "Да", "th": "ได้"},
		"2": {"en": "No", "ru": "Нет", "th": "ไม่ได้"},
	}
	whenWords = plugin.Words{
		"en": "In how many days? Then press hash.",
		"ru": "Через сколько дней? Затем нажмите решётку.",
		"th": "ภายในกี่วัน แล้วกดสี่เหลี่ยม",
	}
	tooLateWords = plugin.Words{"en": "That is too late.", "ru": "Это слишком поздно.", "th": "นานเกินไป"}
)

// promise is the plug-in's next turn.
func promise(q plugin.Question) plugin.Answer {
	switch {
	case string(q.State) == string(askedWhen) && q.Heard != nil && q.Heard.Digits != "":
		days, err := strconv.ParseFloat(q.Heard.Digits, 64)
		longest, set := q.Parameters["longest"].(float64)
		if err != nil || days < 1 || set && days > longest {
			return askWhen(plugin.Action{Action: plugin.Say, Text: tooLateWords})
		}
		return plugin.Answer{Do: []plugin.Action{
			{Action: plugin.Set, Values: map[string]any{"days": days}}, {Action: plugin.Finish, Branch: "promised"},
		}}
	case string(q.State) == string(askedWhether) && q.Heard != nil && q.Heard.Key == "1":
		return askWhen()
	case q.Heard == nil:
		return plugin.Answer{State: askedWhether, Do: []plugin.Action{{Action: plugin.Menu, Text: whetherWords, Choices: whetherChoices}}}
	}
	return plugin.Answer{Do: []plugin.Action{{Action: plugin.Finish}}} // no, or nothing
}

func askWhen(before ...plugin.Action) plugin.Answer {
	ask := plugin.Action{Action: plugin.Digits, Text: whenWords, Least: 1, Most: 3}
	return plugin.Answer{State: askedWhen, Do: append(before, ask)}
}

// servePromise answers POST /promise.
func servePromise(w http.ResponseWriter, r *http.Request) {
	var q plugin.Question
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxQuestion)).Decode(&q); err != nil {
		http.Error(w, "send a question of a plug-in as JSON", http.StatusBadRequest)
		return
	}
	tell(w, promise(q))
}

func serveManifest(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(Manifest)) // who asked may be gone
}
