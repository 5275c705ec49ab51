package live

import (
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/interaction"
)

// TestSurveyOnTheBoard: the agent is done with a customer who stays on the line to be asked, sees that he is asked,
// and what he answered is in the agent's day; an answer that is given anew replaces the one before.
func TestSurveyOnTheBoard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPlayer()
		defer p.b.Close()
		asks := rules
		asks.WrapUp, asks.After = time.Minute, interaction.AfterTalk{Flow: "survey", Share: 100}
		for _, in := range []interaction.Input{
			interaction.Arrived{}, interaction.FlowQueued{Rules: asks}, interaction.OfferMade{Agent: "ann"},
			interaction.AgentAccepted{Agent: "ann"}, interaction.PhoneConnected{Agent: "ann"},
		} {
			p.do("i1", in)
		}
		p.b.Present() // folds what was told
		if v := p.b.workView("ann", p.b.work["i1"]); !v.Survey {
			t.Error("ann does not see that the customer will be asked")
		}
		time.Sleep(time.Minute)
		p.do("i1", interaction.AgentHungUp{Agent: "ann"})
		p.b.Present()
		if v := p.b.workView("ann", p.b.work["i1"]); v.Part != PartHanded || !v.Survey || v.Phase != string(interaction.WrappingUp) {
			t.Errorf("ann sees part %s, survey %t, phase %s", v.Part, v.Survey, v.Phase)
		}
		p.do("i1", interaction.SurveyAnswered{Question: "a", Scale: interaction.Five, Score: 2})
		p.do("i1", interaction.SurveyAnswered{Question: "a", Scale: interaction.Five, Score: 4})
		p.do("i1", interaction.SurveyAnswered{Question: "b", Scale: interaction.Ten, Score: 9})
		p.do("i1", interaction.FlowEnded{})
		time.Sleep(10 * time.Second)
		p.do("i1", interaction.Disposed{Agent: "ann"})
		p.b.Present()
		want := DayView{Calls: 1, TalkMs: 60_000, WrapUpMs: 10_000, Ratings: 1, RatingSum: 4, Handled: 1, HandledMs: 70_000}
		if got := p.b.agents["ann"].day; got != want {
			t.Errorf("ann's day is %+v, want %+v", got, want)
		}
	})
}
