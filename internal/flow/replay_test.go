package flow

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"linekeeper/internal/interaction"
	"linekeeper/internal/queue"
)

// now is the program of the calls: a menu, a PIN that a service checks, a queue.
const asItWas = `{"schema":1,"variables":{"pin":{"type":"text","secret":true},"due":{"type":"number","default":0},"contract":{"type":"text","default":""}},"start":"hello","nodes":{
	"hello":{"kind":"say","text":"Hello","next":"menu"},
	"menu":{"kind":"menu","text":"One or two","tries":2,"edges":{"1":"sales","2":"contract","invalid":"bye","no_input":"bye"}},
	"contract":{"kind":"collect","text":"Your contract","variable":"contract","most":6,"next":"pin","edges":{"invalid":"bye","no_input":"bye"}},
	"pin":{"kind":"collect_secret","text":"Your PIN","variable":"pin","next":"check","edges":{"invalid":"bye","no_input":"bye"}},
	"check":{"kind":"http","url":"https://bank.example/due","take":{"due":"response.body.due"},"next":"owes","edges":{"failed":"help"}},
	"owes":{"kind":"branch","cases":[{"way":"much","when":"due > 100"}],"edges":{"much":"help","otherwise":"bye"}},
	"sales":{"kind":"enqueue","queue":"sales"},
	"help":{"kind":"enqueue","queue":"help"},
	"bye":{"kind":"hangup"}}}`

// pastWorld tells a past call second by second.
type pastWorld struct {
	events []interaction.Recorded
	at     time.Time
}

func past() *pastWorld {
	w := &pastWorld{at: time.Date(2026, 11, 21, 10, 0, 0, 0, time.UTC)}
	return w.event(0, interaction.EventArrived{Arrival: interaction.Arrival{Tenant: "t1", Channel: interaction.Voice, CustomerAddress: "+66812345678", Language: "en", Flow: "main"}})
}

func (w *pastWorld) event(after float64, e interaction.Event) *pastWorld {
	w.at = w.at.Add(time.Duration(after * float64(time.Second)))
	w.events = append(w.events, interaction.Recorded{Seq: int64(len(w.events) + 1), At: w.at, Event: e})
	return w
}

func (w *pastWorld) step(after float64, node, what, text string) *pastWorld {
	return w.event(after, interaction.EventFlowStep{Node: node, What: what, Text: text})
}

func (w *pastWorld) waits(node string) *pastWorld {
	return w.step(0, node, StepWaits, `{"node":"`+node+`"}`)
}

func (w *pastWorld) call(t testing.TB, name string) PastCall {
	t.Helper()
	c, ok := PastCallOf(interaction.ID(name), w.events, func(id queue.ID) string { return strings.TrimPrefix(string(id), "id-") })
	if !ok {
		t.Fatalf("%s: no past call", name)
	}
	return c
}

func pressed(key string) *pastWorld {
	return past().step(2, "hello", StepPlayed, "Hello").waits("menu").step(0, "menu", StepPlayed, "One or two").step(4, "menu", StepChose, key)
}

func withPIN() *pastWorld {
	return pressed("2").waits("contract").step(6, "contract", StepSet, "contract = 1234").waits("pin").step(5, "pin", StepSet, "pin = …").waits("check")
}

func queued(id queue.ID) interaction.Event {
	return interaction.EventQueued{Rules: interaction.QueueRules{Queue: id}}
}

