package task_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/task"
	"linekeeper/internal/tenant"
)

func TestNumber(t *testing.T) {
	for text, want := range map[string]task.Number{"T-1042": 1042, "t1042": 1042, " 1042 ": 1042, "T-": 0, "": 0, "-5": 5, "+5": 0, "T-0": 0, "abc": 0} {
		if n, ok := task.ParseNumber(text); ok != (want != 0) || ok && n != want {
			t.Errorf("%q is %d, %v, want %d", text, n, ok, want)
		}
	}
	if got := task.Number(1042).String(); got != "T-1042" {
		t.Errorf("got %q", got)
	}
}

// nobody is a router without agents; it keeps the places.
type nobody struct {
	mu     sync.Mutex
	places map[interaction.ID]interaction.Place
	seats  map[interaction.ID]access.UserID
}

func (r *nobody) Enqueue(p interaction.Place) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.places[p.Interaction] = p
}

func (r *nobody) Withdraw(id interaction.ID, _ interaction.PartyID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.places, id)
}

func (r *nobody) Keep(id interaction.ID, a access.UserID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seats[id] = a
}

func (r *nobody) Hold(interaction.ID, access.UserID, bool) {}

func (r *nobody) Release(l interaction.Release) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.seats, l.Interaction)
}

func (r *nobody) place(id interaction.ID) (interaction.Place, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, ok := r.places[id]
	return p, ok
}

// rig is an engine on a database, as one process has it.
type rig struct {
	*task.Engine
	t      *testing.T
	reg    *interaction.Registry
	router *nobody
}

var by = task.By{Tenant: "t", User: "sue", Source: "10.0.0.1"}

func newRig(t *testing.T, d *db.DB) *rig {
	t.Helper()
	r := &rig{t: t, router: &nobody{places: map[interaction.ID]interaction.Place{}, seats: map[interaction.ID]access.UserID{}}}
	r.reg = interaction.NewRegistry(d, interaction.Ports{Router: r.router, Identify: task.Prepare, Follow: task.Follow}, slog.New(slog.DiscardHandler))
	t.Cleanup(r.reg.Close)
	r.Engine = task.New(task.Ports{
		DB: d, Begin: r.reg.BeginMessage, Ask: r.reg.Ask,
		Rules: func(_ tenant.ID, q queue.ID) (interaction.QueueRules, project.ID, bool) {
			of := map[queue.ID]project.ID{"sales": "p", "support": "p", "other": "p2"}[q]
			return interaction.QueueRules{Queue: q, Target: 20 * time.Second, OfferTime: 15 * time.Second, WrapUp: time.Minute, DispositionRequired: true}, of, of != ""
		},
		Agent: func(id access.UserID) bool { return id == "ann" || id == "bob" },
	})
	found, err := r.reg.Restore(t.Context(), interaction.Revival{Died: time.Now(), Detail: "restarted"})
	if err != nil {
		t.Fatal(err)
	}
	found.Begin()
	return r
}

func (r *rig) make(w task.Wish) task.Task {
	r.t.Helper()
	w.Tenant = "t"
	if w.Queue == "" {
		w.Queue = "sales"
	}
	if w.Subject == "" {
		w.Subject = "Call back"
	}
	got, err := r.Make(r.t.Context(), w)
	if err != nil {
		r.t.Fatal(err)
	}
	return got
}

// tell gives a task's interaction inputs.
func (r *rig) tell(k task.Task, all ...interaction.Input) {
	r.t.Helper()
	for _, in := range all {
		if err := r.reg.Ask(r.t.Context(), k.Interaction, in); err != nil {
			r.t.Fatalf("%T: %v", in, err)
		}
	}
}

func (r *rig) get(n task.Number) task.Task {
	r.t.Helper()
	k, err := r.Get(r.t.Context(), "t", n)
	if err != nil {
		r.t.Fatal(err)
	}
	return k
}

