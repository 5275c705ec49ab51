// Package plugin knows programs outside that lead a part of a flow's talk with a customer, and speaks with them: a
// question and an answer by HTTP for each turn, of which docs/plugins is the contract. A plug-in keeps nothing of a
// talk; what it wants to know again is in its answer and comes back with the next question. What is done with the
// customer is decided in package flow.
package plugin

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/tenant"
)

// ID identifies a plug-in: time-ordered text made by kit/id.
type ID string

// Plugin is a program outside.
type Plugin struct {
	ID   ID     `json:"id"`
	Key  string `json:"key"` // unique; flows name it
	Name string `json:"name"`
	// URL is asked by POST; URL/manifest tells by GET what it offers.
	URL string `json:"url"`
	// Secret is what questions are signed with; empty: they are not.
	Secret secret.Sealed `json:"secret"`
	// TimeoutMS is how long an answer may take; 0: UsualTimeout.
	TimeoutMS int64 `json:"timeout_ms"`
	// Kinds are what it offers; none: its manifest was not read yet.
	Kinds []Kind `json:"kinds"`
}

// UsualTimeout is how long a customer waits for an answer when nothing is said.
const UsualTimeout = 2 * time.Second

// Timeout is how long an answer may take.
func (p Plugin) Timeout() time.Duration {
	if p.TimeoutMS == 0 {
		return UsualTimeout
	}
	return time.Duration(p.TimeoutMS) * time.Millisecond
}

// Kind finds what it offers under a key.
func (p Plugin) Kind(key string) (Kind, bool) {
	i := slices.IndexFunc(p.Kinds, func(k Kind) bool { return k.Key == key })
	if i < 0 {
		return Kind{}, false
	}
	return p.Kinds[i], true
}

// Kind is one thing a plug-in can do, as a node of flows.
type Kind struct {
	Key   string       `json:"kind"`
	Label tenant.Names `json:"label"`
	Doc   tenant.Names `json:"doc,omitempty"`
	// Talks says that it speaks with the customer, so that there must be one.
	Talks bool `json:"talks,omitempty"`
	// Parameters are set at the node.
	Parameters []Parameter `json:"parameters,omitempty"`
	// Results are what it may set, for the node to take into variables.
	Results []Result `json:"results,omitempty"`
	// Branches are the ways by which it may finish, beside the plain one.
	Branches []Branch `json:"branches,omitempty"`
	// Wants are the names it is told the values of: call.number, customer.name, or a variable of the flow.
	Wants []string `json:"wants,omitempty"`
}

// Type is that of a value.
type Type string

// The types.
const (
	Text    Type = "text"
	Number  Type = "number"
	Boolean Type = "boolean"
	Choice  Type = "choice" // one of Parameter.Options
)

// Parameter is what a node tells a plug-in.
type Parameter struct {
	Key      string       `json:"name"`
	Type     Type         `json:"type"`
	Label    tenant.Names `json:"label,omitempty"` // none: its name
	Required bool         `json:"required,omitempty"`
	// Default is told when the node says nothing; nil: nothing is.
	Default any      `json:"default,omitempty"`
	Options []string `json:"options,omitempty"`
}

// Result is what a plug-in may set.
type Result struct {
	Key   string       `json:"name"`
	Type  Type         `json:"type"`
	Label tenant.Names `json:"label,omitempty"`
}

// Branch is a way out of the node.
type Branch struct {
	Key   string       `json:"name"`
	Label tenant.Names `json:"label,omitempty"`
}

// Limits of what a plug-in offers.
const (
	mostKinds = 50
	mostItems = 30
)

var (
	itemName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)
	wanted   = regexp.MustCompile(`^(call\.[a-z]{1,20}|customer\.[a-z]{1,20}(\.[a-z0-9_]{1,40})?|[a-z][a-z0-9_]{0,39})$`)
)

// Validate checks what can be checked without the database.
func (p Plugin) Validate() error {
	var f fault.Fields
	f.Key("key", p.Key)
	f.Text("name", p.Name, true, 200)
	checkURL(&f, p.URL)
	if p.Secret != "" && !p.Secret.Valid() {
		f.Add("secret", fault.Malformed, "this is not a sealed secret")
	}
	if p.TimeoutMS != 0 {
		f.Range("timeout_ms", p.TimeoutMS, 100, 10_000)
	}
	checkKinds(&f, "kinds", p.Kinds)
	return f.Err()
}

func checkURL(f *fault.Fields, text string) {
	u, err := url.Parse(text)
	switch {
	case text == "":
		f.Add("url", fault.Required, "must not be empty")
	case err != nil || len(text) > 1000 || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "":
		f.Add("url", fault.Malformed, "must be an address such as https://plugins.example.com/pay")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.ContainsAny(text, "?#"):
		f.Add("url", fault.Malformed, "must have neither a user nor a part behind ? or #")
	}
}

