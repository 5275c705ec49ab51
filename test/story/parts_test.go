package story

import (
	"testing"
	"time"

	"linekeeper/internal/edge/desk"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/live"
	"linekeeper/test/world"
)

// view is what an agent's desk shows of the only call in hand.
func view(w *world.World, a *world.Agent, what string, so func(v live.WorkView) bool) live.WorkView {
	w.T.Helper()
	var last live.WorkView
	w.Eventually(15*time.Second, a.Login+" sees "+what, func() bool {
		v, ok := a.InHand()
		last = v
		return ok && so(v)
	})
	return last
}

// TestBothWrapUp: who hands a customer over and who takes him write down each his own part, and the call is over
// when the slower one has.
func TestBothWrapUp(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann, caller := talks(w)
		ann.Controls(desk.Command{Kind: desk.CmdSaveDraft, Note: "asks for bob"})
		bob := consults(w, ann)
		ann.Controls(desk.Command{Kind: desk.CmdLeave})
		view(w, ann, "her part", func(v live.WorkView) bool { return v.Part == live.PartHanded && v.Note == "asks for bob" })
		view(w, bob, "what she wrote", func(v live.WorkView) bool {
			return v.Part == live.PartAgent && v.Note == "" && len(v.Notes) == 1 && v.Notes[0].Note == "asks for bob"
		})
		next := w.Caller().Dials(direct)
		w.Passes(5 * time.Second)
		if len(ann.Work) != 1 {
			t.Fatal("ann is offered another call while she wraps up")
		}
		next.HangsUp()
		caller.HangsUp()
		bob.WrapsUp()
		bob.Finishes("sold_big", "a new router")
		bob.HasNothing()
		if r := w.Records()[0]; r.Phase != interaction.WrappingUp || !r.Ended.IsZero() {
			t.Errorf("the record is %s although ann still wraps up", r.Phase)
		}
		ann.FinishesOwnPart()
		r := w.Records()[0]
		if r.Phase != interaction.Done || r.Cause != interaction.ByCustomer || r.Note != "a new router" ||
			len(r.Handovers) != 1 || r.Handovers[0].Note != "handed over by ann" {
			t.Errorf("the record: %s by %s, %q, parts %+v", r.Phase, r.Cause, r.Note, r.Handovers)
		}
		type part struct {
			note  string
			ended int64
		}
		var parts []part
		err := w.App.DB().Read(w.T.Context(), func(tx *db.Tx) (err error) {
			parts, err = db.All(tx, func(row db.Row) (p part, err error) { return p, row.Scan(&p.note, &p.ended) },
				`SELECT note, ended_ms FROM segment WHERE interaction_id = $1 ORDER BY seq LIMIT 10`, r.ID)
			return err
		})
		if err != nil || len(parts) != 2 || parts[0].note != "handed over by ann" || parts[0].ended != r.Ended.UnixMilli() || parts[1].note != "" {
			t.Errorf("the segments: %+v, %v", parts, err)
		}
	})
}

// TestWrapUpAfterAHandoverOutlivesARestart: neither the seat nor what was typed is lost.
func TestWrapUpAfterAHandoverOutlivesARestart(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann, caller := talks(w)
		ann.Controls(desk.Command{Kind: desk.CmdTransfer, Target: &desk.Target{Kind: "queue", ID: w.App.ID("queue", "sales")}})
		ann.Controls(desk.Command{Kind: desk.CmdSaveDraft, Note: "half a sen"})
		caller.HangsUp()
		w.Passes(time.Second)
		w.Crashes()
		w.Starts()
		ann = w.Agent("ann")
		view(w, ann, "her part again", func(v live.WorkView) bool { return v.Part == live.PartHanded && v.Note == "half a sen" })
		w.Passes(time.Minute)
		ann.HasNothing() // her time was up
		if r := w.OneRecord(); r.Phase != interaction.Done || r.Handovers[0].Note != "half a sen" {
			t.Errorf("the record: %s, %+v", r.Phase, r.Handovers)
		}
	})
}

// TestWhyNobodyCame: the desk says why somebody who was asked is not there.
func TestWhyNobodyCame(t *testing.T) {
	for name, tt := range map[string]struct {
		begin func(w *world.World)
		want  interaction.AbsentReason
	}{
		"busy":      {func(w *world.World) { w.Refuses(firstWay, 486) }, interaction.AbsentBusy},
		"refused":   {func(w *world.World) { w.Refuses(firstWay, 603) }, interaction.AbsentDeclined},
		"nobody":    {func(w *world.World) { w.Refuses(firstWay, 404) }, interaction.AbsentWrongNumber},
		"not there": {func(w *world.World) { w.Refuses(firstWay, 480) }, interaction.AbsentUnreachable},
		"forbidden": {func(w *world.World) { w.Refuses(firstWay, 503); w.Refuses(secondWay, 403) }, interaction.AbsentNotAllowed},
		"no line":   {func(w *world.World) { w.Refuses(firstWay, 503); w.Refuses(secondWay, 503) }, interaction.AbsentNoLine},
	} {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				tt.begin(w)
				ann, caller := talks(w)
				ann.Controls(outside(desk.CmdConsult))
				v := view(w, ann, "why", func(v live.WorkView) bool { return len(v.Absent) == 1 })
				if a := v.Absent[0]; a.Reason != string(tt.want) || a.Address != taxi {
					t.Errorf("got %+v, want %s", a, tt.want)
				}
				caller.HangsUp()
				ann.WrapsUp()
				ann.Finishes("sold_big", "")
			})
		})
	}
}

