package center_test

import (
	"os"
	"strings"
	"testing"

	"linekeeper/internal/audit"
	"linekeeper/internal/center"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/tenant"
)

const sampleFile = "../../docs/using/center.sample.yaml"

func load(t testing.TB, name string) center.File {
	t.Helper()
	f, err := center.Load(name)
	if err != nil {
		t.Fatalf("reading the file:\n%v", err)
	}
	return f
}

func author() audit.Author { return audit.Author{Source: "file"} }

func first(t testing.TB, d *db.DB) tenant.ID {
	t.Helper()
	var id tenant.ID
	err := d.Read(t.Context(), func(tx *db.Tx) error {
		home, err := tenant.First(tx)
		id = home.ID
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// TestSample applies the sample of the guide, again, exported, and on another database.
func TestSample(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := center.New(d, secret.NewHasher(2)).Sealing(seals)
		f := load(t, sampleFile)
		planned, err := c.Plan(t.Context(), author(), f)
		if err != nil {
			t.Fatalf("plan:\n%v", err)
		}
		diff, err := c.Apply(t.Context(), author(), f)
		if err != nil {
			t.Fatalf("apply:\n%v", err)
		}
		if len(planned.Changes) != len(diff.Changes) {
			t.Errorf("plan has %d changes, apply %d", len(planned.Changes), len(diff.Changes))
		}
		for _, line := range []string{"+ queue sales\n", "    target: 20s\n", "+ user ann\n", "    queues[1]: support\n",
			"+ disposition sale_new\n", "    parent: sale\n", "    limit: 1h\n", "password_hash: (hidden, new)"} {
			if !strings.Contains(diff.String(), line) {
				t.Errorf("the diff lacks %q:\n%s", line, diff)
			}
		}
		if strings.Contains(diff.String(), "argon2id") || strings.Contains(diff.String(), "change-me") {
			t.Errorf("the diff shows a secret:\n%s", diff)
		}
		again, err := c.Apply(t.Context(), author(), f)
		if err != nil || !again.Empty() {
			t.Errorf("applied again: got %v and\n%s", err, again)
		}
		for _, secrets := range []bool{false, true} {
			exported, err := c.Export(t.Context(), first(t, d), secrets)
			if err != nil {
				t.Fatal(err)
			}
			text, err := exported.YAML()
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.Contains(string(text), "argon2id"); got != secrets {
				t.Errorf("export with secrets %v: hashes in it: %v", secrets, got)
			}
			back, err := center.Parse(append([]byte("prune: true\n"), text...))
			if err != nil {
				t.Fatalf("the export is refused:\n%v\n%s", err, text)
			}
			back.Prune = true
			same, err := c.Apply(t.Context(), author(), back)
			if err != nil || !same.Empty() {
				t.Errorf("export applied: got %v and\n%s\nfrom\n%s", err, same, text)
			}
			if secrets {
				elsewhere := center.New(dbtest.SQLite(t), secret.NewHasher(2)).Sealing(seals)
				if _, err := elsewhere.Apply(t.Context(), author(), back); err != nil {
					t.Errorf("export applied elsewhere:\n%v", err)
				}
			}
		}
	})
}

func TestAllOrNothing(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := center.New(d, secret.NewHasher(2)).Sealing(seals)
		if _, err := c.Apply(t.Context(), author(), load(t, sampleFile)); err != nil {
			t.Fatal(err)
		}
		for name, one := range map[string]struct{ text, want string }{
			"unknown project": {
				"projects:\n  - key: bank\nqueues:\n  - key: cards\n    project: bnk\n",
				"center.yaml:5: queues[0].project: there is no project \"bnk\"; did you mean \"bank\"?",
			},
			"unknown queue": {
				"projects:\n  - key: bank\nusers:\n  - login: zoe\n    role: agent\n    queues:\n      - sales\n      - suport\n",
				"center.yaml:8: users[0].queues[1]: there is no queue \"suport\"; did you mean \"support\"?",
			},
			"queue of a flow": {
				"projects:\n  - key: bank\nflows:\n  - key: f\n    program:\n      schema: 1\n      start: a\n      nodes:\n        a: {kind: enqueue, queue: nowhere, edges: {failed: b}}\n        b: {kind: hangup}\n",
				"flows[0].program.nodes.a.queue: there is no queue \"nowhere\"",
			},
			"number taken": {
				"projects:\n  - key: bank\nentries:\n  - key: second\n    number: 0066 21234567\n    project: bank\n    flow: main\n",
				"center.yaml:5: entries[0].number: the entry \"main\" has this number already",
			},
			"in use": {"prune: true\nprojects: []\n", "needs the project \"internet\", which is not in the file and would be removed"},
			"new token without secret": {
				"projects:\n  - key: bank\napi_tokens:\n  - key: x\n    role: agent\n", "center.yaml:4: api_tokens[0].token: must not be empty",
			},
			"last administrator": {"projects:\n  - key: bank\nusers:\n  - {login: admin, role: agent}\n", "last administrator"},
		} {
			f, err := center.Parse([]byte(one.text))
			if err != nil {
				t.Fatalf("%s: parse:\n%v", name, err)
			}
			_, err = c.Apply(t.Context(), author(), f)
			if err == nil || !strings.Contains(err.Error(), one.want) {
				t.Errorf("%s: got\n%v\nwant\n%s", name, err, one.want)
			}
			if _, planErr := c.Plan(t.Context(), author(), f); planErr == nil || planErr.Error() != err.Error() {
				t.Errorf("%s: plan says %v, apply %v", name, planErr, err)
			}
		}
		left, err := c.Export(t.Context(), first(t, d), false)
		if err != nil {
			t.Fatal(err)
		}
		if len(left.Projects) != 1 {
			t.Errorf("got %d projects, want only the sample's: a refused file has left something", len(left.Projects))
		}
	})
}

