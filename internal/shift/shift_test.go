package shift_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/shift"
	"linekeeper/internal/tenant"
)

func TestNotReady(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)
	passed := func(session string, ago time.Duration) shift.Check {
		return shift.Check{Session: session, Passed: true, At: now.Add(-ago)}
	}
	failed := func(session string, ago time.Duration) shift.Check {
		return shift.Check{Session: session, At: now.Add(-ago)}
	}
	word := shift.Override{At: now.Add(-time.Hour), By: "sue", Note: "her headset is on its way"}
	terms := func(check, list shift.Demand) shift.Terms {
		u := shift.Usual()
		u.Check, u.Checklist = check, list
		return u
	}
	for name, c := range map[string]struct {
		terms shift.Terms
		facts shift.Facts
		want  string // codes, those that block in capitals
	}{
		"nothing done":              {shift.Usual(), shift.Facts{Browser: true}, "PHONE_CHECK"},
		"a SIP phone":               {shift.Usual(), shift.Facts{}, ""},
		"checked":                   {shift.Usual(), shift.Facts{Browser: true, Checks: []shift.Check{passed("s", time.Hour)}}, ""},
		"at another sign-in":        {shift.Usual(), shift.Facts{Browser: true, Checks: []shift.Check{passed("other", time.Hour)}}, "PHONE_CHECK"},
		"failed after it":           {shift.Usual(), shift.Facts{Browser: true, Checks: []shift.Check{failed("s", time.Hour)}}, "PHONE_CHECK"},
		"too long ago":              {shift.Usual(), shift.Facts{Browser: true, Checks: []shift.Check{passed("s", 12*time.Hour)}}, "PHONE_CHECK"},
		"only told":                 {terms(shift.Warn, shift.Off), shift.Facts{Browser: true}, "phone_check"},
		"not asked for":             {terms(shift.Off, shift.Off), shift.Facts{Browser: true, Missing: 3}, ""},
		"the list is told":          {shift.Usual(), shift.Facts{Missing: 1}, "checklist"},
		"both, what blocks first":   {terms(shift.Warn, shift.Block), shift.Facts{Browser: true, Missing: 1}, "CHECKLIST phone_check"},
		"a leader has allowed it":   {terms(shift.Block, shift.Block), shift.Facts{Browser: true, Missing: 1, Override: word}, "phone_check checklist"},
		"a leader's word yesterday": {shift.Usual(), shift.Facts{Browser: true, Override: shift.Override{At: now.Add(-13 * time.Hour)}}, "PHONE_CHECK"},
	} {
		var got []string
		for _, r := range shift.NotReady(c.terms, c.facts, "s", now) {
			code := string(r.Code)
			if r.Blocks {
				code = strings.ToUpper(code)
			}
			got = append(got, code)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	good := shift.Check{Permission: true, Microphone: true, Speaker: true, Loop: true, NoiseDB: -50, Score: 4.2}
	strict := shift.Usual()
	strict.MostNoise, strict.LeastScore = -40, 360
	change := func(f func(*shift.Check)) shift.Check {
		c := good
		f(&c)
		return c
	}
	for name, c := range map[string]struct {
		check shift.Check
		terms shift.Terms
		want  []shift.Step
	}{
		"good":                  {good, strict, nil},
		"noise, no limit":       {change(func(c *shift.Check) { c.NoiseDB = -20 }), shift.Usual(), nil},
		"noise":                 {change(func(c *shift.Check) { c.NoiseDB = -20 }), strict, []shift.Step{shift.Noise}},
		"noise not measured":    {change(func(c *shift.Check) { c.NoiseDB, c.Score = 0, 0 }), strict, nil},
		"bad network, no sound": {change(func(c *shift.Check) { c.Score, c.Speaker = 2.5, false }), strict, []shift.Step{shift.Speaker, shift.Network}},
		"nothing":               {shift.Check{}, shift.Usual(), []shift.Step{shift.Permission, shift.Microphone, shift.Speaker, shift.Loop}},
	} {
		if got := c.check.Judge(c.terms); !slices.Equal(got, c.want) {
			t.Errorf("%s: got %v, want %v", name, got, c.want)
		}
	}
}

// home makes a tenant with an agent.
func home(t *testing.T, d *db.DB) (by audit.Author, ann access.UserID) {
	t.Helper()
	err := d.Write(t.Context(), func(tx *db.Tx) error {
		h, err := tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "T", TimeZone: "Europe/Moscow", Language: "en"})
		if err != nil {
			return err
		}
		by = audit.Author{Tenant: string(h.ID), User: "sue", Source: "test"}
		u, err := access.CreateUser(tx, by, access.User{Login: "ann", Name: "Ann", Role: access.Agent, Phone: access.BrowserPhone})
		ann = u.ID
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return by, ann
}

func TestKept(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		by, ann := home(t, d)
		home := tenant.ID(by.Tenant)
		err := d.Write(t.Context(), func(tx *db.Tx) error {
			if got, err := shift.GetTerms(tx, home); err != nil || got != shift.Usual() {
				t.Errorf("nobody has chosen: got %+v, %v", got, err)
			}
			terms := shift.Usual()
			terms.Check, terms.LeastScore = shift.Warn, 300
			for range 2 {
				if err := shift.SetTerms(tx, by, terms); err != nil {
					return err
				}
			}
			if got, err := shift.GetTerms(tx, home); err != nil || got != terms {
				t.Errorf("got %+v, %v, want %+v", got, err, terms)
			}
			terms.HoldsH, terms.Check = 0, "perhaps"
			if f := fault.FieldsOf(shift.SetTerms(tx, by, terms)); len(f) != 2 {
				t.Errorf("terms that are none: got %v, want both fields named", f)
			}
			if _, err := shift.SaveCheck(tx, home, shift.Usual(), shift.Check{User: ann, Loss: 2}); !fault.Is(err, fault.Invalid) {
				t.Errorf("a loss of 200 %%: got %v", err)
			}
			saved, err := shift.SaveCheck(tx, home, shift.Usual(), shift.Check{
				User: ann, Session: "s", Permission: true, Microphone: true, Loop: true, NoiseDB: -51.5, Score: 4.31, Input: "Jabra",
			})
			if err != nil {
				return err
			}
			checks, err := shift.Checks(tx, home, time.Now().Add(-time.Hour))
			if err != nil || len(checks) != 1 {
				t.Fatalf("got %+v, %v, want the check", checks, err)
			}
			got := checks[0]
			if got.Passed || !slices.Equal(got.Failed, []shift.Step{shift.Speaker}) || got.Session != "s" || got.User != ann ||
				!got.At.Equal(saved.At) || got.Score != 4.31 || got.Input != "Jabra" {
				t.Errorf("got %+v, want %+v", got, saved)
			}
			if _, err := shift.Allow(tx, by, ann, "  "); !fault.Is(err, fault.Invalid) {
				t.Errorf("a leader's word without a note: got %v", err)
			}
			if _, err := shift.Allow(tx, by, ann, " new headset comes at ten "); err != nil {
				return err
			}
			words, err := shift.Overrides(tx, home, time.Now().Add(-time.Hour))
			if o := words[ann]; err != nil || o.Note != "new headset comes at ten" || o.By != "sue" {
				t.Errorf("got %+v, %v", words, err)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
