package rig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/coder/websocket"

	"linekeeper/internal/edge/desk"
	"linekeeper/internal/live"
)

// Desk is an agent's or supervisor's connection, as the client holds it.
type Desk struct {
	Hello desk.Hello
	conn  *websocket.Conn
	stop  context.CancelFunc
	done  chan struct{}

	mu      sync.Mutex
	me      live.AgentView
	work    map[string]live.WorkView
	gone    map[string]string // interaction to why
	notices []desk.Notice
	queues  map[string]live.QueueView
	replies map[int64]chan desk.Reply
	next    int64
	err     error
	changed chan struct{} // closed and renewed at each change
	follows func(desk.Change)

	// OnWork is called for each work change on the reader's goroutine; set it before the first change
	// can come. Nil: nobody wants to know.
	onWork func(live.WorkView)
}

// OpenDesk connects and waits for the greeting. onWork may be nil.
func (c *Client) OpenDesk(ctx context.Context, onWork func(live.WorkView)) (*Desk, error) {
	conn, err := c.socket(ctx)
	if err != nil {
		return nil, err
	}
	life, stop := context.WithCancel(context.WithoutCancel(ctx))
	d := &Desk{
		conn: conn, stop: stop, done: make(chan struct{}), onWork: onWork,
		work: make(map[string]live.WorkView), gone: make(map[string]string), queues: make(map[string]live.QueueView),
		replies: make(map[int64]chan desk.Reply), changed: make(chan struct{}),
	}
	hello := make(chan struct{})
	go d.read(life, hello)
	select {
	case <-hello:
		return d, nil
	case <-d.done:
		stop()
		return nil, fmt.Errorf("no greeting: %w", d.err)
	case <-ctx.Done():
		d.Close()
		return nil, ctx.Err()
	}
}

// Follow has every further change told, on the reader's goroutine: what it does must not wait for the desk.
func (d *Desk) Follow(fn func(desk.Change)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.follows = fn
}

// Close drops the connection.
func (d *Desk) Close() {
	d.stop()
	_ = d.conn.CloseNow()
	<-d.done
}

func (d *Desk) read(ctx context.Context, hello chan struct{}) {
	defer close(d.done)
	greeted := false
	for {
		_, b, err := d.conn.Read(ctx)
		var c desk.Change
		if err == nil {
			err = json.Unmarshal(b, &c)
		}
		d.mu.Lock()
		if err != nil {
			d.err = err
			for _, ch := range d.replies {
				close(ch)
			}
			d.replies = nil
			close(d.changed)
			d.changed = make(chan struct{})
			d.mu.Unlock()
			return
		}
		d.apply(c)
		close(d.changed)
		d.changed = make(chan struct{})
		follows := d.follows
		d.mu.Unlock()
		if follows != nil {
			follows(c)
		}
		if c.Kind == desk.ChgWork && c.Work != nil && d.onWork != nil {
			d.onWork(*c.Work)
		}
		if c.Kind == desk.ChgHello && !greeted {
			greeted = true
			close(hello)
		}
	}
}

func (d *Desk) apply(c desk.Change) {
	switch c.Kind {
	case desk.ChgHello:
		d.Hello, d.me = *c.Hello, c.Hello.Me
		clear(d.work)
		for _, w := range c.Hello.Work {
			d.work[string(w.Interaction)] = w
		}
	case desk.ChgReply:
		if ch := d.replies[c.Reply.ID]; ch != nil {
			delete(d.replies, c.Reply.ID)
			ch <- *c.Reply
		}
	case desk.ChgMe:
		d.me = *c.Me
	case desk.ChgWork:
		d.work[string(c.Work.Interaction)] = *c.Work
	case desk.ChgGone:
		delete(d.work, c.Gone)
		d.gone[c.Gone] = c.Why
	case desk.ChgNotice:
		d.notices = append(d.notices, *c.Notice)
	case desk.ChgQueues:
		for _, q := range c.Queues {
			d.queues[string(q.Queue)] = q
		}
	}
}