func TestTaskIsMadeAndDone(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		k := r.make(task.Wish{Text: "about the bill", Address: "+441", Priority: 5, From: "call", Maker: interaction.TaskMaker{Kind: interaction.MadeByAgent, User: "ann", Source: "10.0.0.2"}})
		if k.Number != task.FirstNumber || k.State != task.Open || k.Project != "p" || k.Queue != "sales" || k.From != "call" || k.Maker.User != "ann" || k.Round != 1 {
			t.Errorf("made: %+v", k)
		}
		if due := k.Due.Sub(k.Made); due < task.DueIn-time.Second || due > task.DueIn+time.Second {
			t.Errorf("due in %v", due)
		}
		if second := r.make(task.Wish{}); second.Number != k.Number+1 {
			t.Errorf("the second is %v", second.Number)
		}
		if p, ok := r.router.place(k.Interaction); !ok || p.Priority != 5 || p.Queue != "sales" {
			t.Errorf("its place is %+v, %v", p, ok)
		}
		r.tell(k, interaction.OfferMade{Agent: "ann"}, interaction.AgentAccepted{Agent: "ann"})
		if k = r.get(k.Number); k.State != task.InHand || k.Agent != "ann" {
			t.Errorf("in hand: %+v", k)
		}
		r.tell(k, interaction.DraftSaved{Agent: "ann", Note: "half"})
		if k = r.get(k.Number); k.Note != "half" {
			t.Errorf("the draft is %q", k.Note)
		}
		r.tell(k, interaction.Disposed{Agent: "ann", Disposition: "sold", Note: "paid"})
		if k = r.get(k.Number); k.State != task.Done || k.Agent != "ann" || k.Disposition != "sold" || k.Note != "paid" || k.Ended.IsZero() || k.Overdue(time.Now()) {
			t.Errorf("done: %+v", k)
		}
		if err := r.Cancel(t.Context(), by, k.Number, ""); !fault.Is(err, fault.Conflict) {
			t.Errorf("cancelled when done: %v", err)
		}
	})
}

// TestTaskIsMadeOnce: whoever tries again for the same gets the first one's task, also at the same moment.
func TestTaskIsMadeOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		numbers := make([]task.Number, 8)
		var all sync.WaitGroup
		for i := range numbers {
			all.Go(func() {
				k, err := r.Make(context.Background(), task.Wish{Tenant: "t", Queue: "sales", Subject: "x", Once: "call/node/0"})
				if err != nil {
					t.Error(err)
				}
				numbers[i] = k.Number
			})
		}
		all.Wait()
		if slices.Min(numbers) != slices.Max(numbers) || r.reg.Running() != 1 {
			t.Errorf("made %v, %d interactions", numbers, r.reg.Running())
		}
		if k := r.make(task.Wish{Once: "call/node/1"}); k.Number == numbers[0] {
			t.Error("another wish has the same number")
		}
	})
}

// TestTaskNumbersAtOnce: numbers are given one by one, without holes.
func TestTaskNumbersAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		var mu sync.Mutex
		var numbers []task.Number
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() {
				k, err := r.Make(context.Background(), task.Wish{Tenant: "t", Queue: "sales", Subject: "x"})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				numbers = append(numbers, k.Number)
			})
		}
		all.Wait()
		slices.Sort(numbers)
		for i, n := range numbers {
			if n != task.FirstNumber+task.Number(i) {
				t.Fatalf("got %v", numbers)
			}
		}
	})
}

// TestTaskOutlivesTheProcess: at rest, in line and in hand it is there again, and the number goes on.
func TestTaskOutlivesTheProcess(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		waits, rests, held := r.make(task.Wish{}), r.make(task.Wish{Start: time.Now().Add(time.Hour)}), r.make(task.Wish{})
		r.tell(held, interaction.OfferMade{Agent: "ann"}, interaction.AgentAccepted{Agent: "ann"})
		r.reg.Drain()
		late := r.make(task.Wish{Subject: "by a call that went on to its end"})
		r.reg.Close()
		if _, err := r.Make(t.Context(), task.Wish{Tenant: "t", Queue: "sales", Subject: "x"}); !fault.Is(err, fault.Busy) {
			t.Errorf("made when closed: %v", err)
		}

		r = newRig(t, d)
		for _, k := range []task.Task{waits, late} {
			r.tell(k, interaction.OfferMade{Agent: "bob"}) // after it was taken up
		}
		if _, ok := r.router.place(rests.Interaction); ok || r.get(rests.Number).State != task.Open {
			t.Errorf("at rest: %+v", r.get(rests.Number))
		}
		r.tell(held, interaction.Disposed{Agent: "ann", Disposition: "sold"})
		if k := r.get(held.Number); k.State != task.Done {
			t.Errorf("in hand: %+v", k)
		}
		if k := r.make(task.Wish{}); k.Number != late.Number+1 {
			t.Errorf("the next number is %v", k.Number)
		}
	})
}

