package voice

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/voicemail"
)

// box has two messages, of 500 and 600 Hz; all words are 900 Hz for a second.
type box struct {
	mu    sync.Mutex
	said  []string
	asked []string
	how   map[voicemail.Act]voicemail.Saying
}

func (b *box) Messages(user access.UserID) []interaction.ID {
	if user != sam {
		return nil
	}
	return []interaction.ID{"m5", "m6"}
}

func (b *box) note(list *[]string, word string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	*list = append(*list, word)
}

// lately is what was said or asked since the last call.
func (b *box) lately(list *[]string) string {
	b.mu.Lock()
	defer b.mu.Unlock()
	words := strings.Join(*list, " ")
	*list = nil
	return words
}

func (b *box) Sound(_ context.Context, _ access.UserID, say voicemail.Said) []flow.Clip {
	b.note(&b.said, string(say.Saying))
	switch {
	case say.Saying == voicemail.SayAbout:
		return nil // no engine speaks
	case say.Saying != voicemail.SayMessage:
		return []flow.Clip{sounds("words", 900, time.Second)}
	case say.Message == "m5":
		return []flow.Clip{sounds("m5", 500, 4*time.Second)}
	}
	return []flow.Clip{sounds("m6", 600, 4*time.Second)}
}

func (b *box) Do(_ context.Context, user access.UserID, act voicemail.Act, id interaction.ID) voicemail.Saying {
	b.note(&b.asked, fmt.Sprint(act, " ", id, " by ", user))
	return b.how[act]
}

func (b *box) CallBack(_ context.Context, user access.UserID, id interaction.ID) error {
	b.note(&b.asked, fmt.Sprint("call ", id, " for ", user))
	return fault.Conflict.New("The trunk is busy.")
}

// TestMessagesByKeys: a registered phone hears its user's messages, keys cut what is said short and do what they
// say; who is called back is asked for when the phone is free again.
func TestMessagesByKeys(t *testing.T) {
	t.Parallel()
	var o office
	b := &box{how: map[voicemail.Act]voicemail.Saying{voicemail.Finish: voicemail.SayBusy, voicemail.CallBack: voicemail.SayCalling}}
	story(t, func(w *world) {
		h := newHandset(w)
		defer h.close()
		call, p := h.dials(mailboxNumber)
		defer p.leg.Close()
		answer := <-call.Answered()
		p.speaks(w, answer.Session)
		p.sings(700)
		time.Sleep(3500 * time.Millisecond)
		w.hears("sam", tail(p.lately()), 500)
		if n := w.edge.Snapshot().Checks; n != 1 {
			t.Errorf("%d visits are counted, want 1", n)
		}
		press := func(key string) {
			t.Helper()
			if err := p.leg.SendDigits(key); err != nil {
				t.Fatal(err)
			}
			time.Sleep(500 * time.Millisecond)
		}
		press("3")
		if got := b.lately(&b.asked); got != "finish m5 by sam" {
			t.Errorf("key 3 asks %q", got)
		}
		press("2")
		time.Sleep(2 * time.Second)
		w.hears("sam", tail(p.lately()), 600)
		if got, want := b.lately(&b.said), "count about message busy about message"; got != want {
			t.Errorf("said is %q, want %q", got, want)
		}
		press("4")
		<-call.Done()
		time.Sleep(time.Second)
		if got, want := b.lately(&b.asked), "call_back m6 by sam call m6 for sam"; got != want {
			t.Errorf("asked is %q, want %q", got, want)
		}
		if n := w.edge.Snapshot().Checks; n != 0 {
			t.Errorf("%d visits are counted, want none", n)
		}
	}, inTheOffice(&o), func(c *Config, _ *world) { c.Mailbox = b })
}

// TestAVisitEnds: with the phone, with the edge, and for who presses nothing; without a mailbox there is no such number.
func TestAVisitEnds(t *testing.T) {
	t.Parallel()
	for _, how := range []string{"the phone hangs up", "nobody presses a key", "the edge closes", "there is no mailbox"} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			var o office
			b := &box{}
			story(t, func(w *world) {
				h := newHandset(w)
				defer h.close()
				call, p := h.dials(mailboxNumber)
				defer p.leg.Close()
				if how == "there is no mailbox" {
					<-call.Done()
					if end := call.End(); end.Code != 404 {
						t.Errorf("got %+v, want 404", end)
					}
					return
				}
				answer := <-call.Answered()
				p.speaks(w, answer.Session)
				time.Sleep(2 * time.Second)
				switch how {
				case "the phone hangs up":
					_ = call.Hangup(context.Background(), "")
				case "the edge closes":
					if err := w.edge.Close(); err != nil {
						t.Error(err)
					}
					return // it waits for the visit
				}
				select {
				case <-call.Done():
				case <-time.After(time.Minute):
					t.Error("it goes on")
				}
				if got := strings.Fields(b.lately(&b.said)); how == "nobody presses a key" && !slices.Equal(got, []string{"count", "about", "message", "keys", "keys", "keys", "goodbye"}) {
					t.Errorf("said is %q", got)
				}
			}, inTheOffice(&o), func(c *Config, _ *world) {
				if how != "there is no mailbox" {
					c.Mailbox = b
				}
			})
		})
	}
}
