package story

import (
	"slices"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/customer"
	"linekeeper/internal/flow"
	"linekeeper/internal/hours"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
	"linekeeper/test/world"
)

// Templates are published as they come, an entry leads to each, and real calls press real keys (RFC 4733).

// says makes sure that texts were said, each a part of one, in this order.
func says(w *world.World, want ...string) {
	w.T.Helper()
	said := w.Said()
	for _, part := range want {
		i := slices.IndexFunc(said, func(s string) bool { return strings.Contains(s, part) })
		if i < 0 {
			w.T.Fatalf("the customer heard %q; want %q in this order", w.Said(), want)
		}
		said = said[i+1:]
	}
}

// ownQueue lets the project's own line be that of sales.
func ownQueue(w *world.World) {
	w.T.Helper()
	w.ChangesProject(func(p *project.Project) { p.DefaultQueue = "sales" })
}

// keys are pressed one after the other, each when the one before has done its work.
func presses(w *world.World, c *world.Caller, keys string) {
	for _, k := range keys {
		w.Passes(3 * time.Second)
		c.Presses(string(k))
	}
	w.Passes(3 * time.Second)
}

// serves has ann take and finish the call.
func serves(w *world.World, c *world.Caller) {
	w.T.Helper()
	ann := w.Agent("ann").IsAvailable()
	ann.IsOffered(c)
	ann.Accepts()
	ann.TalksWith(c)
	c.HangsUp()
	ann.WrapsUp()
	ann.Finishes("sold_big", "")
}

func TestTemplateLanguageChoice(t *testing.T) {
	for name, tt := range map[string]struct {
		number, keys, language string
		asked                  bool
	}{
		"chosen":             {"+442079460001", "3", "th", true},
		"wrong, then chosen": {"+442079460001", "72", "ru", true},
		"nothing":            {"+442079460001", "", "en", true},
		"by the country":     {"+79160000001", "", "ru", false},
	} {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				ownQueue(w)
				w.Template("language-choice", own)
				c := w.Caller()
				c.Number = tt.number
				c.Dials(own).IsAnswered()
				presses(w, c, tt.keys)
				w.Passes(15 * time.Second)
				if got := w.FlowSteps(flow.StepLanguage); !slices.Equal(got, []string{tt.language}) {
					w.T.Errorf("the language is %v, want %s", got, tt.language)
				}
				if tt.asked {
					says(w, "For English, press 1", "greeting")
				} else {
					says(w, "greeting")
				}
				serves(w, c)
			})
		})
	}
}

func TestTemplateMenuOfThreeLevels(t *testing.T) {
	for name, tt := range map[string]struct {
		keys string
		tags []string
	}{
		"the third level":   {"211", []string{"fault-internet"}},
		"the other of it":   {"212", []string{"fault-telephone"}},
		"the second level":  {"22", []string{"bill"}},
		"back, and another": {"2*12", []string{"sales-company"}},
		"wrong, then right": {"511", []string{"sales-home"}},
		"an agent at once":  {"0", nil},
		"nothing":           {"", nil},
	} {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				ownQueue(w)
				w.Template("three-level-menu", own)
				c := w.Caller().Dials(own)
				c.IsAnswered()
				presses(w, c, tt.keys)
				w.Passes(25 * time.Second)
				if got := w.Tags(); !slices.Equal(got, tt.tags) {
					w.T.Errorf("the tags are %v, want %v", got, tt.tags)
				}
				serves(w, c)
			})
		})
	}
}

// TestTemplateOpeningHours: open, lunch, open again, and a day that is a holiday.
func TestTemplateOpeningHours(t *testing.T) {
	week := hours.Week{"sat": {"00:00-00:10", "00:20-01:00"}} // fake time begins on a Saturday at midnight
	t.Run("lunch", func(t *testing.T) {
		world.Run(t, func(w *world.World) {
			ownQueue(w)
			w.Office(week)
			w.Template("opening-hours", own)
			morning := w.Caller().Dials(own)
			morning.IsAnswered()
			w.Passes(5 * time.Second)
			says(w, "greeting")
			serves(w, morning)
			w.Passes(10 * time.Minute)
			lunch := w.Caller().Dials(own)
			lunch.IsAnswered()
			w.Passes(24 * time.Second) // he may be urgent, and says nothing
			lunch.IsHungUpOn()
			w.Passes(10 * time.Minute)
			serves(w, w.Caller().Dials(own))
		})
	})
	t.Run("holiday", func(t *testing.T) {
		world.Run(t, func(w *world.World) {
			ownQueue(w)
			w.Office(week, hours.Holiday{Date: "2000-01-01", Name: "New Year"})
			w.Template("opening-hours", own)
			c := w.Caller().Dials(own)
			c.IsAnswered()
			w.Passes(24 * time.Second)
			c.IsHungUpOn()
			says(w, "We are closed now", "closed", "goodbye")
		})
	})
	t.Run("who is known may be urgent", func(t *testing.T) {
		world.Run(t, func(w *world.World) {
			ownQueue(w)
			w.Office(hours.Week{})
			w.Template("opening-hours", own)
			c := w.Caller()
			known(w, c, nil)
			c.Dials(own).IsAnswered()
			presses(w, c, "1")
			says(w, "We are closed now. If it is urgent, press 1.")
			serves(w, c)
		})
	})
}

