package callback

import (
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
)

var (
	noon  = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	twice = queue.Callback{On: true, Retries: 1, GapMS: 300_000}
)

func TestNext(t *testing.T) {
	calling := Callback{State: Calling, Last: "i"}
	resting := Callback{State: Resting, Last: "i", Attempts: 1, Next: noon.Add(5 * time.Minute), Why: "busy"}
	for name, test := range map[string]struct {
		from Callback
		in   Input
		at   time.Time
		want Callback
	}{
		"an agent is reserved":       {Callback{State: Waiting}, Offered{"i"}, noon, Callback{State: Calling, Last: "i"}},
		"two agents":                 {calling, Offered{"j"}, noon, calling},
		"picked up":                  {calling, Answered{"i"}, noon, Callback{State: Reached, Last: "i", Ended: noon}},
		"another call was picked up": {calling, Answered{"j"}, noon, calling},
		"busy":                       {calling, NotReached{"i", interaction.MissedBusy}, noon, resting},
		"busy again": {Callback{State: Calling, Last: "i", Attempts: 1}, NotReached{"i", interaction.MissedBusy}, noon,
			Callback{State: GivenUp, Last: "i", Attempts: 2, Ended: noon, Why: "busy"}},
		"no such number": {calling, NotReached{"i", interaction.MissedNumber}, noon,
			Callback{State: GivenUp, Last: "i", Attempts: 1, Ended: noon, Why: "wrong_number"}},
		"the agent hung up": {calling, NotReached{"i", interaction.MissedCancelled}, noon, Callback{State: Waiting, Last: "i", Why: "cancelled"}},
		"a machine": {calling, NotReached{"i", interaction.MissedMachine}, noon,
			Callback{State: Resting, Last: "i", Attempts: 1, Next: noon.Add(5 * time.Minute), Why: "machine"}},
		"needed no more": {calling, NotReached{"i", interaction.MissedUnwanted}, noon, Callback{State: Cancelled, Last: "i", Ended: noon, Why: "customer"}},
		"restarted":      {calling, Broken{"i"}, noon, Callback{State: Waiting, Last: "i"}},
		"not yet":        {resting, Due{}, noon.Add(5*time.Minute - 1), resting},
		"due":            {resting, Due{}, noon.Add(5 * time.Minute), Callback{State: Waiting, Last: "i", Attempts: 1, Why: "busy"}},
		"cancelled":      {resting, Cancel{Who: "customer"}, noon, Callback{State: Cancelled, Last: "i", Attempts: 1, Ended: noon, Why: "customer"}},
		"moved":          {resting, Moved{noon.Add(time.Hour)}, noon, Callback{State: Resting, Last: "i", Attempts: 1, Next: noon.Add(time.Hour), Slot: noon.Add(time.Hour), Why: "busy"}},
		"moved to now":   {Callback{State: Resting, Next: noon.Add(time.Hour), Slot: noon.Add(time.Hour)}, Moved{}, noon, Callback{State: Waiting}},
		"taken up again for its time": {Callback{State: Cancelled, Slot: noon.Add(time.Hour), Ended: noon, Why: "agent"}, Reopened{}, noon,
			Callback{State: Resting, Slot: noon.Add(time.Hour), Next: noon.Add(time.Hour)}},
		"taken up again too late": {Callback{State: Cancelled, Slot: noon, Ended: noon, Why: "agent"}, Reopened{}, noon, Callback{State: Waiting, Slot: noon}},
		"over":                    {Callback{State: Reached}, Cancel{Who: "customer"}, noon, Callback{State: Reached}},
	} {
		if got := Next(test.from, test.in, twice, test.at); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s: got %+v, want %+v", name, got, test.want)
		}
	}
}

