package api

import (
	"strings"
	"testing"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
)

// TestOverflowRules are kept as they are sent; what they lead to must be there and stays, and nobody goes round.
func TestOverflowRules(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d)
		body := func(key, name, rules string) string {
			return strings.NewReplacer(`"key":"k"`, `"key":"`+key+`"`, `"agents":[]`, `"agents":[],"overflow":[`+rules+`]`).Replace(w.queueBody(name))
		}
		make := func(key, name, rules string) string {
			var made struct{ ID string }
			w.must(201, &made, "administrator", "POST", "/api/v1/queues", body(key, name, rules))
			return "/api/v1/queues/" + made.ID
		}
		var lunch struct{ ID string }
		w.must(201, &lunch, "administrator", "POST", "/api/v1/break-reasons", `{"key":"lunch","names":{"en":"Lunch"},"limit_ms":0,"position":1}`)
		sales := make("shop", "Sales", "")
		support := make("help", "Support", `{"when":"wait","after_ms":60000,"do":"queue","queue":"shop"},{"when":"nobody","breaks":["lunch","missed"],"do":"outside","number":"+4930123"}`)
		var q Queue
		w.must(200, &q, "administrator", "GET", support, "")
		if len(q.Overflow) != 2 || q.Overflow[0].Queue != "shop" || q.Overflow[0].AfterMs != 60_000 || q.Overflow[1].Number != "+4930123" || len(q.Overflow[1].Breaks) != 2 {
			t.Errorf("kept: %+v", q.Overflow)
		}
		for rules, path := range map[string]string{
			`{"when":"wait","after_ms":60000,"do":"queue","queue":"gone"}`: "body.overflow[0].queue",
			`{"when":"size","size":2,"do":"flow","flow":"gone"}`:           "body.overflow[0].flow",
			`{"when":"nobody","breaks":["dinner"],"do":"voicemail"}`:       "body.overflow[0].breaks",
			`{"when":"nobody","do":"callback"}`:                            "body.overflow[0].do",
			`{"when":"wait","after_ms":60000,"do":"queue","queue":"help"}`: "body.overflow[0].queue",
		} {
			p := w.refused(422, "administrator", "PUT", sales, body("shop", "Sales", rules))
			if len(p.Fields) != 1 || p.Fields[0].Path != path {
				t.Errorf("%s: refused with %+v, want %s", rules, p.Fields, path)
			}
		}
		p := w.refused(422, "administrator", "PUT", sales, body("shop", "Sales", `{"when":"nobody","do":"queue","queue":"help"}`))
		if !strings.Contains(p.Fields[0].Message, "Sales → Support → Sales") {
			t.Errorf("the circle is told as %+v", p.Fields)
		}
		if p := w.refused(409, "administrator", "DELETE", sales, ""); len(p.Uses) != 1 || p.Uses[0].Key != "help" || p.Uses[0].Field != "overflow[0].queue" {
			t.Errorf("removing who others lead to: %+v", p.Uses)
		}
		w.refused(409, "administrator", "PUT", sales, body("other", "Sales", ""))
		if p := w.refused(409, "administrator", "DELETE", "/api/v1/break-reasons/"+lunch.ID, ""); len(p.Uses) != 1 || p.Uses[0].Field != "overflow[1].breaks" {
			t.Errorf("removing a break that counts: %+v", p.Uses)
		}
		w.must(200, nil, "administrator", "PUT", support, body("help", "Support", ""))
		w.must(204, nil, "administrator", "DELETE", sales, "")
	})
}