// Ask sends a command and waits for its reply.
func (d *Desk) Ask(ctx context.Context, cmd desk.Command) (desk.Reply, error) {
	ch := make(chan desk.Reply, 1)
	d.mu.Lock()
	if d.replies == nil {
		d.mu.Unlock()
		return desk.Reply{}, fmt.Errorf("the desk is closed: %w", d.err)
	}
	d.next++
	cmd.ID = d.next
	d.replies[cmd.ID] = ch
	d.mu.Unlock()
	b, err := json.Marshal(cmd)
	if err != nil {
		return desk.Reply{}, err
	}
	if err := d.conn.Write(ctx, websocket.MessageText, b); err != nil {
		return desk.Reply{}, fmt.Errorf("sending %s: %w", cmd.Kind, err)
	}
	select {
	case r, ok := <-ch:
		if !ok {
			return desk.Reply{}, fmt.Errorf("%s: the desk was closed", cmd.Kind)
		}
		if r.Error != nil {
			return r, fmt.Errorf("%s: %s %s (%s)", cmd.Kind, r.Error.Code, r.Error.Message, r.Error.Field)
		}
		return r, nil
	case <-ctx.Done():
		return desk.Reply{}, fmt.Errorf("%s: %w", cmd.Kind, ctx.Err())
	}
}

// Await waits until the condition holds; it is asked at each change with the lock held.
func (d *Desk) Await(ctx context.Context, what string, holds func(*View) bool) error {
	for {
		d.mu.Lock()
		v := View{d}
		ok, changed, err := holds(&v), d.changed, d.err
		me, work := d.me, fmt.Sprint(d.work)
		d.mu.Unlock()
		switch {
		case ok:
			return nil
		case err != nil:
			return fmt.Errorf("waiting for %s: %w", what, err)
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("waiting for %s: %w; status %s, activity %s, work %s", what, ctx.Err(), me.Status, me.Activity, work)
		}
	}
}

// View is what the desk shows at an instant, for Await.
type View struct{ d *Desk }

// Me is the agent.
func (v *View) Me() live.AgentView { return v.d.me }

// Work is an interaction in hand in one of the phases; any phase if none is given.
func (v *View) Work(phases ...string) (live.WorkView, bool) {
	for _, w := range v.d.work {
		if len(phases) == 0 {
			return w, true
		}
		for _, p := range phases {
			if w.Phase == p {
				return w, true
			}
		}
	}
	return live.WorkView{}, false
}

// Gone is why an interaction left the hand; empty: it did not.
func (v *View) Gone(id string) string { return v.d.gone[id] }

// Notices are the messages so far.
func (v *View) Notices() []desk.Notice { return v.d.notices }

// Queues are the queues as last told.
func (v *View) Queues() map[string]live.QueueView { return v.d.queues }

// ErrNoWork means that nothing came to the agent in time.
var ErrNoWork = errors.New("nothing in hand")

// AwaitWork waits for an interaction in one of the phases.
func (d *Desk) AwaitWork(ctx context.Context, phases ...string) (live.WorkView, error) {
	var w live.WorkView
	err := d.Await(ctx, fmt.Sprintf("work in %v", phases), func(v *View) (ok bool) {
		w, ok = v.Work(phases...)
		return ok
	})
	return w, err
}

// PassCheck tells the server that the phone works, as the client does after its check.
func (d *Desk) PassCheck(ctx context.Context) error {
	_, err := d.Ask(ctx, desk.Command{Kind: desk.CmdCheckDone, Check: &desk.Check{
		Permission: true, Microphone: true, LevelDB: -12, Speaker: true, Loop: true, RoundTripMs: 1, InputName: "rig", OutputName: "rig",
	}})
	return err
}

// Status sets available, break or offline.
func (d *Desk) Status(ctx context.Context, status, reason string) error {
	_, err := d.Ask(ctx, desk.Command{Kind: desk.CmdSetStatus, Status: status, Reason: reason})
	return err
}

// Within is a context for one step of a test.
func Within(d time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), d)
}