// TestNextProperties: whatever happens, the place keeps its age, no more calls are made than are allowed,
// what is over stays over, and what is not can still end.
func TestNextProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rules := queue.Callback{On: true, Retries: rapid.Int64Range(0, 5).Draw(t, "retries"), GapMS: 60_000}
		c := Callback{State: Waiting, Since: noon}
		now := noon
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 120).Draw(t, "seconds")) * time.Second)
			call := rapid.SampledFrom([]interaction.ID{"a", "b"}).Draw(t, "call")
			in := rapid.SampledFrom([]Input{Offered{call}, Answered{call}, NotReached{call, interaction.MissedBusy},
				NotReached{call, interaction.MissedCancelled}, Broken{call}, Due{}, Due{}, Cancel{Who: "agent"},
				Moved{now.Add(time.Minute)}, Moved{}}).Draw(t, "input")
			after := Next(c, in, rules, now)
			switch {
			case c.State.Over() && !reflect.DeepEqual(after, c):
				t.Fatalf("%T changed what is over: %+v", in, after)
			case after.Since != noon:
				t.Fatalf("the place is as old as %v", after.Since)
			case int64(after.Attempts) > rules.Retries+1:
				t.Fatalf("%d calls with %d retries", after.Attempts, rules.Retries)
			case after.State.Over() == after.Ended.IsZero():
				t.Fatalf("%s ended at %v", after.State, after.Ended)
			case (after.State == Resting) == after.Next.IsZero():
				t.Fatalf("%s until %v", after.State, after.Next)
			}
			c = after
		}
		if end := Next(c, Cancel{Who: "agent"}, rules, now); !end.State.Over() {
			t.Fatalf("cannot be cancelled: %+v", end)
		}
	})
}

