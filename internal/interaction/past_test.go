package interaction_test

import (
	"fmt"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/tenant"
)

// TestPast: what routing is told after a restart, from the offers and segments as they are in the database.
func TestPast(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		now := time.Now().Truncate(time.Millisecond)
		ago := func(minutes int) int64 { return now.Add(-time.Duration(minutes) * time.Minute).UnixMilli() }
		var home tenant.Tenant
		var ann, bob, cat access.User
		err := d.Write(t.Context(), func(tx *db.Tx) (err error) {
			if home, err = tenant.Create(tx, audit.Author{}, tenant.Tenant{Name: "T", TimeZone: "UTC", Language: "en"}); err != nil {
				return err
			}
			for login, u := range map[string]*access.User{"ann": &ann, "bob": &bob, "cat": &cat} {
				if *u, err = access.CreateUser(tx, audit.Author{Tenant: string(home.ID), Source: "test"},
					access.User{Login: login, Name: login, Role: access.Agent, Phone: access.BrowserPhone}); err != nil {
					return err
				}
			}
			for i, o := range []struct {
				tenant  tenant.ID
				agent   access.UserID
				queue   string
				ago     int
				outcome string
			}{
				{home.ID, ann.ID, "sales", 50, "accepted"}, {home.ID, ann.ID, "support", 40, "withdrawn"}, {home.ID, ann.ID, "sales", 30, "timed_out"},
				{home.ID, ann.ID, "", 20, "accepted"}, {home.ID, bob.ID, "sales", 70, "accepted"}, {home.ID, bob.ID, "sales", 10, ""},
				{home.ID, "gone", "sales", 5, "accepted"}, {"other", cat.ID, "sales", 5, "accepted"},
			} {
				if _, err := tx.Exec(`INSERT INTO offer (tenant_id, interaction_id, at_ms, agent_id, queue_id, ended_ms, outcome) VALUES ($1, $2, $3, $4, $5, 0, $6)`,
					o.tenant, fmt.Sprint("i", i), ago(o.ago), o.agent, o.queue, o.outcome); err != nil {
					return err
				}
			}
			for i, s := range []struct {
				queue                   string
				agent                   access.UserID
				queued, answered, ended int // minutes ago; 0: not
				outbound                bool
			}{
				{"sales", ann.ID, 90, 89, 80, false}, // older than the last six
				{"sales", ann.ID, 50, 49, 42, false}, {"support", ann.ID, 45, 40, 20, false}, {"sales", "", 44, 0, 43, false},
				{"sales", bob.ID, 43, 42, 0, false}, {"sales", bob.ID, 42, 41, 30, true}, {"sales", bob.ID, 20, 19, 16, false},
			} {
				at := func(minutes int) int64 {
					if minutes == 0 {
						return 0
					}
					return ago(minutes)
				}
				if _, err := tx.Exec(`INSERT INTO segment (tenant_id, interaction_id, seq, queue_id, agent_id, queued_ms, answered_ms, left_ms, ended_ms, outcome,
						in_time, talk_ms, hold_ms, wrap_up_ms, missed, outbound) VALUES ($1, $2, 1, $3, $4, $5, $6, 0, $7, '', TRUE, 0, 0, 0, 0, $8)`,
					home.ID, fmt.Sprint("i", i), s.queue, s.agent, at(s.queued), at(s.answered), at(s.ended), s.outbound); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		name := func(id access.UserID) string {
			return map[access.UserID]string{ann.ID: "ann", bob.ID: "bob", cat.ID: "cat"}[id]
		}
		told := func(all []interaction.PastOffer) (s string) {
			for _, o := range all {
				s += fmt.Sprintf("%s %s %v, ", name(o.Agent), o.Queue, now.Sub(o.At).Minutes())
			}
			return s
		}
		err = d.Read(t.Context(), func(tx *db.Tx) error {
			got, err := interaction.OffersSince(tx, home.ID, now.Add(-time.Hour))
			if err != nil {
				return err
			}
			if s := told(got); s != "ann sales 50, ann support 40, " {
				t.Errorf("within an hour they got %s", s)
			}
			if got, err = interaction.LastOffers(tx, home.ID); err != nil {
				return err
			}
			if s := told(got); s != "ann  20, bob  10, " {
				t.Errorf("the last offers are %s", s)
			}
			if got, err = interaction.LastEnds(tx, home.ID); err != nil {
				return err
			}
			if s := told(got); s != "ann  20, bob  16, " {
				t.Errorf("the last interactions ended %s", s)
			}
			took, err := interaction.HandledLately(tx, home.ID, 6)
			if s := fmt.Sprint(took); s != "[{sales 7m0s} {support 20m0s} {sales 3m0s}]" {
				t.Errorf("it took %s", s)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
