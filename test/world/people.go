package world

import (
	"context"
	"fmt"
	"sync"
	"time"

	"linekeeper/internal/demo/carrier"
	"linekeeper/internal/edge/desk"
	"linekeeper/internal/live"
)

// Caller is a customer with a telephone.
type Caller struct {
	w      *World
	Number string
	Call   *carrier.Call
	line   *carrier.Carrier
}

// Caller gives somebody new with a number of his own.
func (w *World) Caller() *Caller {
	w.callers++
	return &Caller{w: w, Number: fmt.Sprintf("+79160000%03d", w.callers), line: w.Carrier}
}

// SparseCaller gives somebody whose line suppresses silence: nothing is sent while he says nothing, but comfort
// noise first, if noise says so, and reports.
func (w *World) SparseCaller(noise, reports bool) *Caller {
	w.T.Helper()
	c := w.Caller()
	c.line = w.listens(carrier.Config{Sparse: true, Noise: noise, Reports: reports})
	return c
}

// Dials calls a number; nothing is waited for.
func (c *Caller) Dials(number string) *Caller {
	c.w.T.Helper()
	call, err := c.line.Dial(c.w.T.Context(), carrier.Numbers{From: c.Number, Display: "Caller", To: number})
	if err != nil {
		c.w.T.Fatal(err)
	}
	c.Call = call
	c.w.Settles()
	return c
}

// IsAnswered waits until somebody or something takes the call.
func (c *Caller) IsAnswered() {
	c.w.T.Helper()
	c.w.Eventually(5*time.Second, "the caller is answered", func() bool { return isClosed(c.Call.Answered()) })
}

// IsRefused waits for the end of a call that was not answered, with this SIP status.
func (c *Caller) IsRefused(code int) {
	c.w.T.Helper()
	c.w.Eventually(5*time.Second, "the caller is refused", func() bool { return isClosed(c.Call.Done()) })
	if got := c.Call.Result().Code; got != code {
		c.w.T.Errorf("the caller was refused with %d, want %d", got, code)
	}
}

// IsHungUpOn waits until the center has ended the call.
func (c *Caller) IsHungUpOn() {
	c.w.T.Helper()
	c.w.Eventually(5*time.Second, "the caller is hung up on", func() bool { return isClosed(c.Call.Done()) })
}

// IsHungUpOnWithin does the same, within so much.
func (c *Caller) IsHungUpOnWithin(d time.Duration) {
	c.w.T.Helper()
	c.w.Eventually(d, "the caller is hung up on", func() bool { return isClosed(c.Call.Done()) })
}

// Presses presses keys.
func (c *Caller) Presses(keys string) { c.Call.Press(keys) }

// Speaks says something until Hush or the end: a tone of 440 Hz.
func (c *Caller) Speaks() { c.Call.Repeat(carrier.Tone(440, 0.3, time.Second)) }

// Hushes ends Speaks; keys are pressed in silence.
func (c *Caller) Hushes() { c.Call.Hush() }

// HearsSound waits until there is sound on the line that is not silence.
func (c *Caller) HearsSound(what string) {
	c.w.T.Helper()
	c.w.Eventually(5*time.Second, "the caller hears "+what, func() bool { return loud(c.Call.Heard(200 * time.Millisecond)) })
}

// Hears says whether there was sound in the last 200 ms.
func (c *Caller) Hears() bool { return loud(c.Call.Heard(200 * time.Millisecond)) }

// HangsUp ends the call.
func (c *Caller) HangsUp() {
	c.Call.HangUp()
	c.w.Settles()
}

func loud(samples []int16) bool {
	for _, s := range samples {
		if s > 500 || s < -500 {
			return true
		}
	}
	return false
}

