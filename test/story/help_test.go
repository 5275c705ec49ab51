package story

import (
	"strings"
	"testing"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/customer"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/project"
	"linekeeper/internal/report"
	"linekeeper/internal/tenant"
	"linekeeper/test/world"
)

// bounds sets the project's terms for customers who insult agents.
func bounds(w *world.World, terms project.Abuse) {
	w.T.Helper()
	w.SetUp(func(tx *db.Tx, by audit.Author) error {
		p, err := project.ByKey(tx, tenant.ID(by.Tenant), "shop")
		if err != nil {
			return err
		}
		p.Abuse, p.HangUpReason = terms, true
		_, err = project.Change(tx, by, p)
		return err
	})
}

// TestInsultedAgent is DSK-14: a key plays the boundary message, alerts the leader and marks record and customer; the
// agent hangs up without a reason, which is seen on the review list, and rests for as long as the project says.
func TestInsultedAgent(t *testing.T) {
	world.Run(t, func(w *world.World) {
		bounds(w, project.Abuse{RecoveryMS: 120_000})
		sue := w.Agent("sue")
		ann, caller := talks(w)
		if v, _ := ann.InHand(); v.Insulted || !v.HangUpReason {
			t.Errorf("before: insulted %v, reason %v", v.Insulted, v.HangUpReason)
		}
		ann.Controls(desk.Command{Kind: desk.CmdAbuse})
		v, _ := ann.InHand()
		if !v.Insulted || v.HangUpReason || v.Prompt != interaction.BoundaryPrompt || v.Help == nil || !v.Help.Insulted {
			t.Errorf("the desk shows insulted %v, reason %v, prompt %q, help %+v", v.Insulted, v.HangUpReason, v.Prompt, v.Help)
		}
		caller.HearsSound("the boundary message")
		if len(sue.Helps) != 1 || !sue.Helps[0].Insulted || sue.Helps[0].AgentName != "Ann" || sue.Helps[0].CustomerAddress != caller.Number {
			t.Errorf("the leader sees %+v", sue.Helps)
		}
		w.Eventually(20*time.Second, "the message is over", func() bool { v, _ := ann.InHand(); return v.Prompt == "" })
		ann.HangsUp()
		caller.IsHungUpOn()
		ann.WrapsUp()
		if len(sue.Helps) != 0 {
			t.Errorf("after the talk the leader sees %+v", sue.Helps)
		}
		next := w.Caller().Dials(direct)
		w.Passes(2 * time.Second)
		ended := time.Now()
		ann.Finishes("sold_big", "")
		w.Settles()
		if ann.Me.Status != "break" || ann.Me.Reason != "recovery" || ann.Me.StatusUntil != ann.Me.StatusSince+120_000 {
			t.Errorf("ann is %s for %q from %d until %d", ann.Me.Status, ann.Me.Reason, ann.Me.StatusSince, ann.Me.StatusUntil)
		}
		w.Passes(119 * time.Second)
		if ann.Me.Status != "break" {
			t.Errorf("after %s she is %s", time.Since(ended), ann.Me.Status)
		}
		w.Passes(2 * time.Second)
		ann.IsOffered(next) // not before
		if at := time.Since(ended); at < 120*time.Second || at > 125*time.Second {
			t.Errorf("the next one is offered after %s", at)
		}
		next.HangsUp()
		ann.HasNothing()

		list := toReview(w)
		if len(list) != 1 || list[0].Abuse.IsZero() || !list[0].HangUpReview {
			t.Errorf("to review are %+v, want the insults told", list)
		}
		found, err := report.New(w.App.DB()).Search(w.T.Context(), report.Viewer{Tenant: w.Records()[0].Arrival.Tenant, SeesAll: true}, report.Filter{Review: report.Abuse}, report.Page{})
		if err != nil || found.Total != 1 {
			t.Errorf("with insults: %d, %v", found.Total, err)
		}
	})
}