// TestReplayTheSame: played through the program they went through, calls end as they ended.
func TestReplayTheSame(t *testing.T) {
	t.Parallel()
	calls := []PastCall{
		pressed("1").event(0, queued("id-sales")).call(t, "sales"),
		past().step(2, "hello", StepPlayed, "Hello").waits("menu").step(4, "menu", StepInvalid, "9").waits("menu").step(3, "menu", StepChose, "1").event(0, queued("id-sales")).call(t, "wrong first"),
		past().waits("menu").step(9, "menu", StepNoInput, "").waits("menu").step(9, "menu", StepNoInput, "").event(0, interaction.EventLetGo{}).call(t, "silent"),
		past().waits("menu").event(3, interaction.EventCustomerLeft{Cause: interaction.ByCustomer}).call(t, "gone in the menu"),
		past().event(0.5, interaction.EventCustomerLeft{Cause: interaction.ByCustomer}).call(t, "gone in the greeting"),
		pressed("2").waits("contract").event(2, interaction.EventCustomerLeft{Cause: interaction.ByCustomer}).call(t, "gone at the contract"),
		withPIN().step(1, "check", StepAsked, "GET, answered 200 in 1s").step(0, "check", StepSet, "due = 700").step(0, "owes", StepTook, "much").event(0, queued("id-help")).call(t, "owes"),
		withPIN().step(1, "check", StepAsked, "GET, answered 200 in 1s").step(0, "check", StepSet, "due = 7").step(0, "owes", StepTook, "otherwise").event(0, interaction.EventLetGo{}).call(t, "owes nothing"),
		withPIN().step(2, "check", StepFailed, "there was no answer in time").event(0, queued("id-help")).call(t, "the service is down"),
	}
	got := NewReplayed()
	if err := got.Replay(t.Context(), Stage{Tenant: "t1"}, compiled1(t, asItWas), calls); err != nil {
		t.Fatal(err)
	}
	if got.Calls != len(calls) || got.Unknown != 0 || got.Different != 0 {
		t.Errorf("%+v", got)
	}
	want := got.Was
	want.Seconds = got.Now.Seconds
	if d := cmp.Diff(want, got.Now); d != "" || got.Now.Contained != 2 || got.Now.Queued != 4 || got.Now.Gone != 3 {
		t.Errorf("%+v (-was +now):\n%s", got.Now, d)
	}
}

// straight leads to sales without a menu.
const straight = `{"schema":1,"start":"hello","nodes":{"hello":{"kind":"say","text":"Hello","next":"sales"},"sales":{"kind":"enqueue","queue":"sales"}}}`

func TestReplayChanges(t *testing.T) {
	t.Parallel()
	with := func(old, now string) string {
		if !strings.Contains(asItWas, old) {
			t.Fatalf("%s is not in it", old)
		}
		return strings.Replace(asItWas, old, now, 1)
	}
	sales := pressed("1").event(0, queued("id-sales")).call(t, "a")
	tests := []struct {
		name, program string
		call          PastCall
		now           Outcome
		unknownAt     string
		why           Why
	}{
		{"another queue", with(`"queue":"sales"`, `"queue":"help"`), sales, Outcome{End: EndQueue, Queue: "help"}, "", ""},
		{"the key is gone", with(`"1":"sales"`, `"3":"sales"`), sales, Outcome{}, "menu", WhyUnasked}, // wrong once; what he would do then is not known
		{"another limit", with("due > 100", "due > 1000"), withPIN().step(1, "check", StepAsked, "GET, answered 200 in 1s").step(0, "check", StepSet, "due = 700").event(0, queued("id-help")).call(t, "b"), Outcome{End: EndEnded}, "", ""},
		{"a new question", with(`"next":"menu"},`, `"next":"vip"},"vip":{"kind":"menu","text":"VIP?","edges":{"1":"menu","invalid":"menu","no_input":"menu"}},`), sales, Outcome{}, "vip", WhyUnasked},
		{"who left before sees no new question", with(`"1":"sales"`, `"3":"sales"`), past().waits("menu").event(1, interaction.EventCustomerLeft{}).call(t, "c"), Outcome{End: EndGone}, "", ""},
		{"no menu, so he does not leave in it", straight, past().step(2, "hello", StepPlayed, "").waits("menu").event(60, interaction.EventCustomerLeft{}).call(t, "d"), Outcome{End: EndQueue, Queue: "sales"}, "", ""},
		{"another service", with(`bank.example/due","take":{"due":"response.body.due"}`, `bank.example/due","take":{"due":"response.body.due","contract":"response.body.name"}`),
			withPIN().step(1, "check", StepAsked, "GET, answered 200 in 1s").step(0, "check", StepSet, "due = 7").event(0, interaction.EventLetGo{}).call(t, "e"), Outcome{}, "check", WhyOutside},
	}
	for _, tt := range tests {
		p, err := Compile([]byte(tt.program))
		if err != nil {
			t.Fatalf("%s: %v", tt.name, err)
		}
		got := NewReplayed()
		if err := got.Replay(t.Context(), Stage{Tenant: "t1"}, p, []PastCall{tt.call}); err != nil {
			t.Fatal(err)
		}
		if tt.unknownAt != "" {
			if got.Unknown != 1 || got.UnknownAt[tt.unknownAt] != 1 || got.UnknownWhy[tt.why] != 1 || got.Was.Seconds != 0 {
				t.Errorf("%s: %+v", tt.name, got)
			}
			continue
		}
		now := tt.call.Was
		if len(got.Changes) == 1 {
			now = got.Changes[0].Now
		}
		if got.Unknown != 0 || !now.same(tt.now) {
			t.Errorf("%s: %+v", tt.name, got)
		}
	}
}

