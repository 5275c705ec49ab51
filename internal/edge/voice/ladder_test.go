package voice

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/ladder"
	"linekeeper/internal/tenant"
)

// ladders remembers what is followed.
type ladders struct {
	mu    sync.Mutex
	legs  []string // role, party
	from  []ladder.Source
	ended []interaction.ID
}

func (l *ladders) Follow(t tenant.ID, id interaction.ID, role, party, callID string, source ladder.Source) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.legs = append(l.legs, string(t)+" "+role+" "+party)
	l.from = append(l.from, source)
	if callID == "" || id == "" {
		l.legs = append(l.legs, "nobody's")
	}
}

func (l *ladders) End(id interaction.ID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.ended = append(l.ended, id)
}

func TestTheLadderOfACall(t *testing.T) {
	t.Parallel()
	kept := &ladders{}
	story(t, func(w *world) {
		c, l := w.talks()
		l.Ring(sam, time.Now().Add(20*time.Second))
		call := <-w.rings
		time.Sleep(3 * time.Second)
		call.Answer()
		expect[interaction.AgentAccepted](w)
		l.Connect(sam)
		expect[interaction.PhoneConnected](w)
		l.Arrange(pair(sam))
		time.Sleep(10 * time.Second)
		for _, s := range kept.from {
			s.Rest()
		}
		if len(kept.ended) != 0 {
			t.Error("it has ended too early")
		}
		c.HangUp()
		expect[interaction.CustomerLeft](w)
		w.released(l)
		synctest.Wait()
		time.Sleep(time.Second)
		if got := strings.Join(kept.legs, ", "); got != "t trunk carrier, t phone sip:sam@"+phoneAt.String() {
			t.Errorf("legs: %s", got)
		}
		if len(kept.ended) != 1 || kept.ended[0] != l.id {
			t.Errorf("ended: %v", kept.ended)
		}
		for i, want := range []string{"<INVITE >SIP/2.0 100 >SIP/2.0 180 >SIP/2.0 200 <ACK <BYE >SIP/2.0 200", ">INVITE <SIP/2.0 180 <SIP/2.0 200 >ACK >BYE <SIP/2.0 200"} {
			list, missing := kept.from[i].Messages()
			var got []string
			for _, m := range list {
				line, _, _ := bytes.Cut(m.Text, []byte("\r\n"))
				words := strings.Fields(string(line))
				word := words[0]
				if word == "SIP/2.0" {
					word += " " + words[1]
				}
				if m.Out {
					word = ">" + word
				} else {
					word = "<" + word
				}
				got = append(got, word)
				if m.Local != edgeAt || m.Transport != "UDP" {
					t.Errorf("%s from %s by %s", word, m.Local, m.Transport)
				}
			}
			if got := strings.Join(got, " "); got != want || missing != 0 {
				t.Errorf("got %s (%d missing), want %s", got, missing, want)
			}
		}
	}, func(c *Config, _ *world) { c.Ladders = kept })
}
