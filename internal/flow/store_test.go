package flow

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"linekeeper/internal/audit"
	"linekeeper/internal/hours"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// office makes a tenant.
func office(t *testing.T, d *db.DB) audit.Author {
	t.Helper()
	by := audit.Author{Source: "system"}
	write(t, d, func(tx *db.Tx) error {
		made, err := tenant.Create(tx, by, tenant.Tenant{Name: "Office", TimeZone: "Europe/Berlin", Language: "en"})
		by.Tenant = string(made.ID)
		return err
	})
	return by
}

func write(t *testing.T, d *db.DB, fn func(*db.Tx) error) {
	t.Helper()
	if err := d.Write(context.Background(), fn); err != nil {
		t.Fatal(err)
	}
}

func TestStoreFlows(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, by, other := t.Context(), office(t, d), office(t, d)
		home := tenant.ID(by.Tenant)
		store := NewStore(d)
		var main, waiting Flow
		write(t, d, func(tx *db.Tx) (err error) {
			if main, err = Create(tx, by, Flow{Key: "main", Name: "Main", Program: SampleMain()}); err != nil {
				return err
			}
			waiting, err = Create(tx, by, Flow{Key: "waiting", Name: "Waiting", Program: SampleWaiting()})
			return err
		})
		if main.Version != 1 || main.ID == "" {
			t.Errorf("got version %d and id %q, want 1 and one", main.Version, main.ID)
		}
		var got []Flow
		write(t, d, func(tx *db.Tx) (err error) {
			got, err = List(tx, home, db.Page{})
			return err
		})
		if d := cmp.Diff([]Flow{main, waiting}, got); d != "" {
			t.Errorf("listed (-want +got):\n%s", d)
		}

		p1, err := store.Program(ctx, home, main.ID, 0)
		if err != nil || p1.Flow != main.ID || p1.Version != 1 {
			t.Fatalf("got %+v, %v", p1, err)
		}
		if again, _ := store.Program(ctx, home, main.ID, 0); again != p1 {
			t.Error("the program was compiled twice")
		}
		if _, err := store.Program(ctx, tenant.ID(other.Tenant), main.ID, 0); !fault.Is(err, fault.NotFound) {
			t.Errorf("another tenant: got %v, want not found", err)
		}

		// A new name is not a new version, nor is other white space; another program is.
		same := main
		same.Name, same.Program = "Front door", SampleMain()
		write(t, d, func(tx *db.Tx) (err error) { same, err = Change(tx, by, same); return err })
		if same.Version != 1 {
			t.Errorf("renamed: got version %d, want 1", same.Version)
		}
		same.Program = SampleWaiting()
		write(t, d, func(tx *db.Tx) (err error) { same, err = Change(tx, by, same); return err })
		if same.Version != 2 {
			t.Errorf("another program: got version %d, want 2", same.Version)
		}
		if p2, err := store.Program(ctx, home, main.ID, 0); err != nil || p2 == p1 || p2.Version != 2 {
			t.Errorf("after the change: got version %d, %v, want 2", p2.Version, err)
		}

		err = d.Write(ctx, func(tx *db.Tx) error {
			_, err := Create(tx, by, Flow{Key: "main", Name: "Twice", Program: SampleMain()})
			return err
		})
		if f := fault.FieldsOf(err); len(f) != 1 || f[0].Rule != fault.Taken || f[0].Path != "key" {
			t.Errorf("a key twice: got %v", err)
		}
		err = d.Write(ctx, func(tx *db.Tx) error {
			_, err := Create(tx, by, Flow{Key: "bad", Name: "Bad", Program: []byte(`{"schema":1,"start":"a","nodes":{"a":{"kind":"say","prompt":"p","next":"b"}}}`)})
			return err
		})
		if f := fault.FieldsOf(err); len(f) != 1 || f[0].Path != "program.nodes.a.next" {
			t.Errorf("a broken program: got %v", err)
		}
		write(t, d, func(tx *db.Tx) error { return Delete(tx, by, main.ID) })
		if _, err := store.Program(ctx, home, main.ID, 0); !fault.Is(err, fault.NotFound) {
			t.Errorf("deleted: got %v, want not found", err)
		}
	})
}