func TestPastCallOf(t *testing.T) {
	t.Parallel()
	if _, ok := PastCallOf("x", past().waits("menu").events, nil); ok {
		t.Error("a call that is still in its flow is past")
	}
	c := withPIN().step(1, "check", StepAsked, "").step(0, "check", StepSet, "due = 1").event(1, interaction.EventQueueClosed{Do: "callback", Rules: interaction.QueueRules{Queue: "id-help"}}).call(t, "x")
	if c.told != 3 || c.Was != (Outcome{End: EndQueue, Queue: "help", Closed: "callback", Took: 19}) {
		t.Errorf("%+v", c)
	}
	if text := fmt.Sprintf("%+v", c.steps["pin"]); strings.ContainsAny(text, "0123456789") && !strings.Contains(text, "after:5") {
		t.Errorf("digits of the PIN: %s", text)
	}
}

// TestReplayAnything: whatever was recorded, playing it through whatever program ends.
func TestReplayAnything(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		p, err := Compile(drawProgram(rt))
		if err != nil {
			return
		}
		w := past()
		for range rapid.IntRange(0, 12).Draw(rt, "steps") {
			node := fmt.Sprintf("n%d", rapid.IntRange(0, 5).Draw(rt, "node"))
			what := rapid.SampledFrom([]string{StepWaits, StepChose, StepInvalid, StepNoInput, StepSet, StepTook, StepAsked, StepSought, StepFailed, StepConsent}).Draw(rt, "what")
			text := rapid.SampledFrom([]string{"", "1", "n = 7", "seen = 12", "hidden = …", "way", `{"answer":"yes"}`, "s, 0 found in 1s", "wrong"}).Draw(rt, "text")
			w.step(rapid.Float64Range(0, 30).Draw(rt, "after"), node, what, text)
		}
		end := rapid.SampledFrom([]interaction.Event{queued("id-sales"), interaction.EventLetGo{}, interaction.EventCustomerLeft{}}).Draw(rt, "end")
		c := w.event(rapid.Float64Range(0, 30).Draw(rt, "last"), end).call(t, "x")
		first, again := NewReplayed(), NewReplayed()
		for _, r := range []*Replayed{&first, &again} {
			if err := r.Replay(t.Context(), Stage{Tenant: "t1"}, p, []PastCall{c}); err != nil {
				rt.Fatal(err)
			}
		}
		if d := cmp.Diff(first, again); d != "" || first.Calls != 1 {
			rt.Errorf("it is not the same twice: %s", d)
		}
	})
}

func TestReplayedAdd(t *testing.T) {
	t.Parallel()
	one, all := NewReplayed(), NewReplayed()
	calls := []PastCall{pressed("1").event(0, queued("id-sales")).call(t, "a")}
	if err := one.Replay(t.Context(), Stage{Tenant: "t1"}, compiled1(t, straight), calls); err != nil {
		t.Fatal(err)
	}
	if all.Add(one); cmp.Diff(one, all) != "" {
		t.Errorf("%+v became %+v", one, all)
	}
	if all.Add(one); all.Calls != 2 || all.Now.Queues["sales"] != 2 {
		t.Errorf("%+v", all)
	}
}
