package interaction_test

import (
	"fmt"
	"testing"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
)

// TestFacts reads what has ended and what was answered from the records, as watchers are told it.
func TestFacts(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		store := interaction.NewStore(d)
		start := time.UnixMilli(1_800_000_000_000).UTC()
		home := arrival.Arrival.Tenant
		call := func(tx *db.Tx, id interaction.ID, at time.Time, ends bool, scores ...int) (told []interaction.Given, err error) {
			list := []interaction.Event{interaction.EventArrived(arrival), interaction.EventQueued{Rules: rules},
				interaction.EventOffered{Agent: "ann"}, interaction.EventAccepted{Agent: "ann"}, interaction.EventConnected{Agent: "ann"}}
			for i, n := range scores {
				list = append(list, interaction.EventSurveyAnswered{Question: fmt.Sprint("q", i), Scale: interaction.Ten, Score: n})
			}
			if ends {
				list = append(list, interaction.EventEnded{Cause: interaction.ByAgent})
			}
			var events []interaction.Recorded
			for i, e := range list {
				events = append(events, interaction.Recorded{Seq: int64(i + 1), At: at, Event: e})
			}
			s := interaction.Fold(id, events)
			return interaction.Commit{State: s, Events: events}.Given(), store.Import(tx, id, events)
		}
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			var told []interaction.Given
			for i, scores := range [][]int{{9}, {8, 3}, {}, {7}, {2}} {
				given, err := call(tx, interaction.ID(fmt.Sprint("c", i)), start.Add(time.Duration(i)*time.Minute), i != 2, scores...)
				if err != nil {
					return err
				}
				told = append(told, given...)
			}
			ended, err := interaction.EndedSince(tx, home, start.Add(time.Minute))
			if err != nil {
				return err
			}
			if len(ended) != 3 || ended[0].ID != "c1" || ended[2].ID != "c4" || !ended[0].Ended.Equal(start.Add(time.Minute)) ||
				ended[0].Project != arrival.Arrival.Project || ended[0].Queue != rules.Queue {
				t.Errorf("ended: %+v", ended)
			}
			answers, err := interaction.Answers(tx, home, start)
			if err != nil {
				return err
			}
			if db.JSON(answers) != db.JSON(told) || len(told) != 5 || told[0].Agent != "ann" || told[0].Address != arrival.Arrival.CustomerAddress {
				t.Errorf("read %+v, told %+v", answers, told)
			}
			for i, c := range []struct {
				of   interaction.Given
				most int
				want string
			}{{told[4], 10, "[2 7 8 9]"}, {told[3], 10, "[7 8 9]"}, {told[4], 2, "[2 7]"}, {told[2], 10, "[3]"}} {
				for _, q := range []string{"", string(rules.Queue)} {
					scores, err := interaction.LastScores(tx, home, c.of, rules.Queue, c.most)
					if q == "" {
						scores, err = interaction.LastScores(tx, home, c.of, "", c.most)
					}
					if err != nil {
						return err
					}
					if fmt.Sprint(scores) != c.want {
						t.Errorf("case %d, queue %q: %v, want %s", i, q, scores, c.want)
					}
				}
			}
			elsewhere, err := interaction.LastScores(tx, home, told[4], "elsewhere", 10)
			if len(elsewhere) != 0 {
				t.Errorf("in another queue: %v", elsewhere)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