func TestTaskIsChanged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		k := r.make(task.Wish{Only: "ann"})
		change := func(c task.Changes) error { return r.Change(t.Context(), by, k.Number, c) }
		subject, due, start, nobody, eve, support, other, high := "Urgent", time.Now().Add(time.Minute), time.Now().Add(-time.Hour), access.UserID(""), access.UserID("eve"), queue.ID("support"), queue.ID("other"), 101
		if err := change(task.Changes{Subject: &subject, Due: &due, Queue: &support, Only: &nobody}); err != nil {
			t.Fatal(err)
		}
		if got := r.get(k.Number); got.Subject != subject || got.Queue != support || got.Only != "" || !got.Due.Equal(due.Truncate(time.Millisecond)) {
			t.Errorf("changed: %+v", got)
		}
		if p, _ := r.router.place(k.Interaction); p.Queue != support || p.Only != "" {
			t.Errorf("its place is %+v", p)
		}
		for name, c := range map[string]task.Changes{"a queue elsewhere": {Queue: &other}, "no agent": {Only: &eve}, "priority": {Priority: &high}} {
			if err := change(c); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		r.tell(k, interaction.OfferMade{Agent: "ann"}, interaction.AgentAccepted{Agent: "ann"})
		if err := change(task.Changes{Queue: ptr(queue.ID("sales"))}); !fault.Is(err, fault.Conflict) {
			t.Errorf("in hand: %v", err)
		}
		r.tell(k, interaction.TaskPutBack{Agent: "ann", Until: time.Now().Add(time.Hour)})
		if err := change(task.Changes{Start: &start}); err != nil {
			t.Fatal(err)
		}
		if _, ok := r.router.place(k.Interaction); !ok {
			t.Error("it is not in line")
		}
		if err := r.Cancel(t.Context(), by, k.Number, "double"); err != nil {
			t.Fatal(err)
		}
		got := r.get(k.Number)
		if got.State != task.Cancelled || got.Note != "double" || got.Ended.IsZero() {
			t.Errorf("cancelled: %+v", got)
		}
		if err := change(task.Changes{Subject: &subject}); !fault.Is(err, fault.Conflict) {
			t.Errorf("changed when over: %v", err)
		}
		if err := r.Cancel(t.Context(), by, 99, ""); !fault.Is(err, fault.NotFound) {
			t.Errorf("no task: %v", err)
		}
		var lines []audit.Line
		if err := d.Read(t.Context(), func(tx *db.Tx) (err error) {
			lines, err = audit.List(tx, "t", audit.Filter{ObjectKind: "task", ObjectID: k.Number.String()}, db.Page{})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if len(lines) != 3 {
			t.Errorf("%d audit lines, want 3: %+v", len(lines), lines)
		}
	})
}

func ptr[T any](v T) *T { return &v }

// TestTaskIsOpenedAgain: by its number, in a new round; twice it is refused.
func TestTaskIsOpenedAgain(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		k := r.make(task.Wish{Only: "ann", Maker: interaction.TaskMaker{Kind: interaction.MadeByFlow, Name: "main"}})
		if err := r.Reopen(t.Context(), by, k.Number, time.Time{}); !fault.Is(err, fault.Conflict) {
			t.Errorf("an open one: %v", err)
		}
		r.tell(k, interaction.OfferMade{Agent: "ann"}, interaction.AgentAccepted{Agent: "ann"}, interaction.Disposed{Agent: "ann", Disposition: "sold"})
		wrong := 0
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				err := r.Reopen(context.Background(), by, k.Number, time.Time{})
				if err != nil && !fault.Is(err, fault.Conflict) {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					wrong++
				}
			})
		}
		all.Wait()
		if wrong != 3 || r.reg.Running() != 1 {
			t.Errorf("%d of 4 were refused, %d run", wrong, r.reg.Running())
		}
		again := r.get(k.Number)
		if again.State != task.Open || again.Round != 2 || again.Interaction == k.Interaction || again.Maker.Kind != interaction.MadeByFlow || again.Only != "ann" || !again.Made.Equal(k.Made) || again.Disposition != "" {
			t.Errorf("again: %+v", again)
		}
		r.tell(again, interaction.OfferMade{Agent: "ann"}, interaction.AgentAccepted{Agent: "ann"}, interaction.Disposed{Agent: "ann", Disposition: "sold"})
		if got := r.get(k.Number); got.State != task.Done {
			t.Errorf("done again: %+v", got)
		}
	})
}