func isClosed(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// Agent is a user at a desk.
type Agent struct {
	w     *World
	Login string
	desk  *desk.Session
	stop  context.CancelFunc
	done  chan struct{}
	page  *browser
	offer int
	last  int64 // of the last command

	mu    sync.Mutex
	inbox []desk.Change // told and not looked at yet

	// What the screen shows.
	Me     live.AgentView
	Work   map[string]live.WorkView
	Day    live.DayView
	Gone   []string // why, in order
	Seen   []desk.Change
	Board  map[string]live.QueueView
	Agents map[string]live.AgentView // by name; only for who watches the board
	Parked []live.ParkedView
	Helps  []live.HelpView // calls for help; only for who leads
	// Notices are what leaders have written to the agent.
	Notices []desk.NoticeView
	Asks    []live.MoreTimeView // for more wrap-up; likewise
	Alerts  []live.AlertView    // that last; only for who leads
}

// Agent opens the desk of a user; the same agent each time.
func (w *World) Agent(login string) *Agent {
	w.T.Helper()
	a := w.agents[login]
	if a == nil {
		a = &Agent{w: w, Login: login}
		w.agents[login] = a
	}
	if a.desk == nil {
		a.Arrives()
	}
	return a
}

// Arrives opens the desk, also again after Leaves.
func (a *Agent) Arrives() {
	a.w.T.Helper()
	s, err := a.w.App.OpenDesk(a.Login, "session of "+a.Login)
	if err != nil {
		a.w.T.Fatal(err)
	}
	a.desk = s
	a.Work, a.Board, a.Agents = make(map[string]live.WorkView), make(map[string]live.QueueView), make(map[string]live.AgentView)
	hello := s.Hello().Hello
	a.Me, a.Day = hello.Me, hello.Day
	for _, v := range hello.Work {
		a.Work[string(v.Interaction)] = v
	}
	for _, c := range s.First() {
		a.see(c)
	}
	ctx, stop := context.WithCancel(context.Background())
	a.stop, a.done = stop, make(chan struct{})
	go func() {
		defer close(a.done)
		for {
			changes, err := s.Next(ctx)
			if err != nil {
				return
			}
			a.mu.Lock()
			a.inbox = append(a.inbox, changes...)
			a.mu.Unlock()
		}
	}()
	a.w.Settles()
}

// look takes over what the screen was told. Everything the screen shows belongs to the story's own
// goroutine, which looks whenever it has waited.
func (a *Agent) look() {
	a.mu.Lock()
	inbox := a.inbox
	a.inbox = nil
	a.mu.Unlock()
	for _, c := range inbox {
		a.see(c)
	}
}

func (a *Agent) see(c desk.Change) {
	a.Seen = append(a.Seen, c)
	switch c.Kind {
	case desk.ChgMe:
		a.Me = *c.Me
	case desk.ChgDay:
		a.Day = *c.Day
	case desk.ChgWork:
		a.Work[string(c.Work.Interaction)] = *c.Work
	case desk.ChgGone:
		delete(a.Work, c.Gone)
		a.Gone = append(a.Gone, c.Why)
	case desk.ChgAgents:
		for _, v := range c.Agents {
			a.Agents[v.Name] = v
		}
	case desk.ChgHelps:
		a.Helps = c.Helps
	case desk.ChgNotices:
		a.Notices = c.Notices
	case desk.ChgAsks:
		a.Asks = c.Asks
	case desk.ChgAlerts:
		a.Alerts = c.Alerts
	case desk.ChgParked:
		a.Parked = c.Parked
	case desk.ChgQueues:
		for _, q := range c.Queues {
			a.Board[q.Name] = q
		}
	}
}

// Leaves closes the desk, as a closed tab does; the phone goes with it.
func (a *Agent) Leaves() {
	if a.desk == nil {
		return
	}
	a.LosesPhone()
	a.stop()
	<-a.done
	a.desk.Close()
	a.desk = nil
	a.w.Settles()
}

// Does sends a command and gives the refusal, if it is one.
func (a *Agent) Does(c desk.Command) *desk.Error {
	a.last++
	c.ID = a.last
	reply := a.desk.Do(a.w.T.Context(), c).Reply
	a.w.Settles()
	if reply.ID != c.ID {
		a.w.T.Errorf("the reply is to %d, not to %d", reply.ID, c.ID)
	}
	return reply.Error
}

// Playable is what the agent may let a customer hear.
func (a *Agent) Playable() desk.Playable {
	a.w.T.Helper()
	a.last++
	reply := a.desk.Do(a.w.T.Context(), desk.Command{ID: a.last, Kind: desk.CmdPlayable}).Reply
	if reply.Playable == nil {
		a.w.T.Fatalf("there is nothing to play: %+v", reply.Error)
	}
	return *reply.Playable
}

func (a *Agent) must(c desk.Command) {
	a.w.T.Helper()
	if err := a.Does(c); err != nil {
		a.w.T.Fatalf("%s was refused %s: %s %s", a.Login, c.Kind, err.Code, err.Message)
	}
}

// IsAvailable checks the phone and becomes available.
func (a *Agent) IsAvailable() *Agent {
	a.w.T.Helper()
	a.must(desk.Command{Kind: desk.CmdCheckDone, Check: &desk.Check{Permission: true, Microphone: true, Speaker: true, Loop: true}})
	a.must(desk.Command{Kind: desk.CmdSetStatus, Status: "available"})
	return a
}

// GoesOnBreak takes a break.
func (a *Agent) GoesOnBreak(reason string) {
	a.w.T.Helper()
	a.must(desk.Command{Kind: desk.CmdSetStatus, Status: "break", Reason: reason})
}

// InHand is the only interaction in hand; ok is false when there is none.
func (a *Agent) InHand() (v live.WorkView, ok bool) {
	for _, w := range a.Work {
		return w, true
	}
	return live.WorkView{}, false
}

// IsOffered waits until the caller rings at the agent.
func (a *Agent) IsOffered(c *Caller) {
	a.w.T.Helper()
	a.w.Eventually(10*time.Second, a.Login+" is offered "+c.Number, func() bool {
		v, ok := a.InHand()
		return ok && v.Phase == "offered" && v.CustomerAddress == c.Number
	})
}

// HasNothing waits until nothing is in hand.
func (a *Agent) HasNothing() {
	a.w.T.Helper()
	a.w.Eventually(5*time.Second, a.Login+" has nothing in hand", func() bool { return len(a.Work) == 0 })
}

func (a *Agent) current() string {
	a.w.T.Helper()
	v, ok := a.InHand()
	if !ok {
		a.w.T.Fatalf("%s has nothing in hand", a.Login)
	}
	return string(v.Interaction)
}

// Accepts says yes; the browser becomes the phone.
func (a *Agent) Accepts() {
	a.w.T.Helper()
	a.must(desk.Command{Kind: desk.CmdAccept, Interaction: a.current()})
	a.Connects()
}

// Connects connects the browser as phone, the first time or again.
func (a *Agent) Connects() {
	a.w.T.Helper()
	a.ConnectsTo(a.current())
}

// ConnectsTo does the same for one of several interactions in hand.
func (a *Agent) ConnectsTo(interaction string) {
	a.w.T.Helper()
	a.offer++
	offer := fmt.Sprintf("offer %d of %s", a.offer, a.Login)
	a.must(desk.Command{Kind: desk.CmdConnectPhone, Interaction: interaction, SDP: offer})
	a.page = a.w.browsers.get(offer)
}

// Declines says no.
func (a *Agent) Declines() {
	a.w.T.Helper()
	a.must(desk.Command{Kind: desk.CmdDecline, Interaction: a.current()})
}

// TalksWith waits until customer and agent hear each other.
func (a *Agent) TalksWith(c *Caller) {
	a.w.T.Helper()
	a.w.Eventually(5*time.Second, a.Login+" talks with "+c.Number, func() bool {
		v, ok := a.InHand()
		return ok && v.Phase == "connected" && v.CustomerAddress == c.Number
	})
	c.Speaks()
	before := a.page.loud.Load()
	a.w.Eventually(2*time.Second, a.Login+" hears the caller", func() bool { return a.page.loud.Load() > before+5 })
	c.HearsSound("the agent")
}

// LosesPhone is a page that is gone without a goodbye.
func (a *Agent) LosesPhone() {
	if a.page != nil {
		a.page.vanish()
	}
}

// HangsUp ends the talk.
func (a *Agent) HangsUp() {
	a.w.T.Helper()
	a.must(desk.Command{Kind: desk.CmdHangUp, Interaction: a.current()})
}

// WrapsUp waits until wrap-up has begun.
func (a *Agent) WrapsUp() {
	a.w.T.Helper()
	a.w.Eventually(5*time.Second, a.Login+" wraps up", func() bool { v, ok := a.InHand(); return ok && v.Phase == "wrapping_up" })
}

// Finishes ends the wrap-up with a disposition, by its key.
func (a *Agent) Finishes(disposition, note string) {
	a.w.T.Helper()
	a.must(desk.Command{Kind: desk.CmdFinish, Interaction: a.current(), Disposition: a.w.App.DispositionID(disposition), Note: note})
}

// FinishesOwnPart ends the wrap-up of who has handed the customer over; nothing is left in hand then.
func (a *Agent) FinishesOwnPart() {
	a.w.T.Helper()
	a.w.Eventually(5*time.Second, a.Login+" wraps up what was handed over", func() bool {
		v, ok := a.InHand()
		return ok && v.Phase == "wrapping_up" && v.Part == live.PartHanded
	})
	a.Finishes("sold_big", "handed over by "+a.Login)
	a.HasNothing()
}

// Has is the id of the only interaction in hand.
func (a *Agent) Has() string {
	a.w.T.Helper()
	return a.current()
}

// Dials has the agent call a number from his desk, for a queue; the browser becomes the phone. It gives the
// refusal, if it is one.
func (a *Agent) Dials(number, forQueue string) *desk.Error {
	a.w.T.Helper()
	a.last++
	lines := a.desk.Do(a.w.T.Context(), desk.Command{ID: a.last, Kind: desk.CmdCallLines}).Reply.CallLines
	for _, l := range lines {
		if l.Name == forQueue {
			return a.Does(desk.Command{Kind: desk.CmdDial, Queue: l.Queue, Number: number})
		}
	}
	a.w.T.Fatalf("%s calls for no queue %s, but for %+v", a.Login, forQueue, lines)
	return nil
}

// Calls does the same and connects the browser, and waits until the customer is called.
func (a *Agent) Calls(number, forQueue string) {
	a.w.T.Helper()
	if e := a.Dials(number, forQueue); e != nil {
		a.w.T.Fatalf("%s may not call %s: %s", a.Login, number, e.Message)
	}
	a.Connects()
	a.w.Eventually(5*time.Second, a.Login+" calls "+number, func() bool { v, ok := a.InHand(); return ok && v.Phase == "dialing" })
}