func checkKinds(f *fault.Fields, at string, kinds []Kind) {
	if len(kinds) > mostKinds {
		f.Add(at, fault.TooLong, "must be at most %d", mostKinds)
		return
	}
	seen := map[string]bool{}
	for i, k := range kinds {
		path := fmt.Sprintf("%s.%d", at, i)
		f.Key(path+".kind", k.Key)
		if seen[k.Key] {
			f.Add(path+".kind", fault.Taken, "%q is there twice", k.Key)
		}
		seen[k.Key] = true
		k.Label.Check(f, path+".label")
		checkLabel(f, path+".doc", k.Doc)
		k.check(f, path)
	}
}

// checkLabel checks one that may be missing.
func checkLabel(f *fault.Fields, path string, n tenant.Names) {
	if len(n) > 0 {
		n.Check(f, path)
	}
}

func (k Kind) check(f *fault.Fields, path string) {
	list := func(name string, n int, key func(i int) (string, tenant.Names)) {
		if n > mostItems {
			f.Add(path+"."+name, fault.TooLong, "must be at most %d", mostItems)
			return
		}
		seen := map[string]bool{}
		for i := range n {
			one, label := key(i)
			at := fmt.Sprintf("%s.%s.%d", path, name, i)
			if !itemName.MatchString(one) || seen[one] {
				f.Add(at+".name", fault.Malformed, "must be 1 to 40 small letters, digits and _, a letter first, and there once")
			}
			seen[one] = true
			checkLabel(f, at+".label", label)
		}
	}
	list("parameters", len(k.Parameters), func(i int) (string, tenant.Names) { return k.Parameters[i].Key, k.Parameters[i].Label })
	list("results", len(k.Results), func(i int) (string, tenant.Names) { return k.Results[i].Key, k.Results[i].Label })
	list("branches", len(k.Branches), func(i int) (string, tenant.Names) { return k.Branches[i].Key, k.Branches[i].Label })
	for i, p := range k.Parameters {
		p.check(f, fmt.Sprintf("%s.parameters.%d", path, i))
	}
	for i, r := range k.Results {
		fault.OneOf(f, fmt.Sprintf("%s.results.%d.type", path, i), r.Type, Text, Number, Boolean)
	}
	for i, b := range k.Branches {
		if slices.Contains([]string{"next", "failed", "otherwise"}, b.Key) {
			f.Add(fmt.Sprintf("%s.branches.%d.name", path, i), fault.NotAllowed, "next, failed and otherwise are ways of every node")
		}
	}
	if len(k.Wants) > mostItems {
		f.Add(path+".wants", fault.TooLong, "must be at most %d", mostItems)
	}
	for i, w := range k.Wants {
		if !wanted.MatchString(w) {
			f.Add(fmt.Sprintf("%s.wants.%d", path, i), fault.Malformed, "must be call.number and the like, customer.name and the like, or a variable")
		}
	}
}

func (p Parameter) check(f *fault.Fields, path string) {
	fault.OneOf(f, path+".type", p.Type, Text, Number, Boolean, Choice)
	if p.Type == Choice && (len(p.Options) == 0 || len(p.Options) > mostItems) {
		f.Add(path+".options", fault.Required, "name 1 to %d", mostItems)
	}
	for i, o := range p.Options {
		f.Text(fmt.Sprintf("%s.options.%d", path, i), o, true, 200)
	}
	if p.Default != nil && !p.holds(p.Default) {
		f.Add(path+".default", fault.Malformed, "is not a value of this parameter")
	}
}

// holds says whether a value, as it is read from JSON, may be the parameter's.
func (p Parameter) holds(v any) bool {
	switch v := v.(type) {
	case string:
		return (p.Type == Text || p.Type == Choice && slices.Contains(p.Options, v)) && len(v) <= 2000
	case float64:
		return p.Type == Number
	case bool:
		return p.Type == Boolean
	}
	return false
}

// maxManifest is how long a manifest may be, in bytes.
const maxManifest = 256 << 10

// ParseManifest reads what a plug-in says of itself. The error is for the person who registers it.
func ParseManifest(text []byte) ([]Kind, error) {
	var m struct {
		Contract int    `json:"contract"`
		Kinds    []Kind `json:"kinds"`
	}
	if len(text) > maxManifest {
		return nil, fault.Invalid.New("The manifest is longer than %d bytes.", maxManifest)
	}
	if err := json.Unmarshal(text, &m); err != nil {
		return nil, fault.Invalid.Wrap(err, "The manifest is not JSON as it should be: %s", err.Error())
	}
	if m.Contract != Contract {
		return nil, fault.Invalid.New("The manifest is of contract %d; this server speaks %d.", m.Contract, Contract)
	}
	if len(m.Kinds) == 0 {
		return nil, fault.Invalid.New("The manifest offers no kinds.")
	}
	var f fault.Fields
	checkKinds(&f, "kinds", m.Kinds)
	return m.Kinds, f.Err()
}