func TestListOfTasks(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		now := time.Now()
		for i, due := range []int{5, 1, 3, -1, 2, 4} {
			r.make(task.Wish{Subject: fmt.Sprintf("Task %d_%%", i), Due: now.Add(time.Duration(due) * time.Hour), Address: fmt.Sprintf("+44%d", i),
				Queue: map[bool]queue.ID{true: "sales", false: "support"}[i < 3]})
		}
		if err := r.Cancel(t.Context(), by, task.FirstNumber+1, ""); err != nil {
			t.Fatal(err)
		}
		if err := r.Cancel(t.Context(), by, task.FirstNumber+4, ""); err != nil {
			t.Fatal(err)
		}
		list := func(f task.Filter, limit int) (all []task.Number) {
			page := db.Page{Limit: limit}
			for {
				some, err := r.List(t.Context(), "t", f, page)
				if err != nil {
					t.Fatal(err)
				}
				for _, k := range some {
					all = append(all, k.Number-task.FirstNumber)
				}
				if len(some) < limit {
					return all
				}
				page.After = some[len(some)-1].Number.String()
			}
		}
		tests := []struct {
			name   string
			filter task.Filter
			want   []task.Number
		}{
			{"all: open by due, then the last that ended", task.Filter{}, []task.Number{3, 2, 5, 0, 4, 1}},
			{"open", task.Filter{Open: true}, []task.Number{3, 2, 5, 0}},
			{"over", task.Filter{Over: true}, []task.Number{4, 1}},
			{"cancelled", task.Filter{State: task.Cancelled}, []task.Number{4, 1}},
			{"overdue", task.Filter{Overdue: now}, []task.Number{3}},
			{"of a queue", task.Filter{Queue: "support", Open: true}, []task.Number{3, 5}},
			{"of another project", task.Filter{Project: "p2"}, nil},
			{"of a number", task.Filter{Number: task.FirstNumber + 2}, []task.Number{2}},
			{"due in", task.Filter{DueFrom: now.Add(150 * time.Minute), DueTo: now.Add(5 * time.Hour)}, []task.Number{2, 5}},
			{"said aloud", task.Filter{Text: "t-1003"}, []task.Number{2}},
			{"by words", task.Filter{Text: "TASK 5_%"}, []task.Number{5}},
			{"by a customer", task.Filter{Text: "+445"}, []task.Number{5}},
			{"of an agent", task.Filter{Agent: "ann"}, nil},
			{"served by nobody", task.Filter{Serves: "ann"}, nil},
		}
		for _, tt := range tests {
			for _, limit := range []int{1, 4, 100} {
				if got := list(tt.filter, limit); !slices.Equal(got, tt.want) {
					t.Errorf("%s, %d at a time: got %v, want %v", tt.name, limit, got, tt.want)
				}
			}
		}
		if _, err := r.List(t.Context(), "t", task.Filter{}, db.Page{After: "x"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("a wrong page: %v", err)
		}
		if _, err := r.Get(t.Context(), "other", task.FirstNumber); !fault.Is(err, fault.NotFound) {
			t.Errorf("of another tenant: %v", err)
		}
	})
}

func TestRefusedWishes(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d)
		for name, w := range map[string]task.Wish{
			"no queue": {Queue: "nowhere", Subject: "x"}, "no subject": {Queue: "sales"}, "no agent": {Queue: "sales", Subject: "x", Only: "eve"},
			"too far": {Queue: "sales", Subject: "x", Due: time.Now().AddDate(3, 0, 0)},
		} {
			w.Tenant = "t"
			if _, err := r.Make(t.Context(), w); !fault.Is(err, fault.Invalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := r.reg.Ask(t.Context(), "nothing", interaction.TaskCancelled{}); !errors.Is(err, interaction.ErrLate) {
			t.Error(err)
		}
	})
}
