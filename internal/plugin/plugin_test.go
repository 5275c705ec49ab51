package plugin

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/outbound"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/tenant"
)

func TestValidate(t *testing.T) {
	t.Parallel()
	good := func() Plugin {
		return Plugin{Key: "bank", Name: "Bank", URL: "https://bank.example/plugin", Kinds: []Kind{{
			Key: "pay", Label: tenant.Names{"en": "Pay", "th": "จ่าย"}, Wants: []string{"call.number", "customer.fields.contract", "due"},
			Parameters: []Parameter{{Key: "how", Type: Choice, Options: []string{"card"}, Default: "card"}},
			Results:    []Result{{Key: "due", Type: Number}}, Branches: []Branch{{Key: "paid"}},
		}}}
	}
	for _, tt := range []struct {
		change func(*Plugin)
		want   string // beginning of the error; empty: none
	}{
		{func(*Plugin) {}, ""},
		{func(p *Plugin) { p.Key = "B" }, "key: "},
		{func(p *Plugin) { p.URL = "" }, "url: must not be empty"},
		{func(p *Plugin) { p.URL = "ftp://x" }, "url: must be an address"},
		{func(p *Plugin) { p.URL = "https://a:b@x/" }, "url: must have neither"},
		{func(p *Plugin) { p.URL = "https://x/?a=b" }, "url: must have neither"},
		{func(p *Plugin) { p.Secret = "open" }, "secret: "},
		{func(p *Plugin) { p.TimeoutMS = 20_000 }, "timeout_ms: must be from 100 to 10000"},
		{func(p *Plugin) { p.Kinds = append(p.Kinds, p.Kinds[0]) }, `kinds.1.kind: "pay" is there twice`},
		{func(p *Plugin) { p.Kinds[0].Label = nil }, "kinds.0.label: "},
		{func(p *Plugin) { p.Kinds[0].Parameters[0].Default = 1.0 }, "kinds.0.parameters.0.default: "},
		{func(p *Plugin) { p.Kinds[0].Parameters[0].Options = nil }, "kinds.0.parameters.0.options: "},
		{func(p *Plugin) { p.Kinds[0].Results[0].Type = "map" }, "kinds.0.results.0.type: "},
		{func(p *Plugin) { p.Kinds[0].Branches[0].Key = "failed" }, "kinds.0.branches.0.name: "},
		{func(p *Plugin) { p.Kinds[0].Wants[0] = "queue()" }, "kinds.0.wants.0: "},
	} {
		p := good()
		tt.change(&p)
		err := p.Validate()
		if (err == nil) != (tt.want == "") || err != nil && !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

func TestParseAnswer(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 2001)
	for text, want := range map[string]string{
		`{"do":[{"action":"finish"}]}`: "",
		`{"do":[{"action":"say","text":"Hello"},{"action":"play","prompt":"greeting","barge_in":true},{"action":"set","values":{"a":[1]}},{"action":"finish","branch":"paid"}],"state":{"a":1}}`: "",
		`{"do":[{"action":"menu","text":{"en":"One?","th":"หนึ่ง"},"choices":{"1":"One","#":{"en":"No"}},"tries":2,"timeout":3.5}]}`:                                                             "",
		`{"do":[{"action":"digits","prompt":"pin","least":4,"most":4,"terminator":"none","secret":true}]}`:                                                                                       "",
		`{"do":[{"action":"wait","seconds":1}]}`: "",
		``:                                       "the answer is not as it should be",
		`[]`:                                     "the answer is not as it should be",
		`{"do":[]}`:                              "do: must be a list of 1 to 50",
		`{"do":[{"action":"finish"}]} x`:         "the answer is not as it should be",
		`{"do":[{"action":"finish"}],"then":1}`:  "the answer is not as it should be",
		`{"do":[{"action":"finish"}],"state":"` + strings.Repeat("x", 9000) + `"}`:                       "state: must be at most 8192 bytes",
		`{"do":[{"action":"finish"}],"state":` + strings.Repeat("[", 21) + strings.Repeat("]", 21) + `}`: "state: must be",
		`{"do":["finish"]}`:                                                      "do.0: must be an object",
		`{"do":[null]}`:                                                          "do.0: must be an object",
		`{"do":[{"action":"say","text":"Hello"}]}`:                               "do.0: menu, digits, wait and finish end",
		`{"do":[{"action":"finish"},{"action":"finish"}]}`:                       "do.0: menu, digits, wait and finish end",
		`{"do":[{"action":"sing"}]}`:                                             "do.0: action: must be one of digits, ",
		`{"do":[{"action":"finish","text":"x"}]}`:                                "do.0: text: finish has no such field",
		`{"do":[{"action":"finish","way":"x"}]}`:                                 `do.0: json: unknown field "way"`,
		`{"do":[{"action":"finish","branch":"A b"}]}`:                            "do.0: branch: ",
		`{"do":[{"action":"say"},{"action":"finish"}]}`:                          "do.0: text: ",
		`{"do":[{"action":"say","text":"` + long + `"},{"action":"finish"}]}`:    "do.0: text: must be 1 to 2000",
		`{"do":[{"action":"play"},{"action":"finish"}]}`:                         "do.0: play needs either",
		`{"do":[{"action":"set","values":{}},{"action":"finish"}]}`:              "do.0: values: ",
		`{"do":[{"action":"set","values":{"A":1}},{"action":"finish"}]}`:         `do.0: values: "A"`,
		`{"do":[{"action":"menu","text":"x"}]}`:                                  "do.0: choices: must be there",
		`{"do":[{"action":"menu","text":"x","choices":{"11":"x"}}]}`:             `do.0: choices: "11"`,
		`{"do":[{"action":"menu","text":"x","prompt":"y","choices":{"1":"x"}}]}`: "do.0: menu needs either",
		`{"do":[{"action":"menu","text":"x","choices":{"1":"x"},"tries":11}]}`:   "do.0: tries: must be from 1 to 10",
		`{"do":[{"action":"digits","text":"x","least":9,"most":4}]}`:             "do.0: most: ",
		`{"do":[{"action":"digits","text":"x","least":21}]}`:                     "do.0: most: ",
		`{"do":[{"action":"digits","text":"x","terminator":"0"}]}`:               "do.0: terminator: ",
		`{"do":[{"action":"digits","text":"x","secret":true,"confirm":true}]}`:   "do.0: confirm: ",
		`{"do":[{"action":"wait"}]}`:                                             "do.0: seconds: ",
		`{"do":[{"action":"wait","seconds":3600}]}`:                              "do.0: seconds: ",
		`{"do":[{"action":"say","text":"` + strings.Repeat("x", 33000) + `"}]}`:  "the answer is longer than",
	} {
		_, err := ParseAnswer([]byte(text))
		if (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%.80s: got %v, want %s", text, err, want)
		}
	}
}

// FuzzParseAnswer: whatever a plug-in sends, what is taken of it can be written and read again, and ends the turn.
func FuzzParseAnswer(f *testing.F) {
	for _, s := range []string{
		`{"do":[{"action":"menu","text":{"en":"One?"},"choices":{"1":"One"}}],"state":[1]}`, `{"do":[{"action":"digits","text":"x","most":4}]}`,
		`{"do":[{"action":"say","text":"a"},{"action":"set","values":{"a":{"b":1}}},{"action":"wait","seconds":2}]}`, `{"do":[{"action":"finish","branch":"b"}]}`, "", "null", `{"do":null}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		a, err := ParseAnswer(text)
		if err != nil {
			return
		}
		if n := len(a.Do); n == 0 || n > mostActions || !fields[a.Do[n-1].Action].ends || len(a.State) > maxState {
			t.Fatalf("taken: %+v", a)
		}
		kept, err := json.Marshal(a)
		if err != nil {
			t.Fatal(err)
		}
		var again Answer
		if err := json.Unmarshal(kept, &again); err != nil {
			t.Fatal(err)
		}
		back, err := json.Marshal(again)
		if d := cmp.Diff(string(kept), string(back)); err != nil || d != "" {
			t.Errorf("%v (-first +again):\n%s", err, d)
		}
	})
}

func TestClient(t *testing.T) {
	t.Parallel()
	box, err := secret.NewBox("a key of sixteen letters")
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		moment, _, _ := strings.Cut(strings.TrimPrefix(r.Header.Get(SignatureHeader), "t="), ",")
		body := new(strings.Builder)
		if _, err := io.Copy(body, r.Body); err != nil {
			t.Error(err)
		}
		at, err := time.ParseDuration(moment + "s")
		if err != nil || r.Header.Get(SignatureHeader) != Signature("s3cret", time.Unix(int64(at.Seconds()), 0), body.String()) {
			t.Errorf("%s is signed %q", r.URL.Path, r.Header.Get(SignatureHeader))
		}
		switch r.URL.Path {
		case "/bank/manifest":
			_, _ = w.Write([]byte(`{"contract":1,"kinds":[{"kind":"pay","label":{"en":"Pay"},"talks":true}]}`))
		case "/old/manifest":
			_, _ = w.Write([]byte(`{"contract":9,"kinds":[{"kind":"pay","label":{"en":"Pay"}}]}`))
		case "/bank":
			if key := r.Header.Get("Idempotency-Key"); key != "talk-3" {
				t.Errorf("the key is %q", key)
			}
			_, _ = w.Write([]byte(`{"do":[{"action":"finish","branch":"paid"}]}`))
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	at, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	web := outbound.New(outbound.Config{Inside: []string{at.Hostname()}, Failures: 1000})
	t.Cleanup(web.Close)
	c := &Client{Web: web, Open: box.Open}
	p := Plugin{URL: s.URL + "/bank", Secret: box.Seal("s3cret"), TimeoutMS: 30_000}
	a, err := c.Ask(t.Context(), p, Question{Talk: "talk", Step: 3})
	if err != nil || len(a.Do) != 1 || a.Do[0].Branch != "paid" {
		t.Errorf("got %+v, %v", a, err)
	}
	kinds, err := c.Manifest(t.Context(), p)
	if err != nil || len(kinds) != 1 || kinds[0].Key != "pay" || !kinds[0].Talks {
		t.Errorf("got %+v, %v", kinds, err)
	}
	p.URL = s.URL + "/none"
	if _, err := c.Ask(t.Context(), p, Question{}); err == nil || err.Error() != "the answer has the status 404" {
		t.Errorf("got %v", err)
	}
	if _, err := c.Manifest(t.Context(), p); !fault.Is(err, fault.Unavailable) {
		t.Errorf("got %v", err)
	}
	p.URL = s.URL + "/old"
	if _, err := c.Manifest(t.Context(), p); !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "contract 9") {
		t.Errorf("got %v", err)
	}
	p.Secret = secret.Sealed("sealed1:" + strings.Repeat("A", 80))
	if _, err := c.Ask(context.Background(), p, Question{}); err == nil {
		t.Error("a secret of another key is no secret")
	}
}

// FuzzParseManifest: whatever a plug-in says of itself, what is taken of it can be kept and read again.
func FuzzParseManifest(f *testing.F) {
	for _, s := range []string{
		`{"contract":1,"kinds":[{"kind":"bot","label":{"en":"Bot"},"talks":true,"wants":["call.number"],"parameters":[{"key":"a","label":{"en":"A"},"type":"choice","options":["x"],"default":"x"}],
			"results":[{"key":"r","type":"number"}],"branches":[{"key":"b","label":{"en":"B"}}]}]}`,
		`{"contract":1,"kinds":[]}`, `{"contract":2}`, `{"contract":1,"kinds":[{"kind":"a"},{"kind":"a"}]}`, "null", "",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		kinds, err := ParseManifest(text)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a word")
			}
			return
		}
		kept, err := json.Marshal(map[string]any{"contract": Contract, "kinds": kinds})
		if err != nil {
			t.Fatal(err)
		}
		if len(kept) > maxManifest {
			return // what is escaped is longer
		}
		again, err := ParseManifest(kept)
		if err != nil {
			t.Fatal(err)
		}
		back, err := json.Marshal(map[string]any{"contract": Contract, "kinds": again})
		if d := cmp.Diff(string(kept), string(back)); err != nil || d != "" {
			t.Errorf("%v (-first +again):\n%s", err, d)
		}
	})
}