// marks are those of the customer with this number.
func marks(w *world.World, number string) (all []customer.Mark) {
	w.T.Helper()
	err := w.App.DB().Read(w.T.Context(), func(tx *db.Tx) error {
		t := w.Records()[0].Arrival.Tenant
		c, err := customer.ByNumber(tx, t, number)
		if err != nil {
			return err
		}
		all, err = customer.Marks(tx, t, c.ID)
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return all
}

// TestFarewell: where the project allows it, the key once more ends the call with a farewell; the agent comes back
// early from his break, and the next one who has the customer sees the mark.
func TestFarewell(t *testing.T) {
	world.Run(t, func(w *world.World) {
		bounds(w, project.Abuse{MayEnd: true})
		ann, caller := talks(w)
		ann.Controls(desk.Command{Kind: desk.CmdAbuse})
		ann.Controls(desk.Command{Kind: desk.CmdAbuse}) // a finger that trembles
		w.Passes(10 * time.Second)
		if v, _ := ann.InHand(); v.Phase != "connected" || v.AbuseEnding || !v.AbuseMayEnd {
			t.Fatalf("pressed twice at once: %s, ending %v, may end %v", v.Phase, v.AbuseEnding, v.AbuseMayEnd)
		}
		ann.Controls(desk.Command{Kind: desk.CmdAbuse})
		if v, _ := ann.InHand(); !v.AbuseEnding || v.Prompt != interaction.FarewellPrompt {
			t.Errorf("pressed again: ending %v, plays %q", v.AbuseEnding, v.Prompt)
		}
		caller.HearsSound("the farewell")
		caller.IsHungUpOnWithin(20 * time.Second)
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		w.Settles()
		if ann.Me.Reason != "recovery" || ann.Me.StatusUntil != ann.Me.StatusSince+300_000 {
			t.Errorf("ann is %s %q", ann.Me.Status, ann.Me.Reason)
		}
		r := w.OneRecord()
		if r.Cause != interaction.BySystem || r.CauseDetail != interaction.AbuseEnded || r.HangUp.Agent != "" {
			t.Errorf("ended by %s %q, hung up by %+v", r.Cause, r.CauseDetail, r.HangUp)
		}
		if all := marks(w, caller.Number); len(all) != 1 || all[0].Kind != customer.Abuse || string(all[0].By) != w.ID("ann") || all[0].Interaction != string(r.ID) {
			t.Errorf("the customer's marks: %+v", all)
		}
		ann.IsAvailable()
		w.Passes(6 * time.Minute)
		if ann.Me.Status != "available" || ann.Me.StatusUntil != 0 {
			t.Errorf("who has ended the break is %s until %d", ann.Me.Status, ann.Me.StatusUntil)
		}
	})
}

// TestRecoveryOutlivesTheProcess: who rests goes on resting after a restart, and is available when it is over.
func TestRecoveryOutlivesTheProcess(t *testing.T) {
	world.Run(t, func(w *world.World) {
		bounds(w, project.Abuse{RecoveryMS: 60_000})
		ann, caller := talks(w)
		ann.Controls(desk.Command{Kind: desk.CmdAbuse})
		caller.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		w.Passes(time.Second)
		w.Crashes()
		w.Passes(2 * time.Second)
		w.Starts()
		ann.Arrives()
		w.Passes(10 * time.Second)
		if ann.Me.Status != "break" || ann.Me.Reason != "recovery" {
			t.Errorf("after the restart ann is %s %q", ann.Me.Status, ann.Me.Reason)
		}
		w.Passes(50 * time.Second)
		if ann.Me.Status != "available" {
			t.Errorf("when it is over ann is %s %q", ann.Me.Status, ann.Me.Reason)
		}
	})
}

// TestHelpFromTheLeader is DSK-08: asked by a key, seen at once, taken by one leader, lines between the two, through a
// restart; over with the talk, and noted.
func TestHelpFromTheLeader(t *testing.T) {
	world.Run(t, func(w *world.World) {
		sue := w.Agent("sue")
		ann, caller := talks(w)
		id := ann.Has()
		bob := w.Agent("bob")
		asked := time.Now().UnixMilli()
		ann.Controls(desk.Command{Kind: desk.CmdHelp, Note: "wants to cancel"})
		if len(sue.Helps) != 1 || sue.Helps[0].Word != "wants to cancel" || sue.Helps[0].Since != asked || sue.Helps[0].Insulted {
			t.Fatalf("the leader sees %+v", sue.Helps)
		}
		if len(bob.Helps) != 0 {
			t.Errorf("another agent sees %+v", bob.Helps)
		}
		if err := bob.Does(desk.Command{Kind: desk.CmdHelpTake, Interaction: id}); err == nil || err.Code != "denied" {
			t.Errorf("another agent takes it: %+v, want denied", err)
		}
		if err := bob.Does(desk.Command{Kind: desk.CmdHelpSay, Interaction: id, Note: "hi"}); err == nil || err.Code != "late" {
			t.Errorf("another agent writes: %+v, want late", err)
		}
		sue.Controls(desk.Command{Kind: desk.CmdHelpTake, Interaction: id})
		if v, _ := ann.InHand(); v.Help == nil || v.Help.TakenName != "Sue" {
			t.Errorf("ann sees %+v", v.Help)
		}
		sue.Controls(desk.Command{Kind: desk.CmdHelpSay, Interaction: id, Note: "Offer a month."})
		ann.Controls(desk.Command{Kind: desk.CmdHelpSay, Note: "He says no."})

		w.Crashes()
		w.Passes(2 * time.Second)
		w.Starts()
		ann.Arrives()
		ann.ConnectsTo(id)
		sue.Arrives()
		w.Passes(2 * time.Second)
		if len(sue.Helps) != 1 || len(sue.Helps[0].Lines) != 2 || sue.Helps[0].Lines[1].Text != "He says no." || sue.Helps[0].Lines[0].Name != "Sue" {
			t.Errorf("after the restart the leader sees %+v", sue.Helps)
		}
		sue.Controls(desk.Command{Kind: desk.CmdMonitor, Mode: "whisper", Interaction: id})
		w.Eventually(20*time.Second, "sue has it in hand", func() bool { _, ok := sue.InHand(); return ok })
		sue.Connects()
		if v, _ := sue.InHand(); v.Help == nil || len(v.Help.Lines) != 2 {
			t.Errorf("who joins sees %+v", v.Help)
		}
		caller.HangsUp()
		ann.WrapsUp()
		if v, _ := ann.InHand(); v.Help != nil || len(sue.Helps) != 0 {
			t.Errorf("after the talk: %+v, %+v", v.Help, sue.Helps)
		}
		ann.Finishes("sold_big", "")
		var noted []string
		err := w.App.DB().Read(w.T.Context(), func(tx *db.Tx) error {
			lines, err := audit.List(tx, string(w.OneRecord().Arrival.Tenant), audit.Filter{}, db.Page{Limit: 100})
			for _, l := range lines {
				if l.Action == audit.Supervise {
					noted = append(noted, string(l.Detail))
				}
			}
			return err
		})
		if err != nil || !strings.Contains(strings.Join(noted, " "), "help_take") {
			t.Errorf("noted are %q, %v", noted, err)
		}
		w.Passes(time.Second)
	})
}