func TestPrune(t *testing.T) {
	t.Parallel()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := center.New(d, secret.NewHasher(2)).Sealing(seals)
		if _, err := c.Apply(t.Context(), author(), load(t, sampleFile)); err != nil {
			t.Fatal(err)
		}
		f, err := center.Parse([]byte(`
prune: true
projects: [{key: bank}]
hours: []
prompts: []
flows:
  - key: other
    program: {schema: 1, start: a, nodes: {a: {kind: enqueue, queue: cards, edges: {failed: b}}, b: {kind: hangup}}}
queues: [{key: cards, project: bank, recording: false}]
entries: [{key: other, number: "+66 2 123 4567", project: bank, flow: other}]
dispositions: []
triggers: []
users:
  - {login: admin, name: Alice Admin, role: administrator}
  - {login: ann, name: Ann Agent, role: agent, queues: [cards]}
`))
		if err != nil {
			t.Fatal(err)
		}
		diff, err := c.Apply(t.Context(), author(), f)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range []string{"- queue sales\n", "- project internet\n", "- disposition sale_new\n", "~ user boris\n", "    disabled: "} {
			if !strings.Contains(diff.String(), line) {
				t.Errorf("the diff lacks %q:\n%s", line, diff)
			}
		}
		left, err := c.Export(t.Context(), first(t, d), false)
		if err != nil {
			t.Fatal(err)
		}
		if len(left.Queues) != 1 || len(left.Flows) != 1 || len(left.Users) != 5 || len(left.Trunks) != 1 || len(left.Dispositions) != 0 {
			t.Errorf("left: %d queues, %d flows, %d users, %d trunks, %d dispositions; want 1, 1, 5, 1, 0",
				len(left.Queues), len(left.Flows), len(left.Users), len(left.Trunks), len(left.Dispositions))
		}
	})
}

func TestParseErrors(t *testing.T) {
	t.Parallel()
	_, err := center.Parse([]byte(`tenant:
  name: X
  time_zone: Mars/Base
  language: de
queus: []
queues:
  - key: Sales
    project: p
    target: soon
    target_percent: 180
    recordin: true
  - key: a
    project: p
    offer: 1ms
  - key: a
trunks:
  - key: t
    addresses: [10.0.0.300]
users:
  - {login: ann, role: boss, password: short, phone: outside, phone_secret: short}
hours:
  - key: h
    week: {mon: ["9-18"], monday: []}
api_tokens:
  - {key: k, role: agent, token: lk_short}
entries: 5
`))
	if fault.KindOf(err) != fault.Invalid {
		t.Fatalf("got %v, want an invalid file", err)
	}
	for _, want := range []string{
		`center.yaml:3: tenant.time_zone: "Mars/Base" is not a time zone`,
		`center.yaml:4: tenant.language: must be one of en, ru, th, not "de"`,
		`center.yaml:5: queus: there is no such field; did you mean "queues"?`,
		`center.yaml:7: queues[0].key: must consist of`,
		`center.yaml:9: queues[0].target: must be a duration such as`,
		`center.yaml:10: queues[0].target_percent: must be from 0 to 100`,
		`center.yaml:11: queues[0].recordin: there is no such field; did you mean "recording"?`,
		`center.yaml:14: queues[1].offer: must be from 1000`,
		`center.yaml:15: queues[2].project: must not be empty`,
		`center.yaml:15: queues[2].key: "a" is the key of queues[1] too`,
		`center.yaml:18: trunks[0].addresses[0]: "10.0.0.300" is not an IP address`,
		`center.yaml:20: users[0].role: must be one of`,
		`center.yaml:20: users[0].password: must have at least 8 characters`,
		`center.yaml:20: users[0].phone_number: an outside phone needs its number`,
		`center.yaml:20: users[0].phone_secret: must have at least 20 characters`,
		`center.yaml:23: hours[0].week.mon[0]: "9-18" is not an interval`,
		`center.yaml:23: hours[0].week.monday: "monday" is not a day`,
		`center.yaml:25: api_tokens[0].token: must be lk_`,
		`center.yaml:26: entries: must be a list, not "5"`,
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("missing: %s", want)
		}
	}
	if t.Failed() {
		t.Logf("got:\n%v", err)
	}
	if fields := fault.FieldsOf(err); len(fields) < 18 || !strings.Contains(fields[0].Message, "(line ") {
		t.Errorf("fields: %v", fields)
	}
}

func FuzzParse(f *testing.F) {
	text, err := os.ReadFile(sampleFile)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte("a: &a [x, x]\nb: &b [*a, *a]\nprojects: *b\n"))
	f.Add([]byte("projects: &a [*a, *a]\n"))
	f.Add([]byte("flows: [{key: a, program: &a {x: *a, y: *a}}]\n"))
	f.Add([]byte("flows: [{key: a, program: {1: .inf, 2: 0x10, 3: 99999999999999999999, <<: {a: 1}}}]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := center.Parse(text)
		if err != nil {
			if fault.KindOf(err) != fault.Invalid {
				t.Fatalf("got %v, want an invalid file", err)
			}
			return
		}
		// What is read can be written, and read again as the same.
		out, err := file.YAML()
		if err != nil {
			t.Fatal(err)
		}
		again, err := center.Parse(out)
		if err != nil {
			t.Fatalf("written: %v\n%s", err, out)
		}
		twice, err := again.YAML()
		if err != nil || string(out) != string(twice) {
			t.Fatalf("written twice differs (%v):\n%s\n%s", err, out, twice)
		}
	})
}

// seals with a key of the tests.
func seals(plain string) (secret.Sealed, error) {
	b, err := secret.NewBox("a key that is long enough")
	return b.Seal(plain), err
}
