package story

import (
	"slices"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/queue"
	"linekeeper/test/world"
)

// TestKeyThatEndsFullDigits: who ends digits of the full length by # all the same has not answered the menu that
// follows, be it of the same flow or of the one in which he waits, and hears it to its end.
func TestKeyThatEndsFullDigits(t *testing.T) {
	const number = `"variables":{"code":{"type":"text","default":""}},"nodes":{
		"a":{"kind":"collect","prompt":"please_hold","variable":"code","least":2,"most":2,"next":"NEXT","edges":{"invalid":"end","no_input":"end"}},
		"line":{"kind":"enqueue","queue":"support","edges":{"failed":"end"}},"end":{"kind":"hangup"}}`
	const menu = `"ask":{"kind":"menu","prompt":"please_hold","timeout":8,"tries":1,"edges":{"1":"good","#":"bad","invalid":"bad","no_input":"bad"}},
		"good":{"kind":"tag","tag":"good","next":"end"},"bad":{"kind":"tag","tag":"bad","next":"end"}`
	for next, set := range map[string]func(w *world.World){
		"ask": func(w *world.World) {
			w.Flow("number", own, strings.Replace(strings.Replace(number, "NEXT", "ask", 1), `"line":{"kind":"enqueue","queue":"support","edges":{"failed":"end"}}`, menu, 1))
		},
		"line": func(w *world.World) {
			w.Flow("number", own, strings.Replace(number, "NEXT", "line", 1))
			id := w.Flow("asks", "", `"nodes":{"a":{"kind":"music","seconds":1,"next":"ask"},`+menu+`,"end":{"kind":"music","next":"end"}}`)
			w.ChangesQueue("support", func(q *queue.Queue) { q.WaitingFlowID = string(id) })
		},
	} {
		t.Run(next, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				set(w)
				c := w.Caller().Dials(own)
				c.IsAnswered()
				w.Passes(500 * time.Millisecond)
				c.Presses("17")
				w.Passes(time.Second)
				c.Presses("#")
				w.Passes(3 * time.Second)
				c.Presses("1")
				w.Passes(time.Second)
				if got := w.Tags(); !slices.Equal(got, []string{"good"}) {
					w.T.Errorf("the menu was answered as %q", got)
				}
				c.HangsUp()
			})
		})
	}
}