// known makes the caller somebody we know.
func known(w *world.World, c *world.Caller, fields map[string]string) (id customer.ID) {
	w.T.Helper()
	w.SetUp(func(tx *db.Tx, by audit.Author) error {
		one, _, err := customer.FindOrCreate(tx, tenant.ID(by.Tenant), c.Number)
		if err != nil {
			return err
		}
		id, one.Name, one.Fields = one.ID, "Anna", fields
		_, err = customer.Change(tx, by, one)
		return err
	})
	return id
}

// TestTemplateReminder: the answer to a reminder is written down at the customer.
func TestTemplateReminder(t *testing.T) {
	for name, tt := range map[string]struct{ keys, answer string }{
		"confirmed": {"1", "confirmed"}, "cancelled": {"2", "cancelled"}, "wrong, then confirmed": {"71", "confirmed"}, "to an agent": {"0", ""},
	} {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				ownQueue(w)
				w.Template("appointment-reminder", own)
				c := w.Caller()
				id := known(w, c, map[string]string{"appointment": "2000-02-01", "appointment_place": "12 High Street."})
				c.Dials(own).IsAnswered()
				presses(w, c, tt.keys)
				says(w, "your appointment on February first")
				says(w, "12 High Street. To confirm, press 1")
				if tt.answer == "" {
					serves(w, c)
				} else {
					c.IsHungUpOn()
					says(w, "your answer is noted", "goodbye")
				}
				err := w.App.DB().Read(w.T.Context(), func(tx *db.Tx) error {
					one, err := customer.Get(tx, w.OneRecord().Arrival.Tenant, id)
					if got := one.Fields["appointment_answer"]; err == nil && got != tt.answer {
						w.T.Errorf("the answer kept is %q, want %q", got, tt.answer)
					}
					return err
				})
				if err != nil {
					w.T.Fatal(err)
				}
			})
		})
	}
}

// TestTemplateVoicemail: who calls when it is closed leaves a message, which an agent takes later.
func TestTemplateVoicemail(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ownQueue(w)
		w.Office(hours.Week{"sun": {"09:00-18:00"}})
		w.Template("voicemail", own)
		c := w.Caller().Dials(own)
		c.IsAnswered()
		w.Passes(8 * time.Second)
		c.Speaks()
		w.Passes(6 * time.Second)
		c.HangsUp()
		w.Passes(time.Minute)
		if got := messages(w); len(got) != 1 {
			t.Fatalf("%d messages, want 1", len(got))
		}
		takes(w.Agent("ann").IsAvailable(), c)
	})
}

// TestTemplateCallbackOffer: who has waited for two minutes is offered a call back and takes it.
func TestTemplateCallbackOffer(t *testing.T) {
	world.Run(t, func(w *world.World) {
		there := w.SIPPhone(firstWay)
		waitsWith(w, "later", w.Template("callback-offer", ""))
		c := w.Caller().Dials(later)
		c.IsAnswered()
		w.Passes(2*time.Minute + 5*time.Second)
		presses(w, c, "11") // yes, that number
		c.IsHungUpOn()
		ann := w.Agent("ann").IsAvailable()
		ann.IsOffered(c)
		callsBack(w, ann)
		there.Rings()
		there.PicksUp()
		w.Passes(time.Second)
		ann.Connects()
		there.HangsUp()
		ann.HasNothing()
	})
}

// TestTemplateClosing: who comes to a closed queue is promised a call, or waits because it is urgent.
func TestTemplateClosing(t *testing.T) {
	t.Run("a call", func(t *testing.T) {
		world.Run(t, func(w *world.World) {
			there := w.SIPPhone(firstWay)
			ownQueue(w)
			closesWith(w, "closes-callback", "closing")
			untilClosing(w, -time.Minute)
			c := w.Caller().Dials(closesToCallback)
			c.IsAnswered()
			presses(w, c, "11")
			c.IsHungUpOn()
			ann := w.Agent("ann").IsAvailable()
			ann.IsOffered(c)
			callsBack(w, ann)
			there.Rings()
			there.PicksUp()
			w.Passes(time.Second)
			ann.Connects()
			there.HangsUp()
			ann.HasNothing()
		})
	})
	for name, keys := range map[string]string{"urgent": "2", "wrong, then urgent": "72"} {
		t.Run(name, func(t *testing.T) {
			world.Run(t, func(w *world.World) {
				ownQueue(w)
				closesWith(w, "closes-callback", "closing")
				untilClosing(w, -time.Minute)
				c := w.Caller().Dials(closesToCallback)
				c.IsAnswered()
				presses(w, c, keys)
				serves(w, c)
			})
		})
	}
	t.Run("nothing", func(t *testing.T) {
		world.Run(t, func(w *world.World) {
			ownQueue(w)
			closesWith(w, "closes-callback", "closing")
			untilClosing(w, -time.Minute)
			c := w.Caller().Dials(closesToCallback)
			c.IsAnswered()
			w.Passes(25 * time.Second)
			c.IsHungUpOn()
			says(w, "We are closed now", "closed", "goodbye")
			if r := w.OneRecord(); r.Phase != interaction.Done || r.Cause != interaction.BySystem {
				t.Errorf("the record is %s by %s", r.Phase, r.Cause)
			}
		})
	})
}