func TestColleagueWhoDeclines(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann, caller := talks(w)
		bob := w.Agent("bob").IsAvailable()
		ask := desk.Command{Kind: desk.CmdConsult, Target: &desk.Target{Kind: "agent", ID: w.ID("bob")}}
		ann.Controls(ask)
		w.Eventually(5*time.Second, "bob is asked", func() bool { _, ok := bob.InHand(); return ok })
		bob.Declines()
		view(w, ann, "that he declined", func(v live.WorkView) bool {
			return len(v.Absent) == 1 && v.Absent[0].Reason == "declined" && v.Absent[0].Name == "Bob"
		})
		ann.Controls(ask) // who declines is not available any more
		view(w, ann, "that he is not free", func(v live.WorkView) bool { return len(v.Absent) == 1 && v.Absent[0].Reason == "not_free" })
		ann.Controls(desk.Command{Kind: desk.CmdMute, On: true})
		view(w, ann, "that she is muted", func(v live.WorkView) bool { return v.AgentMuted && v.Muted })
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
	})
}

// TestSecretDigits: the agent sees how many digits the customer has entered, and neither he nor the journal learns
// which; he can take the customer back at any time.
func TestSecretDigits(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann, caller := talks(w)
		all := ann.Playable()
		if len(all.Secrets) != 1 || all.Secrets[0].Name != "Secret number of two digits" {
			t.Fatalf("flows that take digits: %+v", all.Secrets)
		}
		begin := desk.Command{Kind: desk.CmdSecret, Flow: all.Secrets[0].ID}
		ann.Controls(begin)
		caller.Hushes()
		w.Passes(3 * time.Second)
		caller.Presses("4")
		view(w, ann, "one digit", func(v live.WorkView) bool { return v.Secret && v.SecretDigits == 1 })
		w.Passes(3 * time.Second)
		caller.Presses("2")
		view(w, ann, "that it is over", func(v live.WorkView) bool { return !v.Secret && v.SecretDigits == 0 })
		ann.Hears("")
		ann.Controls(begin)
		view(w, ann, "the second time", func(v live.WorkView) bool { return v.Secret })
		ann.Controls(desk.Command{Kind: desk.CmdSecretEnd})
		view(w, ann, "the customer back", func(v live.WorkView) bool { return !v.Secret })
		caller.Speaks()
		ann.Hears("caller")
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		err := w.App.DB().Read(w.T.Context(), func(tx *db.Tx) error {
			told, err := db.All(tx, db.Scalar[string], `SELECT body FROM event WHERE kind = 'flow_step' AND body LIKE '%chose%' LIMIT 10`)
			for _, body := range told {
				if body != `{"node":"first","what":"chose"}` && body != `{"node":"second","what":"chose"}` {
					t.Errorf("the journal tells %s", body)
				}
			}
			if len(told) != 2 {
				t.Errorf("%d keys in the journal, want 2 without their names", len(told))
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func TestPromptIntoATalk(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann, caller := talks(w)
		all := ann.Playable()
		if len(all.Prompts) != 1 || all.Prompts[0].Key != "terms" {
			t.Fatalf("prompts: %+v", all.Prompts)
		}
		play := desk.Command{Kind: desk.CmdPlayPrompt, Prompt: "terms"}
		ann.Controls(play)
		view(w, ann, "that it plays", func(v live.WorkView) bool { return v.Prompt == "terms" })
		view(w, ann, "that it is over", func(v live.WorkView) bool { return v.Prompt == "" })
		ann.Controls(play)
		view(w, ann, "that it plays again", func(v live.WorkView) bool { return v.Prompt == "terms" })
		ann.Controls(desk.Command{Kind: desk.CmdStopPrompt})
		view(w, ann, "that it was stopped", func(v live.WorkView) bool { return v.Prompt == "" })
		caller.Listens("ann")
		ann.Controls(desk.Command{Kind: desk.CmdPlayPrompt, Prompt: "no such thing"})
		view(w, ann, "that it is over at once", func(v live.WorkView) bool { return v.Prompt == "" })
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		w.Passes(time.Second) // the mixer ends with its frame
	})
}