func TestStoreReferences(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, by := t.Context(), office(t, d)
		home := tenant.ID(by.Tenant)
		store := NewStore(d)
		f := Flow{Key: "main", Name: "Main", Program: []byte(`{"schema":1,"start":"h","nodes":{
			"h":{"kind":"hours","hours":"office","edges":{"open":"s","closed":"s"}},
			"s":{"kind":"say","prompt":"hello","next":"q"},
			"q":{"kind":"enqueue","queue":"sales"}}}`)}
		check := func() (err error) {
			return d.Read(ctx, func(tx *db.Tx) error { return Checker{}.Check(tx, home, f) })
		}
		var paths []string
		for _, one := range fault.FieldsOf(check()) {
			paths = append(paths, one.Path)
		}
		if d := cmp.Diff([]string{"program.nodes.h.hours", "program.nodes.q.queue", "program.nodes.s.prompt"}, paths); d != "" {
			t.Errorf("nothing is there (-want +got):\n%s", d)
		}
		var prompt Prompt
		write(t, d, func(tx *db.Tx) error {
			var err error
			if f, err = Create(tx, by, f); err != nil {
				return err
			}
			p, err := project.Create(tx, by, project.Project{Key: "shop", Name: "Shop"})
			if err != nil {
				return err
			}
			q := queue.Usual()
			q.Key, q.Name, q.ProjectID, q.WaitingFlowID = "sales", "Sales", p.ID, string(f.ID)
			if _, err = queue.Create(tx, by, q); err != nil {
				return err
			}
			if _, err = hours.Create(tx, by, hours.Hours{Key: "office", Name: "Office", TimeZone: "UTC", Week: hours.Week{"mon": {"09:00-17:00"}}}); err != nil {
				return err
			}
			prompt, err = CreatePrompt(tx, by, Prompt{Key: "hello", Name: "Hello", Texts: map[string]string{"en": "Hello", "th": "สวัสดี"}})
			return err
		})
		if err := check(); err != nil {
			t.Errorf("everything is there: %v", err)
		}
		rules, err := store.Rules(ctx, home, "sales")
		if err != nil || rules.Target != 20*time.Second || rules.WaitingFlow != string(f.ID) || !rules.Recording || rules.Queue == "" {
			t.Errorf("rules: got %+v, %v", rules, err)
		}
		if _, err := store.Rules(ctx, home, "nobody"); !fault.Is(err, fault.NotFound) {
			t.Errorf("no such queue: got %v, want not found", err)
		}
		monday := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
		if open, err := store.Open(ctx, home, "office", monday); !open || err != nil {
			t.Errorf("monday at noon: got %v, %v, want open", open, err)
		}
		if open, err := store.Open(ctx, home, "office", monday.Add(12*time.Hour)); open || err != nil {
			t.Errorf("at midnight: got %v, %v, want closed", open, err)
		}
		got, ok, err := store.PromptByKey(ctx, home, "hello")
		if diff := cmp.Diff(prompt, got); diff != "" || !ok || err != nil {
			t.Errorf("prompt: %v, %v (-want +got):\n%s", ok, err, diff)
		}
		if _, ok, err := store.PromptByKey(ctx, home, "none"); ok || err != nil {
			t.Errorf("no such prompt: got %v, %v", ok, err)
		}
		prompt.Audio = map[string]string{"en": "shipped:greeting"}
		write(t, d, func(tx *db.Tx) error { _, err := ChangePrompt(tx, by, prompt); return err })
		var listed []Prompt
		write(t, d, func(tx *db.Tx) (err error) { listed, err = ListPrompts(tx, home, db.Page{}); return err })
		if diff := cmp.Diff([]Prompt{prompt}, listed); diff != "" {
			t.Errorf("listed (-want +got):\n%s", diff)
		}
		write(t, d, func(tx *db.Tx) error { return DeletePrompt(tx, by, prompt.ID) })
		err = d.Write(ctx, func(tx *db.Tx) error { return Delete(tx, by, f.ID) })
		if !fault.Is(err, fault.Conflict) {
			t.Errorf("deleting a flow a queue uses: got %v, want a conflict", err)
		}
	})
}

func TestPromptValidate(t *testing.T) {
	t.Parallel()
	for audio, ok := range map[string]bool{
		"shipped:greeting": true, "shipped:greetings": false, "prompts/a.wav": true, "/etc/passwd": false, "../a.wav": false,
		"a/../../b": false, "": false, ".": false, `prompts/a\b`: false, "recordings/a.wav": false, "prompts": false, "prompts/": false, "prompts/../recordings/a.wav": false,
	} {
		err := Prompt{Key: "a", Name: "A", Audio: map[string]string{"en": audio}}.Validate()
		if (err == nil) != ok {
			t.Errorf("audio %q: got %v, want right %v", audio, err, ok)
		}
	}
	if err := (Prompt{Key: "a", Name: "A", Texts: map[string]string{"xx": "?"}}).Validate(); err == nil {
		t.Error("language xx was taken")
	}
}
