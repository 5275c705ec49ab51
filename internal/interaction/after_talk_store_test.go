package interaction_test

import (
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
)

// looked is what became of look-ups of when customers were asked last: who is due by the state, who is not by the log.
type looked struct {
	mu   sync.Mutex // guards what follows
	due  map[interaction.ID]bool
	text strings.Builder
}

func (l *looked) watch(c interaction.Commit) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.due[c.State.ID] = c.State.AsksAfter()
}

// Write implements io.Writer.
func (l *looked) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(line)
}

// until waits until something is found out.
func (l *looked) until(t *testing.T, what string, found func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		l.mu.Lock()
		ok := found()
		l.mu.Unlock()
		if ok {
			return
		}
		if time.Now().After(end) {
			t.Fatalf("it was not found out that %s", what)
		}
	}
}

// TestSurveyIsWrittenDown: who is kept after his talk is asked once in so many days, each of his answers is kept
// once, and a restart goes on behind the last one.
func TestSurveyIsWrittenDown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		asks := rules
		asks.After = interaction.AfterTalk{Flow: "survey", Share: 100, Days: 30}
		o := &outside{}
		log := &looked{due: map[interaction.ID]bool{}}
		reg := interaction.NewRegistry(d, ports(o), slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
		reg.Watch(log.watch)
		talk := func(come interaction.Arrived) interaction.ID {
			t.Helper()
			id, err := reg.Begin(ctx, come, o)
			if err != nil {
				t.Fatal(err)
			}
			for _, in := range []interaction.Input{
				interaction.FlowQueued{Rules: asks}, interaction.OfferMade{Agent: "ann"},
				interaction.AgentAccepted{Agent: "ann"}, interaction.PhoneConnected{Agent: "ann"},
			} {
				if err := reg.Ask(ctx, id, in); err != nil {
					t.Fatalf("%T: %v", in, err)
				}
			}
			return id
		}
		tell := func(reg *interaction.Registry, id interaction.ID, inputs ...interaction.Input) {
			t.Helper()
			for _, in := range inputs {
				if err := reg.Ask(ctx, id, in); err != nil {
					t.Fatalf("%T: %v", in, err)
				}
			}
		}
		first := talk(arrival)
		log.until(t, "the customer was not asked lately", func() bool { return log.due[first] })
		tell(reg, first, interaction.AgentHungUp{Agent: "ann"},
			interaction.SurveyAnswered{Question: "service", Scale: interaction.Five, Score: 2},
			interaction.SurveyAnswered{Question: "service", Scale: interaction.Five, Score: 4, At: `{"node":"q"}`, Way: "next"})
		if !o.has("flow survey") || !o.has("recorded") || !o.has("drop ann") || o.has("disconnect agent") {
			t.Errorf("asked %q of the world", o.calls)
		}

		second := talk(arrival) // of the same number
		other := arrival
		other.Arrival.CustomerAddress = "+2"
		third := talk(other)
		log.until(t, "another number is asked", func() bool { return log.due[third] })
		log.until(t, "this number was asked lately", func() bool { return strings.Contains(log.text.String(), interaction.LoggedAsked) })
		tell(reg, second, interaction.AgentHungUp{Agent: "ann"})
		if s, err := interaction.NewStore(d).Load(ctx, second); err != nil || s.Phase != interaction.WrappingUp || s.Kept.Segment != 0 {
			t.Errorf("the second call: %s, kept %+v, error %v", s.Phase, s.Kept, err)
		}
		reg.Close()

		o = &outside{}
		reg = interaction.NewRegistry(d, ports(o), slog.New(slog.DiscardHandler))
		defer reg.Close()
		at := make(chan interaction.FlowRun, 10)
		found, err := reg.Restore(ctx, interaction.Revival{Died: time.Now(), Detail: "restarted", Revive: func(s interaction.State) (interaction.Revived, error) {
			at <- interaction.FlowRun{At: s.FlowAt, Way: s.FlowWay, State: s}
			return interaction.Revived{Channel: o}, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		found.Begin()
		close(at)
		for run := range at {
			if run.State.ID == first && (run.At != `{"node":"q"}` || run.Way != "next" || !run.State.Kept.On) {
				t.Errorf("after the restart it goes on at %q by %q, kept %+v", run.At, run.Way, run.State.Kept)
			}
		}
		tell(reg, first, interaction.SurveyAnswered{Question: "again", Scale: interaction.YesNo, Score: 0},
			interaction.Disposed{Agent: "ann", Disposition: "sold"}, interaction.CustomerLeft{Cause: interaction.ByCustomer})

		type row struct {
			Question, Queue, Agent, Scale string
			Seq, Score                    int64
		}
		var rows []row
		var asked, answered int64
		var disposition, cause string
		err = d.Read(ctx, func(tx *db.Tx) (err error) {
			rows, err = db.All(tx, func(r db.Row) (x row, err error) {
				return x, r.Scan(&x.Question, &x.Queue, &x.Agent, &x.Scale, &x.Seq, &x.Score)
			}, `SELECT question, queue_id, agent_id, scale, seq, score FROM answer WHERE interaction_id = $1 ORDER BY at_ms, question`, first)
			if err != nil {
				return err
			}
			if err := tx.QueryRow(`SELECT COUNT(*), COUNT(*) FILTER (WHERE answered) FROM survey`).Scan(&asked, &answered); err != nil {
				return err
			}
			return tx.QueryRow(`SELECT disposition_id, cause FROM interaction WHERE id = $1`, first).Scan(&disposition, &cause)
		})
		if err != nil {
			t.Fatal(err)
		}
		want := []row{{"service", "q", "ann", "five", 1, 4}, {"again", "q", "ann", "yes_no", 1, 0}}
		if len(rows) != 2 || rows[0] != want[0] || rows[1] != want[1] {
			t.Errorf("the answers are %+v, want %+v", rows, want)
		}
		if asked != 1 || answered != 1 || disposition != "sold" || cause != "agent" {
			t.Errorf("%d asked, %d answered, outcome %q, ended by %q", asked, answered, disposition, cause)
		}
	})
}
