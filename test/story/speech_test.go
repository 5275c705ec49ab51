package story

import (
	"slices"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/flow"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/project"
	"linekeeper/test/world"
)

// engines are the one that comes first in the configuration, and the one that the project has chosen.
func engines() []*world.Engine {
	return []*world.Engine{{Name: "spare", Hz: 1700}, {Name: "cloud", Hz: 1500}}
}

func choosesCloud(w *world.World) {
	w.ChangesProject(func(p *project.Project) { p.Voices = []project.Voice{{Engine: "cloud"}} })
}

// TestSpeechEngineFails: while the project's engine is down another one speaks, and the time line says so; when it is
// back it speaks again, also for who calls while its rest is over.
func TestSpeechEngineFails(t *testing.T) {
	all := engines()
	spare, cloud := all[0], all[1]
	world.Speaking(t, all, func(w *world.World) {
		choosesCloud(w)
		w.Flow("reads", own, `"nodes":{
			"a":{"kind":"say","text":"Welcome.","next":"again"},
			"again":{"kind":"say","text":"You called {{call.line}}.","next":"more"},
			"more":{"kind":"menu","text":"Shall I read on?","timeout":20,"edges":{"1":"last","invalid":"end","no_input":"end"}},
			"last":{"kind":"say","text":"That is all.","next":"end"},
			"end":{"kind":"hangup"}}`)
		cloud.IsDown(true)
		c := w.Caller().Dials(own)
		c.IsAnswered()
		c.HearsEngine(spare)
		w.Passes(7 * time.Second) // all but the last is said; three failures have the engine left alone
		cloud.IsDown(false)
		w.Passes(10 * time.Second)
		c.Presses("1")
		c.HearsEngine(cloud)
		c.IsHungUpOn()
		stood := w.FlowSteps(flow.StepStoodIn)
		if len(stood) != 3 || slices.ContainsFunc(stood, func(s string) bool { return !strings.HasPrefix(s, "spare: cloud: ") }) {
			w.T.Errorf("the time line says %q, want three times spare for cloud", stood)
		}
		if !strings.Contains(stood[0], "out of order") {
			w.T.Errorf("the time line does not say why: %q", stood[0])
		}
	})
}

// TestProjectsVoiceBesideFlows: music on hold and what an agent plays into the talk are spoken, where they are texts, by
// the project's own engine.
func TestProjectsVoiceBesideFlows(t *testing.T) {
	all := engines()
	cloud := all[1]
	world.Speaking(t, all, func(w *world.World) {
		w.SetUp(func(tx *db.Tx, by audit.Author) error {
			for _, key := range []string{"stay", "legal"} {
				if _, err := flow.CreatePrompt(tx, by, flow.Prompt{Key: key, Name: key, Texts: map[string]string{"en": key}}); err != nil {
					return err
				}
			}
			return nil
		})
		w.ChangesProject(func(p *project.Project) {
			p.Voices, p.HoldMusic = []project.Voice{{Engine: "cloud"}}, "stay"
		})
		ann := w.Agent("ann").IsAvailable()
		c := w.Caller().Dials(direct)
		c.IsAnswered()
		ann.IsOffered(c)
		ann.Accepts()
		ann.TalksWith(c)
		ann.Controls(desk.Command{Kind: desk.CmdHold, On: true})
		c.HearsEngine(cloud)
		ann.Controls(desk.Command{Kind: desk.CmdHold})
		ann.TalksWith(c)
		ann.Controls(desk.Command{Kind: desk.CmdPlayPrompt, Prompt: "legal"})
		c.HearsEngine(cloud)
		c.HangsUp()
		ann.WrapsUp()
		ann.Finishes("sold_big", "")
		w.Passes(time.Second) // the mixer ends with its frame
	})
}
