package flow

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/customer"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
)

// people are a few customers.
type people struct {
	all  []Customer
	by   ID // who changed one last
	fail error
}

func (p *people) Customer(_ context.Context, _ tenant.ID, id customer.ID) (Customer, error) {
	for _, c := range p.all {
		if c.id == id {
			return c, nil
		}
	}
	return Customer{}, nil
}

func (p *people) FindCustomers(_ context.Context, _ tenant.ID, field, value string) (found []Customer, err error) {
	for _, c := range p.all {
		if field == "" && slices.Contains(c.Numbers, value) || field != "" && c.Fields[field] == value {
			found = append(found, c)
		}
	}
	return found, p.fail
}

func (p *people) ChangeCustomer(_ context.Context, _ tenant.ID, by ID, id customer.ID, change CustomerChange) (Customer, error) {
	if change.Language != nil && *change.Language == "xx" {
		return Customer{}, fault.OneField("language", fault.Unknown, "is none")
	}
	p.by = by
	for i := range p.all {
		if c := &p.all[i]; c.id == id {
			kept := customer.Customer{Name: c.Name, Language: tenant.Language(c.Language), Segment: c.Segment, Fields: c.Fields}
			change.onto(&kept)
			c.Name, c.Language, c.Segment, c.Fields = kept.Name, string(kept.Language), kept.Segment, kept.Fields
			return *c, p.fail
		}
	}
	return Customer{}, errors.New("he is gone")
}

const customerNodes = `"a":{"kind":"find_customer","by":"contract","value":"given","edges":{"found":"b","unknown":"who","several":"more","failed":"bad"}},
	"b":{"kind":"set_customer","language":"{{customer.fields.speaks}}","segment":"vip","fields":{"last":"{{given}}","speaks":"{{\"\"}}"},"next":"c","edges":{"failed":"bad"}},
	"c":{"kind":"tag","tag":"{{customer.name}} {{customer.language}} {{customer.segment}} {{customer.fields.last}} {{len(customer.fields)}}","next":"end"},
	"who":{"kind":"tag","tag":"nobody","next":"end"},"more":{"kind":"tag","tag":"several","next":"end"},"bad":{"kind":"tag","tag":"bad","next":"end"}` + end

func TestCustomer(t *testing.T) {
	t.Parallel()
	const over = "ended hung up by the flow at end"
	tests := []struct {
		name, given string
		fail        error
		told        []string
	}{
		{"somebody we know", "A-1", nil, []string{"a customer_found contract", "who is c1 Anna", "b customer_changed language, segment, last, speaks", "who is c1 Anna", "c tagged Anna th vip A-1 2", over}},
		{"nobody", "A-9", nil, []string{"a customer_unknown contract", "who tagged nobody", over}},
		{"nothing given", " ", nil, []string{"a customer_unknown contract", "who tagged nobody", over}},
		{"two", "A-2", nil, []string{"a customer_unknown contract", "more tagged several", over}},
		{"no language", "A-3", nil, []string{"a customer_found contract", "who is c4 ", "b failed language: is none", "bad tagged bad", over}},
		{"it fails", "A-1", fault.Unavailable.New("The database is gone."), []string{"a failed The database is gone.", "bad tagged bad", over}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &people{fail: tt.fail, all: []Customer{
					{Known: true, Name: "Anna", Fields: map[string]string{"contract": "A-1", "speaks": "th"}, id: "c1"},
					{Known: true, Fields: map[string]string{"contract": "A-2"}, id: "c2"}, {Known: true, Fields: map[string]string{"contract": "A-2"}, id: "c3"},
					{Known: true, Fields: map[string]string{"contract": "A-3", "speaks": "xx"}, id: "c4"},
				}}
				c := newCenter(t, map[string]string{"p": program(`"given":{"type":"text","default":"`+tt.given+`"}`, "a", customerNodes)},
					func(c *RunnerConfig) { c.Customers = p })
				c.runner.Start(spec(newLine(), "p", "en"))
				passes(time.Second)
				wantLines(t, "told", c.log(), tt.told...)
				if tt.name == "somebody we know" && p.by != "p" {
					t.Errorf("changed by %q, want the flow", p.by)
				}
			})
		})
	}
}

func TestCustomerProblems(t *testing.T) {
	t.Parallel()
	for node, want := range map[string]string{
		`{"kind":"find_customer","value":"call.number","edges":{"found":"end","unknown":"end"}}`:                      "",
		`{"kind":"find_customer","by":"{{call.line}}","value":"call.number","edges":{"found":"end","unknown":"end"}}`: "a.by: must be the key of a field, without expressions",
		`{"kind":"find_customer","by":"Contract No","value":"call.number","edges":{"found":"end","unknown":"end"}}`:   "a.by: must be the key of a field",
		`{"kind":"find_customer","edges":{"found":"end","unknown":"end"}}`:                                            "a.value: must be set",
		`{"kind":"find_customer","value":"customer.fields.contract","edges":{"found":"end","unknown":"end"}}`:         "",
		`{"kind":"find_customer","value":"customer.contract","edges":{"found":"end","unknown":"end"}}`:                "a.value: cannot be worked out: type flow.Customer has no field contract",
		`{"kind":"find_customer","value":"customer.id","edges":{"found":"end","unknown":"end"}}`:                      "a.value: cannot be worked out: type flow.Customer has no field id",
		`{"kind":"set_customer","next":"end"}`:                                                                        "a: changes nothing",
		`{"kind":"set_customer","name":"{{pin}}","next":"end"}`:                                                       "a.name: {{pin}} is secret",
		`{"kind":"set_customer","fields":{"A B":"x"},"next":"end"}`:                                                   `a.fields: "A B" must be the key of a field`,
	} {
		_, err := Compile([]byte(program(`"pin":{"type":"text","secret":true,"default":"1"}`, "a", `"a":`+node+end)))
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%s: got %v, want %s", node, err, want)
		}
	}
}

// TestCustomerRehearsed: look-ups find a script's customers, and changes last as long as the rehearsal.
func TestCustomerRehearsed(t *testing.T) {
	t.Parallel()
	p := compiled1(t, program(`"given":{"type":"text","input":true}`, "a", customerNodes))
	anna := Customer{Name: "Anna", Fields: map[string]string{"contract": "A-1", "speaks": "th"}}
	scripts := []Script{
		{Name: "found", Customers: []Customer{anna}, Inputs: map[string]any{"given": "A-1"}, Expect: Expect{Passes: []string{"b", "c"}, End: EndEnded}},
		{Name: "found again", Customer: &anna, Inputs: map[string]any{"given": "A-1"}, Expect: Expect{Passes: []string{"b", "c"}}},
		{Name: "unknown", Customers: []Customer{anna}, Inputs: map[string]any{"given": "A-2"}, Expect: Expect{Passes: []string{"who"}}},
		{Name: "two", Customers: []Customer{anna, anna}, Inputs: map[string]any{"given": "A-1"}, Expect: Expect{Passes: []string{"more"}}},
	}
	got, _ := Rehearse(t.Context(), Stage{Tenant: "t1"}, p, scripts)
	for _, r := range got {
		if len(r.Failures) > 0 {
			t.Errorf("%s: %v, %+v", r.Script, r.Failures, r.Steps)
		}
	}
	if len(anna.Fields) != 2 {
		t.Errorf("the rehearsal changed its script: %v", anna.Fields)
	}
}
