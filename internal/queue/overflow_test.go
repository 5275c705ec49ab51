package queue_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/queue"
)

var toSales = queue.Act{Do: queue.OtherQueue, Queue: "sales"}

// TestOverflowApplies is when a rule takes a customer out of the line.
func TestOverflowApplies(t *testing.T) {
	t.Parallel()
	minute := time.Minute.Milliseconds()
	wait := queue.Overflow{When: queue.ByWait, AfterMS: minute, Act: toSales}
	size := queue.Overflow{When: queue.BySize, Size: 3, Act: toSales}
	nobody := queue.Overflow{When: queue.ByNobody, Breaks: []string{"lunch"}, Act: toSales}
	later := nobody
	later.AfterMS = minute
	for name, c := range map[string]struct {
		rule queue.Overflow
		in   queue.InLine // of those who are there, see below
		on   []string     // how the agents of the queue are: available, or the reason of a break
		want bool
	}{
		"he has not waited so long":     {wait, queue.InLine{Waited: time.Minute - 1}, nil, false},
		"he has":                        {wait, queue.InLine{Waited: time.Minute}, nil, true},
		"there is room":                 {size, queue.InLine{Coming: true, Ahead: 2}, nil, false},
		"it is full":                    {size, queue.InLine{Coming: true, Ahead: 3}, nil, true},
		"it is full now, he waits long": {size, queue.InLine{Waited: time.Hour, Ahead: 9}, nil, false},
		"somebody is there":             {nobody, queue.InLine{}, []string{"available"}, false},
		"somebody at lunch":             {nobody, queue.InLine{}, []string{"lunch"}, false},
		"somebody in a meeting":         {nobody, queue.InLine{}, []string{"meeting"}, true},
		"nobody":                        {nobody, queue.InLine{}, nil, true},
		"nobody, but he has just come":  {later, queue.InLine{Waited: time.Second}, nil, false},
		"nobody, and he waits":          {later, queue.InLine{Waited: time.Minute}, nil, true},
		"no trigger":                    {queue.Overflow{Act: toSales}, queue.InLine{Waited: time.Hour}, nil, false},
	} {
		c.in.There = func(breaks []string) bool {
			return slices.ContainsFunc(c.on, func(s string) bool { return s == "available" || slices.Contains(breaks, s) })
		}
		if got := c.rule.Applies(c.in); got != c.want {
			t.Errorf("%s: %t, want %t", name, got, c.want)
		}
	}
}

// TestOverflowChecked refuses rules that mean nothing.
func TestOverflowChecked(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		rules []queue.Overflow
		want  string // the paths that are refused
	}{
		"all there are": {[]queue.Overflow{
			{When: queue.ByWait, AfterMS: 1000, Act: toSales},
			{When: queue.ByWait, AfterMS: 1000, Act: queue.Act{Do: queue.CallBack}},
			{When: queue.BySize, Size: 1, Act: queue.Act{Do: queue.RunFlow, Flow: "busy"}},
			{When: queue.ByNobody, Act: queue.Act{Do: queue.VoiceMail}},
			{When: queue.ByNobody, AfterMS: 5000, Breaks: []string{"lunch", "missed"}, Act: queue.Act{Do: queue.Outside, Number: "+49 30 123"}},
			{When: queue.ByWait, AfterMS: 600_000, Act: queue.Act{Do: queue.HangUp}},
		}, ""},
		"nothing":             {[]queue.Overflow{{}}, "overflow[0].when overflow[0].do"},
		"no time":             {[]queue.Overflow{{When: queue.ByWait, Act: toSales}}, "overflow[0].after_ms"},
		"no size":             {[]queue.Overflow{{When: queue.BySize, AfterMS: 1, Act: toSales}}, "overflow[0].size overflow[0].after_ms"},
		"no queue":            {[]queue.Overflow{{When: queue.ByNobody, Act: queue.Act{Do: queue.OtherQueue}}}, "overflow[0].queue"},
		"itself":              {[]queue.Overflow{{When: queue.ByNobody, Act: queue.Act{Do: queue.OtherQueue, Queue: "support"}}}, "overflow[0].queue"},
		"no number":           {[]queue.Overflow{{When: queue.ByNobody, Act: queue.Act{Do: queue.Outside}}}, "overflow[0].number"},
		"no telephone number": {[]queue.Overflow{{When: queue.ByNobody, Act: queue.Act{Do: queue.Outside, Number: "-"}}}, "overflow[0].number"},
		"breaks for nothing":  {[]queue.Overflow{{When: queue.ByWait, AfterMS: 1000, Breaks: []string{"x"}, Act: toSales}}, "overflow[0].breaks"},
		"twice":               {[]queue.Overflow{{When: queue.ByWait, AfterMS: 1000, Act: toSales}, {When: queue.ByWait, AfterMS: 2000, Act: toSales}}, "overflow[1].do"},
	} {
		q := queue.Usual()
		q.Key, q.Name, q.ProjectID, q.Callback.On, q.Overflow = "support", "Support", "p", true, c.rules
		var got []string
		for _, f := range fault.FieldsOf(q.Validate()) {
			got = append(got, f.Path)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: refused %v, want %s", name, got, c.want)
		}
	}
}

// TestCircle names the way round.
func TestCircle(t *testing.T) {
	t.Parallel()
	make := func(text string) (all []queue.Queue) { // a>b,c d>a
		for _, one := range strings.Fields(text) {
			from, to, _ := strings.Cut(one, ">")
			q := queue.Queue{ID: queue.ID(from), Key: from, Name: strings.ToUpper(from)}
			for _, key := range strings.Split(to, ",") {
				act := queue.Act{Do: queue.OtherQueue, Queue: key}
				if strings.HasPrefix(key, "*") {
					act = queue.Act{Do: queue.RunFlow, Flow: key[1:]}
				}
				q.Overflow = append(q.Overflow, queue.Overflow{When: queue.ByNobody, Act: act})
			}
			all = append(all, q)
		}
		return all
	}
	for text, want := range map[string]string{
		"a>b":                       " ",
		"a>b b>a":                   "A → B → A overflow[0].queue",
		"a>x,b b>c c>a":             "A → B → C → A overflow[1].queue",
		"a>b b>c c>b":               " ", // it does not go through a
		"a>b,c b>d c>d d>e":         " ", // two ways to one end
		"a>b,c b>d c>d d>a":         "A → B → D → A overflow[0].queue",
		"a>*b b>a":                  " ", // a flow may lead anywhere, and each rule is for a customer once
		"a>b b>*a":                  " ",
		"a>gone":                    " ",
		"a>b,c,d,e b>e c>e d>e e>f": " ",
	} {
		all := make(text)
		names, field := queue.Circle(all, all[0])
		if got := fmt.Sprintf("%s %s", strings.Join(names, " → "), field); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
	}
	all := make("a>b b>c")
	all[1].Overflow[0].Queue = "a" // as it is to be saved
	if names, _ := queue.Circle(make("a>b b>c"), all[1]); strings.Join(names, " ") != "B A B" {
		t.Errorf("got %v", names)
	}
}
