package flow

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// plain is a small program that says one prompt.
func plain(prompt string) json.RawMessage {
	return json.RawMessage(`{"schema":1,"start":"s","nodes":{"s":{"kind":"say","prompt":"` + prompt + `","next":"e"},"e":{"kind":"hangup"}}}`)
}

func TestDraftsAndVersions(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, by := t.Context(), office(t, d)
		by.User = "u1"
		home := tenant.ID(by.Tenant)
		store := NewStore(d)
		var f Flow
		write(t, d, func(tx *db.Tx) (err error) {
			f, err = Create(tx, by, Flow{Key: "main", Name: "Main", Program: plain("greeting")})
			return err
		})
		try := func(do func(tx *db.Tx) (Flow, error)) error {
			return d.Write(ctx, func(tx *db.Tx) error {
				now, err := do(tx)
				if err == nil {
					f = now
				}
				return err
			})
		}
		seen := f.Revision

		// A draft may be wrong; publishing it may not, and nothing changes then.
		if err := try(func(tx *db.Tx) (Flow, error) { return SaveDraft(tx, by, f.ID, seen, plain("nothing-like-it")) }); err != nil {
			t.Fatal(err)
		}
		if f.Version != 1 || f.DraftBy != "u1" || f.Revision == seen {
			t.Errorf("with a draft: version %d, revision %d, by %q", f.Version, f.Revision, f.DraftBy)
		}
		err := try(func(tx *db.Tx) (Flow, error) { return Checker{}.Publish(tx, by, f.ID, f.Revision, "") })
		if fields := fault.FieldsOf(err); len(fields) != 1 || fields[0].Path != "program.nodes.s.prompt" {
			t.Errorf("publishing a mistake: got %v", err)
		}
		// Who began from an older revision is told.
		if err := try(func(tx *db.Tx) (Flow, error) { return SaveDraft(tx, by, f.ID, seen, plain("closed")) }); !fault.Is(err, fault.Conflict) {
			t.Errorf("saving over another's work: got %v, want a conflict", err)
		}
		if err := try(func(tx *db.Tx) (Flow, error) {
			return SaveDraft(tx, by, f.ID, f.Revision, json.RawMessage("{"))
		}); !fault.Is(err, fault.Invalid) {
			t.Errorf("no JSON: got %v", err)
		}
		for _, prompt := range []string{"closed", "sorry"} {
			for _, do := range []func(tx *db.Tx) (Flow, error){
				func(tx *db.Tx) (Flow, error) { return SaveDraft(tx, by, f.ID, f.Revision, plain(prompt)) },
				func(tx *db.Tx) (Flow, error) { return Checker{}.Publish(tx, by, f.ID, f.Revision, "says "+prompt) },
			} {
				if err := try(do); err != nil {
					t.Fatal(err)
				}
			}
		}
		if f.Version != 3 || f.Draft != nil {
			t.Errorf("published: version %d, draft %s", f.Version, f.Draft)
		}
		if err := try(func(tx *db.Tx) (Flow, error) { return Checker{}.Publish(tx, by, f.ID, f.Revision, "") }); !fault.Is(err, fault.Conflict) {
			t.Errorf("publishing without a draft: got %v", err)
		}

		// A run that began on version 2 finishes on it; new ones get the last.
		old, err := store.Program(ctx, home, f.ID, 2)
		if err != nil || old.Names(PromptThing)[0] != "closed" {
			t.Errorf("version 2: %v", err)
		}
		if now, err := store.Program(ctx, home, f.ID, 0); err != nil || now.Version != 3 {
			t.Errorf("the present: %v", err)
		}
		if byKey, err := store.ProgramByKey(ctx, home, "main"); err != nil || byKey.Version != 3 {
			t.Errorf("by key: %v", err)
		}

		// Back to the first, in one step.
		if err := try(func(tx *db.Tx) (Flow, error) { return Checker{}.Restore(tx, by, f.ID, f.Revision, 1, "back") }); err != nil {
			t.Fatal(err)
		}
		var got []string
		write(t, d, func(tx *db.Tx) error {
			all, err := Versions(tx, home, f.ID, 0, 10)
			for _, v := range all {
				got = append(got, strings.Join([]string{string(rune('0' + v.Number)), v.Author, v.Note}, " "))
			}
			return err
		})
		if d := cmp.Diff([]string{"4 u1 back", "3 u1 says sorry", "2 u1 says closed", "1 u1 "}, got); d != "" {
			t.Errorf("versions (-want +got):\n%s", d)
		}
		write(t, d, func(tx *db.Tx) error { return Delete(tx, by, f.ID) })
	})
}

func TestDiff(t *testing.T) {
	t.Parallel()
	was := `{"schema":1,"start":"a","nodes":{
		"a":{"kind":"say","prompt":"greeting","next":"m"},
		"m":{"kind":"menu","prompt":"menu","edges":{"1":"a","invalid":"e","no_input":"e"}},
		"e":{"kind":"hangup"}},"layout":{"a":{"x":1}}}`
	is := `{"schema":1,"start":"m","nodes":{
		"m":{"edges":{"1":"q","invalid":"e","no_input":"e"},"kind":"menu","prompt":"menu","tries":2},
		"e":{"kind":"hangup"},
		"q":{"kind":"enqueue","queue":"sales"}},"layout":{"a":{"x":2}}}`
	all, err := Diff(json.RawMessage(was), json.RawMessage(is))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range all {
		got = append(got, strings.TrimSpace(d.Node+" "+d.Field+": "+string(d.Was)+" → "+string(d.Is)))
	}
	want := []string{
		`start: "a" → "m"`,
		`a : {"kind":"say","prompt":"greeting","next":"m"} →`,
		`m tries:  → 2`,
		`m edges.1: "a" → "q"`,
		`q :  → {"kind":"enqueue","queue":"sales"}`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if same, err := Diff(json.RawMessage(was), json.RawMessage(was)); err != nil || len(same) != 0 {
		t.Errorf("the same: %v, %v", same, err)
	}
	if _, err := Diff(json.RawMessage(`[]`), json.RawMessage(is)); err == nil {
		t.Error("a list is no program")
	}
}
