package story

import (
	"testing"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/flow"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/queue"
	"linekeeper/internal/report"
	"linekeeper/internal/tenant"
	"linekeeper/internal/transcript"
	"linekeeper/test/vosk"
	"linekeeper/test/world"
)

// transcripts are those of all messages, in the order in which they were left.
func transcripts(w *world.World) (all []transcript.Transcript) {
	w.T.Helper()
	for _, m := range messages(w) {
		err := w.App.DB().Read(w.T.Context(), func(tx *db.Tx) error {
			of, err := transcript.Of(tx, m.Arrival.Tenant, m.ID)
			for _, one := range of {
				all = append(all, one)
			}
			return err
		})
		if err != nil {
			w.T.Fatal(err)
		}
	}
	return all
}

// isWritten waits until the message that was left as the nth is written down.
func isWritten(w *world.World, n int, within time.Duration) string {
	w.T.Helper()
	w.Eventually(within, "the message is written down", func() bool {
		all := transcripts(w)
		return len(all) == n && all[n-1].State == transcript.Written
	})
	return transcripts(w)[n-1].Text
}

// found is how many interactions a search finds.
func found(w *world.World, text string) int {
	w.T.Helper()
	f, err := report.New(w.App.DB()).Search(w.T.Context(), report.Viewer{Tenant: messages(w)[0].Arrival.Tenant, SeesAll: true}, report.Filter{Text: text}, report.Page{})
	if err != nil {
		w.T.Fatal(err)
	}
	return f.Total
}

// saysAfterTheTone has a new caller leave words with a number, and hang up.
func saysAfterTheTone(w *world.World, number string, words ...string) *world.Caller {
	w.T.Helper()
	c := w.Caller().Dials(number)
	c.IsAnswered()
	w.Passes(3 * time.Second)
	c.Says(words...)
	c.HangsUp()
	return c
}

// TestMessageIsWrittenDown: once it is left, in the language of its customer, and found by what it says; nobody waits for
// that.
func TestMessageIsWrittenDown(t *testing.T) {
	world.Hearing(t, func(w *world.World, ears *vosk.Server) {
		ann := w.Agent("ann").IsAvailable()
		c := saysAfterTheTone(w, afterHours, "hello", "billing", "two", "repair", "hello", "one", "two", "three")
		if got := isWritten(w, 1, 20*time.Second); got != "hello billing two repair hello one two three" {
			t.Errorf("it says %q", got)
		}
		takes(ann, c)
		for text, want := range map[string]int{"Billing TWO repair": 1, "billing repair": 0, "two%repair": 0, "he": 0} {
			if got := found(w, text); got != want {
				t.Errorf("%q: found %d, want %d", text, got, want)
			}
		}
		if configs := ears.Configs(); len(configs) != 1 || len(configs[0].Phrases) != 0 {
			t.Errorf("listened with %+v", configs)
		}
		// Who is spoken to in a language that nobody knows, or whose flow does not want it, leaves a message all the same.
		w.Flow("russian", "+4420801", `"nodes":{"a":{"kind":"language","language":"ru","next":"m"},"m":{"kind":"voicemail","queue":"sales","next":"end"},"end":{"kind":"hangup"}}`)
		w.Flow("unwritten", "+4420802", `"nodes":{"a":{"kind":"voicemail","queue":"sales","transcript":false,"next":"end"},"end":{"kind":"hangup"}}`)
		for _, number := range []string{"+4420801", "+4420802"} {
			takes(ann, saysAfterTheTone(w, number, "hello", "hello", "hello", "hello", "hello", "hello", "hello", "hello"))
		}
		if n := len(messages(w)); n != 3 || len(transcripts(w)) != 1 || len(ears.Configs()) != 1 {
			t.Errorf("of %d messages %d are written down, or to be", n, len(transcripts(w)))
		}
		if got := messages(w)[1].Arrival.Language; got != "ru" {
			t.Errorf("the language of the message is %q, want that in which its customer was spoken to", got)
		}
	})
}

// TestMessageIsWrittenDownLater: a recognizer that is away harms nothing and is asked again; what was left right before
// the process was killed is written down by the next one.
func TestMessageIsWrittenDownLater(t *testing.T) {
	world.Hearing(t, func(w *world.World, ears *vosk.Server) {
		ears.Deaf(true)
		first := saysAfterTheTone(w, afterHours, "no", "no", "no", "no", "no", "no", "no", "no")
		w.Passes(30 * time.Second)
		if all := transcripts(w); len(all) != 1 || all[0].State != transcript.Waiting || all[0].Tries != 2 || all[0].Detail == "" {
			t.Fatalf("with a dead recognizer: %+v", all)
		}
		takes(w.Agent("ann").IsAvailable(), first)
		second := saysAfterTheTone(w, afterHours, "yes", "yes", "yes", "yes", "yes", "yes", "yes", "yes")
		w.Crashes()
		w.Passes(time.Minute)
		ears.Deaf(false)
		w.Starts()
		if got := isWritten(w, 2, time.Minute); got != "yes yes yes yes yes yes yes yes" {
			t.Errorf("the second says %q", got)
		}
		if got := transcripts(w)[0]; got.State != transcript.Written || got.Text != "no no no no no no no no" {
			t.Errorf("the first is %+v", got)
		}
		takes(w.Agent("ann").IsAvailable(), second)
	})
}

// TestOwnWordsOfASurvey: who is not content may say why after the call; that is written down like every message.
func TestOwnWordsOfASurvey(t *testing.T) {
	world.Hearing(t, func(w *world.World, _ *vosk.Server) {
		w.Flow("survey", "", `"nodes":{
			"a":{"kind":"survey","question":"service","prompt":"please_hold","timeout":10,"next":"bye","edges":{"unanswered":"bye","low":"why"}},
			"why":{"kind":"voicemail","queue":"support","review":false,"next":"bye"},
			"bye":{"kind":"hangup"}}`)
		w.SetUp(func(tx *db.Tx, by audit.Author) error {
			f, err := flow.ByKey(tx, tenant.ID(by.Tenant), "survey")
			if err != nil {
				return err
			}
			q, err := queue.ByKey(tx, tenant.ID(by.Tenant), "sales")
			if err != nil {
				return err
			}
			q.AfterFlowID, q.AfterShare = string(f.ID), 100
			_, err = queue.Change(tx, by, q)
			return err
		})
		ann := w.Agent("ann").IsAvailable()
		c := talked(w, ann)
		ann.HangsUp()
		w.Passes(time.Second)
		c.Presses("1")
		w.Passes(4 * time.Second) // the greeting and its tone
		c.Says("repair", "no", "repair", "no", "repair", "no", "repair", "no")
		c.HangsUp()
		if got := isWritten(w, 1, 20*time.Second); got != "repair no repair no repair no repair no" {
			t.Errorf("the customer said %q", got)
		}
		if rows, _ := answers(w); len(rows) != 1 || rows[0] != "service 1 of ann" {
			t.Errorf("answered %q", rows)
		}
		m := messages(w)[0]
		call, err := report.New(w.App.DB()).Interaction(w.T.Context(), report.Viewer{Tenant: m.Arrival.Tenant, SeesAll: true}, m.Arrival.Message.From)
		if err != nil || len(call.Messages) != 1 || call.Messages[0].ID != m.ID || call.Messages[0].Transcript.Text == "" || len(call.Answers) != 1 {
			t.Errorf("the call shows %+v, %+v, %v", call.Answers, call.Messages, err)
		}
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		ann.IsOffered(c)
		opens(ann)
		ann.HangsUp()
		ann.HasNothing()
	})
}