// TestSame: a number has one open request for each queue, unless its project says otherwise.
func TestSame(t *testing.T) {
	c := Callback{Project: "p", Queue: "q"}
	for name, test := range map[string]struct {
		p    project.ID
		q    queue.ID
		rule project.OnePer
		want bool
	}{
		"the same": {"p", "q", "", true}, "another queue": {"p", "r", "", false}, "one for the project": {"p", "r", project.OnePerProject, true},
		"another project": {"o", "q", project.OnePerProject, false}, "as many as he likes": {"p", "q", project.AnyNumber, false},
	} {
		if got := Same(c, test.p, test.q, test.rule); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestInLine(t *testing.T) {
	day := queue.Callback{From: 9 * 60, To: 18 * 60}
	night := queue.Callback{From: 22 * 60, To: 6 * 60}
	for name, test := range map[string]struct {
		c     State
		rules queue.Callback
		hour  int
		want  bool
	}{
		"any hour": {Waiting, queue.Callback{}, 3, true}, "by day": {Waiting, day, 12, true}, "before": {Waiting, day, 8, false},
		"at the end": {Waiting, day, 18, false}, "over midnight": {Waiting, night, 23, true}, "in the morning": {Waiting, night, 5, true},
		"at noon": {Waiting, night, 12, false}, "resting": {Resting, day, 12, false}, "calling": {Calling, day, 12, false},
	} {
		at := time.Date(2026, 11, 22, test.hour, 0, 0, 0, time.UTC)
		if got := InLine(Callback{State: test.c}, test.rules, at); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestStore(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := Callback{ID: "cb-1", Tenant: "t", First: "i", Project: "p", Queue: "q", Number: "+79160000001", CenterAddress: "+4420500",
			Language: "ru", Priority: 3, Rules: interaction.QueueRules{Queue: "q", OfferTime: 15 * time.Second}, Since: noon,
			Asked: noon.Add(time.Minute), State: Waiting}
		write := func(do func(tx *db.Tx) error) error { return d.Write(t.Context(), do) }
		if err := write(func(tx *db.Tx) error { return Insert(tx, c) }); err != nil {
			t.Fatal(err)
		}
		second := c
		second.ID = "cb-2"
		c.State, c.Last, c.Attempts, c.Next, c.Slot, c.Why = Resting, "j", 1, noon.Add(time.Hour), noon.Add(time.Hour), "busy"
		if err := write(func(tx *db.Tx) error { return Save(tx, c) }); err != nil {
			t.Fatal(err)
		}
		read := func() (open, since []Callback) {
			err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
				if open, err = Open(tx); err == nil {
					since, err = List(tx, "t", Filter{Asked: noon}, db.Page{Limit: 10})
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			return open, since
		}
		if open, _ := read(); len(open) != 1 || !reflect.DeepEqual(open[0], c) {
			t.Fatalf("read %+v, want %+v", open, c)
		}
		c.State, c.Ended, c.Next = GivenUp, noon.Add(2*time.Hour), time.Time{}
		if err := write(func(tx *db.Tx) error { return Save(tx, c) }); err != nil {
			t.Fatal(err)
		}
		if err := write(func(tx *db.Tx) error { return Insert(tx, second) }); err != nil {
			t.Fatal(err)
		}
		if err := write(func(tx *db.Tx) error { return Remove(tx, "t", second.ID) }); err != nil {
			t.Fatal(err)
		}
		if open, since := read(); len(open) != 0 || len(since) != 1 || since[0].State != GivenUp {
			t.Fatalf("read %+v and %+v", open, since)
		}
	})
}

func TestList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			for i, c := range []Callback{
				{Queue: "q", Asked: noon, State: Waiting}, {Queue: "r", Project: "p", Asked: noon, State: Reached, Ended: noon.Add(time.Minute)},
				{Queue: "q", Asked: noon.Add(-time.Hour), State: Resting, Next: noon}, {Queue: "q", Asked: noon.Add(-time.Hour), State: Cancelled, Ended: noon},
			} {
				c.ID, c.Tenant, c.Number = ID(string(rune('a'+i))), "t", string(rune('0'+i))
				if err := Insert(tx, c); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for name, test := range map[string]struct {
			f    Filter
			page db.Page
			want string
		}{
			"all": {Filter{}, db.Page{}, "dcba"}, "open": {Filter{Open: true}, db.Page{}, "ca"}, "over": {Filter{Over: true}, db.Page{}, "db"},
			"recent": {Filter{Asked: noon}, db.Page{}, "cba"}, "queue": {Filter{Queue: "q"}, db.Page{}, "dca"}, "project": {Filter{Project: "p"}, db.Page{}, "b"},
			"served": {Filter{Serves: "ann"}, db.Page{}, ""}, "one": {Filter{ID: "c"}, db.Page{}, "c"}, "page": {Filter{}, db.Page{After: "c", Limit: 1}, "b"},
		} {
			got := ""
			err := d.Read(t.Context(), func(tx *db.Tx) error {
				all, err := List(tx, "t", test.f, test.page)
				for _, c := range all {
					got += string(c.ID)
				}
				return err
			})
			if err != nil || got != test.want {
				t.Errorf("%s: got %q, want %q; %v", name, got, test.want, err)
			}
		}
	})
}

// TestOwn: a callback of an agent's own is his until the grace is over, his again after a call in vain, and he is told
// before its time.
func TestOwn(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
	own := Callback{ID: "cb-1", State: Waiting, Own: "ann", Asked: noon.Add(-time.Hour), Slot: noon}
	grace := 15 * time.Minute
	for name, test := range map[string]struct {
		c     Callback
		at    time.Time
		until time.Time // zero: everybody's
	}{
		"at its time":            {own, noon, noon.Add(grace)},
		"within the grace":       {own, noon.Add(14 * time.Minute), noon.Add(grace)},
		"after the grace":        {own, noon.Add(grace), time.Time{}},
		"moved to now":           {Callback{Own: "ann", Asked: noon.Add(-time.Minute)}, noon, noon.Add(14 * time.Minute)},
		"after a call in vain":   {Callback{Own: "ann", Slot: noon, Attempts: 1}, noon.Add(time.Hour), noon.Add(time.Hour + grace)},
		"everybody's anyway":     {Callback{Slot: noon}, noon, time.Time{}},
		"tried, but everybody's": {Callback{Slot: noon, Attempts: 2}, noon, time.Time{}},
	} {
		p := test.c.Place(grace, test.at)
		if !p.FirstUntil.Equal(test.until) || (p.First != "") != !test.until.IsZero() {
			t.Errorf("%s: %s until %v, want until %v", name, p.First, p.FirstUntil, test.until)
		}
	}
	resting := own
	resting.State, resting.Next = Resting, noon
	for _, test := range []struct {
		c    Callback
		at   time.Time
		want bool
	}{
		{resting, noon.Add(-11 * time.Minute), false}, {resting, noon.Add(-10 * time.Minute), true}, {resting, noon, false},
		{own, noon.Add(-time.Minute), false}, {Callback{State: Resting, Next: noon}, noon.Add(-time.Minute), false},
	} {
		if got := Soon(test.c, 10*time.Minute, test.at); got != test.want {
			t.Errorf("%+v at %v: %v", test.c, test.at, got)
		}
	}
}
