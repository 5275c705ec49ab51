package center_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"linekeeper/internal/access"
	"linekeeper/internal/center"
	"linekeeper/internal/hours"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// random draws a center that is right in itself.
func random(t *rapid.T) center.File {
	text := rapid.SampledFrom([]string{"x", "Привет", "สวัสดี", "5", "true", "null", "a: b", "- c", "# d", "\"q\"", "two\nlines", "~", "2026-01-01", "1e3", "ends with blank "})
	names := rapid.Custom(func(t *rapid.T) tenant.Names {
		n := tenant.Names{"en": text.Draw(t, "en")}
		if rapid.Bool().Draw(t, "more") {
			n["th"] = text.Draw(t, "th")
		}
		return n
	})
	keys := func(kind string, least, most int) []string {
		n := rapid.IntRange(least, most).Draw(t, kind)
		list := make([]string, n)
		for i := range list {
			// Others between two runs: some are new, some gone, some as they were.
			list[i] = fmt.Sprintf("%s%d", kind, i*3+rapid.IntRange(0, 2).Draw(t, "key"))
		}
		return list
	}
	language := rapid.SampledFrom([]tenant.Language{"", "en", "ru", "th"})
	seconds := rapid.Custom(func(t *rapid.T) center.Duration {
		return center.Duration(time.Duration(rapid.Int64Range(1, 600).Draw(t, "s")) * time.Second)
	})
	one := func(list []string) string { return rapid.SampledFrom(list).Draw(t, "one") }
	f := center.File{
		Prune:  rapid.Bool().Draw(t, "prune"),
		Tenant: &center.Tenant{Name: text.Draw(t, "tenant"), TimeZone: "Asia/Bangkok", Language: "th"},
	}
	for _, k := range keys("trunk", 0, 2) {
		f.Trunks = append(f.Trunks, center.Trunk{Key: k, Name: text.Draw(t, "name"), Addresses: []string{"192.0.2.1"}, Codecs: []string{"PCMU"},
			NAT: rapid.Bool().Draw(t, "nat"), MaxCalls: rapid.Int64Range(0, 9).Draw(t, "max"),
			Kind: rapid.SampledFrom([]string{"", "registration"}).Draw(t, "kind"), Host: "carrier.example", User: "us",
			Password: rapid.SampledFrom([]string{"", "hunter2"}).Draw(t, "password"), Order: rapid.Int64Range(0, 2).Draw(t, "order"),
			Rates: rapid.SampledFrom([][]string{nil, {"+7* 0.05 100"}}).Draw(t, "rates"), Options: seconds.Draw(t, "options")})
	}
	for _, k := range keys("project", 1, 3) {
		p := center.Project{Key: k, Name: text.Draw(t, "name"), Country: rapid.SampledFrom([]string{"", "TH"}).Draw(t, "country"),
			HangUpReason: rapid.Bool().Draw(t, "reason"), AnnounceMonitoring: rapid.Bool().Draw(t, "announce"),
			RecordingDays: rapid.Int64Range(0, 400).Draw(t, "days"), RecordingFormat: rapid.SampledFrom([]project.Format{"opus", "wav"}).Draw(t, "format")}
		p.Voices = rapid.SampledFrom([][]center.Voice{nil, {{Engine: "espeak-ng"}}, {{Language: "th", Engine: "neural", Voice: "nok"}, {Language: "en", Engine: "espeak-ng"}}}).Draw(t, "voices")
		for _, v := range p.Voices { // drawn with them: each draw more makes fewer centers that can be applied
			p.Recognizers = append(p.Recognizers, center.Recognizer{Language: v.Language, Engine: "vosk-en"})
		}
		p.Callbacks = []*center.ProjectCallbacks{nil, {AtOnce: 3}, {PerMinute: 5, OnePer: project.AnyNumber}}[p.RecordingDays%3]
		for _, k := range f.Trunks {
			if rapid.Bool().Draw(t, "uses") {
				p.Trunks = append(p.Trunks, k.Key)
			}
		}
		f.Projects = append(f.Projects, p)
	}
	projects := make([]string, len(f.Projects))
	for i, p := range f.Projects {
		projects[i] = p.Key
	}
	var hoursKeys = []string{""}
	for _, k := range keys("hours", 0, 2) {
		h := center.Hours{Key: k, Name: text.Draw(t, "name"), TimeZone: rapid.SampledFrom([]string{"", "UTC", "Europe/Berlin"}).Draw(t, "zone")}
		if rapid.Bool().Draw(t, "week") {
			h.Week = hours.Week{"mon": {"09:00-12:00", "13:00-24:00"}, "sun": {}}
			h.Holidays = []center.Holiday{{Date: "2026-01-01", Name: text.Draw(t, "holiday")}, {Date: "2026-01-02", Open: []hours.Interval{"22:00-06:00"}}}
		}
		f.Hours, hoursKeys = append(f.Hours, h), append(hoursKeys, k)
	}
	for _, k := range keys("prompt", 0, 2) {
		f.Prompts = append(f.Prompts, center.Prompt{Key: k, Name: text.Draw(t, "name"), Texts: map[string]string{"en": text.Draw(t, "text")}})
	}
	var queueKeys []string
	queueKeys = append(queueKeys, keys("queue", 1, 3)...)
	flowKeys := keys("flow", 1, 2)
	for _, k := range flowKeys {
		program := fmt.Sprintf(`{"schema":1,"comment":%q,"start":"z","nodes":{"z":{"kind":"enqueue","queue":%q,"edges":{"failed":"a"}},"a":{"kind":"hangup"}},"layout":{"z":{"x":%d,"y":1.5}}}`,
			"c", one(queueKeys), rapid.IntRange(-5, 5).Draw(t, "x"))
		f.Flows = append(f.Flows, center.Flow{Key: k, Name: text.Draw(t, "name"), Program: center.Program(program)})
	}
	for i := range f.Projects {
		p := &f.Projects[i]
		p.HoldMusic, p.SafetyFlow, p.DefaultQueue = one([]string{"", "music"}), one(append([]string{""}, flowKeys...)), one(append([]string{""}, queueKeys...))
	}
	for _, k := range queueKeys {
		f.Queues = append(f.Queues, center.Queue{Key: k, Name: text.Draw(t, "name"), Project: one(projects), Target: seconds.Draw(t, "target"),
			TargetPercent: rapid.Int64Range(0, 100).Draw(t, "percent"), Offer: seconds.Draw(t, "offer"), WrapUp: seconds.Draw(t, "wrap"),
			Recording: rapid.Bool().Draw(t, "rec"), WaitingFlow: one(append([]string{""}, flowKeys...))})
		if rapid.Bool().Draw(t, "survey") {
			q := &f.Queues[len(f.Queues)-1]
			q.AfterFlow, q.AfterShare, q.AfterDays = one(flowKeys), rapid.Int64Range(1, 100).Draw(t, "share"), rapid.Int64Range(0, 400).Draw(t, "days")
			q.Desk = &center.QueueDesk{Extensions: q.AfterDays % 21, Extension: center.Duration(q.AfterShare) * center.Duration(time.Second)}
		}
	}
	for i, k := range keys("entry", 0, 3) {
		f.Entries = append(f.Entries, center.Entry{Key: k, Name: text.Draw(t, "name"), Number: fmt.Sprintf("+66 2 %s-%d", k[len("entry"):], 1000+i),
			Project: one(projects), Flow: one(flowKeys), Hours: one(hoursKeys), Language: language.Draw(t, "language")})
	}
	for _, k := range keys("outcome", 0, 3) {
		d := center.Disposition{Key: k, Project: one(projects), Names: names.Draw(t, "names"), Success: rapid.Bool().Draw(t, "success")}
		for _, c := range keys(k+"_child", 0, 2) {
			d.Children = append(d.Children, center.ChildDisposition{Key: c, Names: names.Draw(t, "names")})
		}
		f.Dispositions = append(f.Dispositions, d)
	}
	for _, k := range keys("break", 0, 2) {
		f.BreakReasons = append(f.BreakReasons, center.BreakReason{Key: k, Names: names.Draw(t, "names"), Limit: seconds.Draw(t, "limit")})
	}
	skillKeys := keys("skill", 0, 2)
	for _, k := range skillKeys {
		f.Skills = append(f.Skills, center.Skill{Key: k, Names: names.Draw(t, "names")})
	}
	f.Users = []center.User{{Login: "root", Name: "Root", Role: access.Administrator, Phone: access.BrowserPhone, Queues: []string{}}}
	for _, k := range keys("user", 0, 3) {
		u := center.User{Login: k, Name: text.Draw(t, "name"), Role: rapid.SampledFrom(access.Roles()).Draw(t, "role"), Language: language.Draw(t, "language"),
			Phone: access.SIPPhone, PhoneURI: "sip:" + k + "@192.0.2.9", Disabled: rapid.Bool().Draw(t, "disabled"),
			Confirm: rapid.Bool().Draw(t, "confirm"), ChoosesPhone: rapid.Bool().Draw(t, "chooses")}
		if rapid.Bool().Draw(t, "secret") {
			u.PhoneSecret = "a-long-secret-for-" + k
		}
		if rapid.Bool().Draw(t, "outside") {
			u.Phone, u.PhoneURI, u.PhoneNumber = access.OutsidePhone, "", "+4930123456"
		}
		if rapid.Bool().Draw(t, "serves") {
			u.Queues = []string{one(queueKeys)}
		}
		if len(skillKeys) > 0 && u.Queues != nil { // drawn with them: each draw more makes fewer centers that can be applied
			u.Skills = center.Levels{skillKeys[0]: int64(len(u.Name)%10 + 1)}
		}
		f.Users = append(f.Users, u)
	}
	for _, k := range keys("token", 0, 2) {
		f.APITokens = append(f.APITokens, center.APIToken{Key: k, Name: text.Draw(t, "name"), Role: access.Supervisor, Token: "lk_" + k + "-0123456789abcdef0123456789abcdef",
			Expires: rapid.SampledFrom([]string{"", "2031-06-30T00:00:00Z"}).Draw(t, "expires")})
	}
	for _, k := range keys("plugin", 0, 2) {
		one := center.Plugin{Key: k, Name: text.Draw(t, "name"), URL: "https://plugins.example/" + k, Kinds: []center.PluginKind{{
			Kind: "ask", Label: names.Draw(t, "names"), Talks: rapid.Bool().Draw(t, "talks"),
			Parameters: []center.PluginParameter{{Name: "due", Type: "number", Default: 5, Required: rapid.Bool().Draw(t, "required")}},
			Results:    []center.PluginItem{{Name: "days", Type: "number", Label: names.Draw(t, "names")}}, Wants: []string{"call.number"},
		}}}
		f.Plugins = append(f.Plugins, one)
	}
	f.Flows = append(f.Flows, center.Flow{Key: "alone", Name: "Alone", Program: center.Program(`{"schema":1,"channels":["none"],"start":"a","nodes":{"a":{"kind":"hangup"}}}`)})
	for _, k := range keys("trigger", 0, 2) {
		one := center.Trigger{Key: k, Name: text.Draw(t, "name"), Project: one(projects), Flow: "alone", Kind: "hook", Disabled: rapid.Bool().Draw(t, "disabled"),
			TokenHash: rapid.SampledFrom([]string{"", secret.HashToken(k)}).Draw(t, "token")}
		if rapid.Bool().Draw(t, "event") {
			one.Kind, one.Rule = "event", center.TriggerRule{On: "queue_waiting", Queue: queueKeys[0], More: 3, For: seconds.Draw(t, "for"), PerMinute: 5}
		}
		if rapid.Bool().Draw(t, "score") {
			one.Kind, one.Rule = "event", center.TriggerRule{On: "low_score", Question: "service", AtMost: new(3.5), Last: rapid.Int64Range(0, 9).Draw(t, "last")}
		}
		f.Triggers = append(f.Triggers, one)
	}
	f.AlertRules = center.List[center.AlertRule]{}
	for _, k := range keys("alert", 0, 2) {
		f.AlertRules = append(f.AlertRules, center.AlertRule{Key: k, Name: text.Draw(t, "name"), What: "long_wait", Queue: queueKeys[0], Limit: center.Duration(time.Minute),
			Hold: seconds.Draw(t, "hold"), Emails: []string{"lead@example.com"}, Disabled: rapid.Bool().Draw(t, "disabled")})
	}
	return f
}

