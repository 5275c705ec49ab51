package notice_test

import (
	"strings"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/notice"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
)

func TestReaches(t *testing.T) {
	t.Parallel()
	ann := notice.Person{ID: "ann", Works: true, Queues: []queue.ID{"sales", "support"}, Projects: []project.ID{"net", "net"}}
	boss := notice.Person{ID: "boss"}
	for _, test := range []struct {
		name string
		a    notice.Audience
		p    notice.Person
		want bool
	}{
		{"everybody who works", notice.Audience{Everybody: true}, ann, true},
		{"not who takes no interactions", notice.Audience{Everybody: true}, boss, false},
		{"one of the queues", notice.Audience{Queues: []queue.ID{"bills", "support"}}, ann, true},
		{"none of the queues", notice.Audience{Queues: []queue.ID{"bills"}}, ann, false},
		{"a queue of the project", notice.Audience{Projects: []project.ID{"net"}}, ann, true},
		{"another project", notice.Audience{Projects: []project.ID{"tv"}}, ann, false},
		{"by name, whatever he does", notice.Audience{People: []access.UserID{"boss"}}, boss, true},
		{"another by name", notice.Audience{People: []access.UserID{"boss"}}, ann, false},
		{"everybody, and one who takes none", notice.Audience{Everybody: true, People: []access.UserID{"boss"}}, boss, true},
		{"nobody", notice.Audience{}, ann, false},
	} {
		if got := test.a.Reaches(test.p); got != test.want {
			t.Errorf("%s: got %v", test.name, got)
		}
	}
	out := ann
	out.Works = false // disabled meanwhile
	if (notice.Audience{Queues: []queue.ID{"sales"}}).Reaches(out) {
		t.Error("who does not work is reached by a queue")
	}
}

func TestDoneAndHinders(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	hour := at.Add(time.Hour)
	read := notice.Reading{Revision: 2, Read: at}
	confirmed := notice.Reading{Revision: 2, Read: at, Confirmed: at}
	earlier := notice.Reading{Revision: 1, Read: at, Confirmed: at}
	for _, test := range []struct {
		name           string
		importance     notice.Importance
		from, until    time.Time
		withdrawn      bool
		r              notice.Reading
		done, hindered bool
	}{
		{"not read", notice.ToRead, at, time.Time{}, false, notice.Reading{}, false, false},
		{"read", notice.ToRead, at, time.Time{}, false, read, true, false},
		{"an earlier revision was read", notice.ToRead, at, time.Time{}, false, earlier, false, false},
		{"read, not confirmed", notice.ToConfirm, at, time.Time{}, false, read, false, false},
		{"confirmed", notice.ToConfirm, at, time.Time{}, false, confirmed, true, false},
		{"blocks who has not read", notice.Blocks, at, hour, false, notice.Reading{}, false, true},
		{"blocks who has only read", notice.Blocks, at, hour, false, read, false, true},
		{"blocks who confirmed an earlier one", notice.Blocks, at, hour, false, earlier, false, true},
		{"does not block who has confirmed", notice.Blocks, at, hour, false, confirmed, true, false},
		{"does not block before", notice.Blocks, at.Add(time.Millisecond), hour, false, read, false, false},
		{"does not block when it is over", notice.Blocks, at.Add(-hour.Sub(at)), at, false, read, false, false},
		{"does not block when it is withdrawn", notice.Blocks, at, hour, true, read, false, false},
	} {
		n := notice.Notice{Importance: test.importance, From: test.from, Until: test.until, Revision: 2}
		if test.withdrawn {
			n.Withdrawn = at
		}
		if got := n.Done(test.r); got != test.done {
			t.Errorf("%s: done %v", test.name, got)
		}
		if got := n.Hinders(test.r, at); got != test.hindered {
			t.Errorf("%s: hinders %v", test.name, got)
		}
	}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	good := notice.Notice{Texts: notice.Texts{"th": {Title: "ข่าว", Body: "อ่าน"}}, Importance: notice.ToRead, Audience: notice.Audience{Everybody: true}}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for path, spoil := range map[string]func(*notice.Notice){
		"texts":          func(n *notice.Notice) { n.Texts = nil },
		"texts.de":       func(n *notice.Notice) { n.Texts = notice.Texts{"de": {Title: "x", Body: "x"}} },
		"texts.en.title": func(n *notice.Notice) { n.Texts = notice.Texts{"en": {Title: " ", Body: "x"}} },
		"texts.en.body": func(n *notice.Notice) {
			n.Texts = notice.Texts{"en": {Title: "x", Body: strings.Repeat("я", notice.MaxBody+1)}}
		},
		"importance": func(n *notice.Notice) { n.Importance = "urgent" },
		"audience":   func(n *notice.Notice) { n.Audience = notice.Audience{} },
		"until":      func(n *notice.Notice) { n.From = time.UnixMilli(5); n.Until = n.From },
	} {
		n := good
		spoil(&n)
		if f := fault.FieldsOf(n.Validate()); len(f) != 1 || f[0].Path != path {
			t.Errorf("%s: got %v", path, f)
		}
	}
	if got := good.Texts.In("ru").Title; got != "ข่าว" {
		t.Errorf("in a language it is not written in: %q", got)
	}
}
