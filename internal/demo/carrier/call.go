package carrier

import (
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Numbers are who calls whom.
type Numbers struct {
	From    string // user part of our address
	Display string // may be empty
	To      string
}

// Result is how a call went, when it is over.
type Result struct {
	// Code and Reason are the final answer to the INVITE: 200 if it was answered, 0 if there was none.
	Code   int
	Reason string
	// RetryAfter is the header of that name, in a refusal.
	RetryAfter string
	// ByUs says that we ended it.
	ByUs bool
	// Err is set when the other side did not follow the protocol or did not answer.
	Err error
}

// Call is one call. Its commands never block and may be given at any time; its facts may be read at
// any time from any goroutine.
type Call struct {
	Numbers
	k  *Carrier
	in chan message

	callID, localTag, remoteTag string
	localURI, remoteURI, target string
	peer                        netip.AddrPort
	cseq                        int

	sound    *sound
	ringing  chan struct{}
	answered chan struct{}
	done     chan struct{}
	leave    chan struct{} // closed by HangUp
	pick     chan struct{} // closed by Answer
	refuse   chan int      // by Refuse
	turn     chan string   // by Hold: our next direction
	once     [4]sync.Once  // for closing ringing, answered, leave, pick

	// Owned by the call's goroutine until done is closed, then constant.
	result  Result
	version int // of our description

	mu         sync.Mutex
	answeredAt time.Time
	doneAt     time.Time
	holding    bool
}

// Timers of RFC 3261, 17.1.1.1.
const (
	t1      = 500 * time.Millisecond
	t2      = 4 * time.Second
	timerB  = 64 * t1
	lingers = 2 * time.Second // for repeated requests after the end
)

func (k *Carrier) newCall(n Numbers) (*Call, error) {
	s, err := openSound(k.conf, k.at.Addr())
	if err != nil {
		return nil, fmt.Errorf("opening an RTP socket: %w", err)
	}
	return &Call{
		Numbers: n, k: k, in: make(chan message, 32), sound: s, cseq: 1, version: 1,
		ringing: make(chan struct{}), answered: make(chan struct{}), done: make(chan struct{}),
		leave: make(chan struct{}), pick: make(chan struct{}), refuse: make(chan int, 1), turn: make(chan string, 4),
	}, nil
}

// Ringing is closed when the other side says that it rings or progresses.
func (c *Call) Ringing() <-chan struct{} { return c.ringing }

// Answered is closed when the call is answered.
func (c *Call) Answered() <-chan struct{} { return c.answered }

// Done is closed when the call is over.
func (c *Call) Done() <-chan struct{} { return c.done }

// Result is how it went; only the zero value before Done.
func (c *Call) Result() Result {
	select {
	case <-c.done:
		return c.result
	default:
		return Result{}
	}
}

// Times are when it was answered and when it was over; zero if not.
func (c *Call) Times() (answered, done time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.answeredAt, c.doneAt
}

// ID is the Call-ID.
func (c *Call) ID() string { return c.callID }

// HangUp ends the call: BYE, or CANCEL before it is answered, or a refusal while it rings here.
func (c *Call) HangUp() { c.close(2, c.leave) }

// Answer picks up a call that came to us.
func (c *Call) Answer() { c.close(3, c.pick) }

// Refuse refuses a call that came to us.
func (c *Call) Refuse(code int) {
	select {
	case c.refuse <- code:
	default:
	}
}

// Hold asks the other side to be quiet, or to go on, with an INVITE within the call.
func (c *Call) Hold(on bool) {
	mode := "sendrecv"
	if on {
		mode = "sendonly"
	}
	select {
	case c.turn <- mode:
	default:
	}
}

// Say queues 8 kHz samples; the channel is closed when they were said or never will be.
func (c *Call) Say(samples []int16) <-chan struct{} {
	return c.sound.add(item{samples: samples, key: -1})
}

// Repeat says the samples again and again, until Hush or the end.
func (c *Call) Repeat(samples []int16) {
	if len(samples) >= frameLen {
		c.sound.add(item{samples: samples, key: -1, loop: true})
	}
}

// Hush drops what is being said and what is queued.
func (c *Call) Hush() { c.sound.hush() }

// Press queues keys (RFC 4733): 0-9 * # A-D; others are ignored.
func (c *Call) Press(keys string) <-chan struct{} {
	done := make(chan struct{})
	close(done)
	var last <-chan struct{} = done
	for _, r := range strings.ToUpper(keys) {
		if code := strings.IndexRune("0123456789*#ABCD", r); code >= 0 {
			last = c.sound.add(item{key: code})
		}
	}
	return last
}

// Heard is the sound of the last d, 8 kHz, with silence where nothing arrived.
func (c *Call) Heard(d time.Duration) []int16 {
	c.sound.mu.Lock()
	defer c.sound.mu.Unlock()
	return c.sound.heard.lately(d, time.Now())
}

// Keys are the keys heard so far.
func (c *Call) Keys() string {
	c.sound.mu.Lock()
	defer c.sound.mu.Unlock()
	return string(c.sound.keys)
}

// Sound counts packets.
func (c *Call) Sound() Sound {
	c.sound.mu.Lock()
	defer c.sound.mu.Unlock()
	return c.sound.stats
}

// Codec is what was negotiated.
func (c *Call) Codec() Codec {
	c.sound.mu.Lock()
	defer c.sound.mu.Unlock()
	return c.sound.codec
}

// Held says that the other side asked us to be quiet.
func (c *Call) Held() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.holding
}

func (c *Call) close(i int, ch chan struct{}) { c.once[i].Do(func() { close(ch) }) }

func (c *Call) progress() { c.close(0, c.ringing) }

func (c *Call) connect() {
	c.mu.Lock()
	c.answeredAt = time.Now()
	c.mu.Unlock()
	c.progress()
	c.close(1, c.answered)
}

// finish ends the call; what the other side repeats is still answered for a while.
func (c *Call) finish() {
	c.sound.close()
	c.mu.Lock()
	c.doneAt = time.Now()
	c.mu.Unlock()
	close(c.done)
	t := time.NewTimer(lingers)
	defer t.Stop()
	for {
		select {
		case m := <-c.in:
			switch {
			case m.req != nil && m.req.Method == sip.BYE:
				c.k.respond(m, 200, "OK", c.localTag, nil)
			case m.req != nil && m.req.Method != sip.ACK:
				c.k.respond(m, 481, "Call Does Not Exist", c.localTag, nil)
			case m.res != nil && m.res.CSeq().MethodName == sip.INVITE && m.res.StatusCode >= 200:
				c.ackAgain(m)
			}
		case <-t.C:
			return
		case <-c.k.done:
			return
		}
	}
}

// learn takes the other side's tag and target from its headers.
func (c *Call) learn(who interface{ Value() string }, contact *sip.ContactHeader) {
	switch h := who.(type) {
	case *sip.ToHeader:
		if tag, ok := h.Params.Get("tag"); ok {
			c.remoteTag = tag
		}
	case *sip.FromHeader:
		if tag, ok := h.Params.Get("tag"); ok {
			c.remoteTag = tag
		}
		c.remoteURI = h.Address.String()
	}
	if contact != nil {
		c.target = contact.Address.String()
	}
}