// TestRandomCenters applies one random center after another to the same database, the same ones each
// time. After each: again
// changes nothing, its export changes nothing, pruning by its export changes nothing, and its YAML is
// read as the same.
func TestRandomCenters(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := center.New(d, secret.NewHasher(2)).Sealing(seals)
		ctx := context.Background()
		count := 60
		if d.Engine() == db.Postgres {
			count = 15
		}
		applied := 0
		for seed := range count {
			f := rapid.Custom(random).Example(seed)
			empty := func(what string, f center.File) {
				diff, err := c.Apply(ctx, author(), f)
				if err != nil || !diff.Empty() {
					t.Fatalf("%s: got %v and\n%s", what, err, diff)
				}
			}
			planned, err := c.Plan(ctx, author(), f)
			if err != nil {
				if !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Invalid) {
					t.Fatal(err)
				}
				continue // in the way of what is there: a number that is taken, a project still used
			}
			applied++
			diff, err := c.Apply(ctx, author(), f)
			if err != nil || diff.String() != planned.String() {
				t.Fatalf("apply: %v\n%s\nplanned\n%s", err, diff, planned)
			}
			empty("again", f)
			text, err := f.YAML()
			if err != nil {
				t.Fatal(err)
			}
			read, err := center.Parse(text)
			if err != nil {
				t.Fatalf("%v\n%s", err, text)
			}
			empty("as YAML", read)
			var home tenant.ID
			err = d.Read(ctx, func(tx *db.Tx) error {
				first, err := tenant.First(tx)
				home = first.ID
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, secrets := range []bool{true, false} {
				out, err := c.Export(ctx, home, secrets)
				if err != nil {
					t.Fatal(err)
				}
				if text, err = out.YAML(); err != nil {
					t.Fatal(err)
				}
				if read, err = center.Parse(text); err != nil {
					t.Fatalf("%v\n%s", err, text)
				}
				read.Prune = true
				empty("exported", read)
			}
		}
		if applied < count/3 {
			t.Errorf("only %d of %d centers could be applied", applied, count)
		}
	})
}
