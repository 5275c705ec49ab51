package world

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/media"
	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/tone"
	"linekeeper/internal/phone"
	"linekeeper/internal/tenant"
	"linekeeper/internal/wire/sdp"
	"linekeeper/internal/wire/sip"
)

// Handset is an agent's SIP phone that signs in with a secret, dials by itself, and has a message light.
type Handset struct {
	w      *World
	login  string
	secret string
	at     netip.AddrPort
	stack  *sip.Stack
	ports  *media.Ports
	calls  chan *sip.Call

	Call  *sip.Call
	leg   *media.Leg
	sound *media.UDPTransport // of the leg
	ear   *ear

	mu    sync.Mutex
	light string // the latest summary of messages
}

// Handset makes a user's phone a SIP phone that signs in from an address.
func (w *World) Handset(login, at string) *Handset {
	w.T.Helper()
	h := &Handset{w: w, login: login, at: netip.MustParseAddrPort(at), calls: make(chan *sip.Call, 8)}
	w.ChangesUser(login, func(u *access.User) { u.Phone, u.PhoneURI = access.SIPPhone, "" })
	w.SetUp(func(tx *db.Tx, by audit.Author) error {
		u, err := access.UserByLogin(tx, tenant.ID(by.Tenant), login)
		if err != nil {
			return err
		}
		_, h.secret, err = phone.Renew(tx, by, u.ID)
		return err
	})
	h.opens()
	return h
}

// Another is one more phone of the same user, which signs in from another address.
func (h *Handset) Another(at string) *Handset {
	h.w.T.Helper()
	other := &Handset{w: h.w, login: h.login, secret: h.secret, at: netip.MustParseAddrPort(at), calls: make(chan *sip.Call, 8)}
	other.opens()
	return other
}

// opens takes the phone's address and signs in.
func (h *Handset) opens() {
	w := h.w
	w.T.Helper()
	udp, err := w.Net.ListenUDP(h.at)
	if err != nil {
		w.T.Fatal(err)
	}
	h.stack, err = sip.New(sip.Config{UDP: udp, Network: w.Net}, sip.HandlerFunc(func(_ context.Context, c *sip.Call) {
		h.calls <- c
		<-c.Done()
	}))
	if err != nil {
		w.T.Fatal(err)
	}
	if h.ports, err = media.NewPorts(w.Net, h.at.Addr(), 0, 0); err != nil {
		w.T.Fatal(err)
	}
	ran := make(chan error, 1)
	go func() { ran <- h.stack.Run(context.Background()) }()
	w.services = append(w.services, func() {
		_ = h.stack.Close()
		<-ran
		h.puts()
	})
	w.handsets.Store(h.at, h)
	h.SignsIn()
}

// SignsIn registers.
func (h *Handset) SignsIn() {
	h.w.T.Helper()
	address := "sip:" + h.login + "@" + phone.Realm
	reply, err := h.stack.Ask(h.w.T.Context(), sip.Ask{Method: "REGISTER", Target: "sip:" + phone.Realm, From: address, To: address, Contact: h.login,
		Expires: 3600, Peer: sipAddr, Username: h.login, Password: h.secret})
	if err != nil || reply.Code != 200 {
		h.w.T.Fatalf("%s's phone cannot sign in: %d, %v", h.login, reply.Code, err)
	}
	h.w.Settles()
}

// noted looks at what is sent to the phone.
func (h *Handset) noted(b []byte) {
	text := string(b)
	if _, body, ok := strings.Cut(text, "\r\n\r\n"); ok && strings.HasPrefix(text, "NOTIFY ") {
		h.mu.Lock()
		h.light = body
		h.mu.Unlock()
	}
}

// ShowsMessages waits until the phone was told this of its messages, such as "2/0": two that nobody has, none in a hand.
func (h *Handset) ShowsMessages(counts string) {
	h.w.T.Helper()
	waiting := "yes"
	if strings.HasPrefix(counts, "0/") {
		waiting = "no"
	}
	want := "Messages-Waiting: " + waiting + "\r\nMessage-Account: sip:*97@" + sipAddr.String() + "\r\nVoice-Message: " + counts + " (0/0)\r\n"
	told := func() string {
		h.mu.Lock()
		defer h.mu.Unlock()
		return h.light
	}
	h.w.Eventually(5*time.Second, h.login+"'s phone shows "+counts, func() bool { return told() == want }, told)
}

// line opens the phone's sound, and tells where it is.
func (h *Handset) line() sdp.Local {
	conn, err := h.ports.Listen()
	if err != nil {
		h.w.T.Fatal(err)
	}
	h.puts()
	h.sound = media.NewUDP(conn, media.UDPConfig{})
	h.ear = &ear{}
	h.leg = media.NewLeg(media.LegConfig{Transport: h.sound, Codec: media.PCMU(), Events: 101})
	h.leg.AddTapOn(media.Heard, h.ear)
	h.leg.Play(media.Silence(), nil) // as phones do that nobody speaks at
	return h.local()
}

func (h *Handset) local() sdp.Local {
	return sdp.Local{Address: h.sound.LocalAddr(), SessionID: 1, Version: 1}
}

// puts puts the receiver down.
func (h *Handset) puts() {
	if h.leg != nil {
		h.leg.Close()
		h.leg = nil
	}
}

// talks sends sound to what the other side described.
func (h *Handset) talks(s *sdp.Session) {
	h.w.T.Helper()
	if s == nil || s.Audio() == nil {
		h.w.T.Fatalf("%s's phone is told of no sound", h.login)
	}
	m := s.Audio()
	h.sound.Renegotiate(media.UDPConfig{Remote: netip.AddrPortFrom(m.Connection, m.Port)})
}

// Dials calls a number with the phone's password, and says whether it is answered; if not, by which status.
func (h *Handset) Dials(number string) (refused int) {
	h.w.T.Helper()
	return h.dials(number, nil)
}

// TakesOver takes the call of another phone of the same user over (INVITE with Replaces, RFC 3891).
func (h *Handset) TakesOver(from *Handset) {
	h.w.T.Helper()
	replaces := from.Call.Replaces()
	if code := h.dials(h.login, &replaces); code != 0 {
		h.w.T.Fatalf("%s's other phone may not take the call over: %d", h.login, code)
	}
	from.IsHungUpOn(5 * time.Second)
}

func (h *Handset) dials(number string, replaces *sip.Replaces) (refused int) {
	h.w.T.Helper()
	call, err := h.stack.Dial(h.w.T.Context(), sip.DialRequest{
		Target: "sip:" + number + "@" + sipAddr.String(), From: "sip:" + h.login + "@" + phone.Realm, Offer: sdp.Offer(h.line(), sdp.PCMU()).Bytes(),
		Username: h.login, Password: h.secret, Replaces: replaces,
	})
	if err != nil {
		h.w.T.Fatal(err)
	}
	h.Call = call
	select {
	case answer := <-call.Answered():
		h.talks(answer.Session)
		h.w.Settles()
		return 0
	case <-call.Done():
		return call.End().Code
	case <-time.After(20 * time.Second):
		h.w.T.Fatalf("%s's phone gets no answer from %s", h.login, number)
		return 0
	}
}

// Holds presses the hold key.
func (h *Handset) Holds(on bool) {
	h.w.T.Helper()
	body := string(sdp.Offer(h.local(), sdp.PCMU()).Bytes())
	if on {
		body = strings.ReplaceAll(body, "a=sendrecv\r\n", "") + "a=sendonly\r\n"
	}
	if _, err := h.Call.Reoffer(h.w.T.Context(), []byte(body)); err != nil {
		h.w.T.Fatal(err)
	}
	h.w.Settles()
}

// Rings waits for a call.
func (h *Handset) Rings() {
	h.w.T.Helper()
	h.w.Eventually(5*time.Second, h.login+"'s phone rings", func() bool {
		select {
		case h.Call = <-h.calls:
			return true
		default:
			return false
		}
	})
}

// PicksUp answers.
func (h *Handset) PicksUp() {
	h.w.T.Helper()
	answer, _, err := sdp.Answer(h.Call.Offer(), h.line(), sdp.PCMU())
	if err != nil {
		h.w.T.Fatal(err)
	}
	h.talks(h.Call.Offer())
	if err := h.Call.Answer(h.w.T.Context(), answer.Bytes()); err != nil {
		h.w.T.Fatal(err)
	}
	h.w.Settles()
}

// HangsUp ends the call.
func (h *Handset) HangsUp() {
	_ = h.Call.Hangup(h.w.T.Context(), "")
	h.puts()
	h.w.Settles()
}

// IsHungUpOn waits until the other side has ended the call.
func (h *Handset) IsHungUpOn(within time.Duration) {
	h.w.T.Helper()
	h.w.Eventually(within, h.login+"'s phone is hung up on", func() bool { return isClosed(h.Call.Done()) })
	h.puts()
}

// Presses presses keys.
func (h *Handset) Presses(keys string) {
	if err := h.leg.SendDigits(keys); err != nil {
		h.w.T.Error(err)
	}
	h.w.Settles()
}

// Speaks says something until the end, in the agent's voice.
func (h *Handset) Speaks() {
	h.leg.Play(media.NewClipPCM(tone.Sine(voiceOf(h.login), 0.5, time.Second)).Loop(), nil)
}

// Listens waits until the phone hears exactly these, as Agent.Hears does; for at most so long.
func (h *Handset) Listens(within time.Duration, names string) {
	h.w.T.Helper()
	got := ""
	h.w.Eventually(within, h.login+"'s phone hears \""+names+"\"", func() bool {
		got = who(h.ear.heard())
		return got == names
	}, func() string { return "but \"" + got + "\"" })
}

// ear keeps what was heard lately.
type ear struct {
	mu     sync.Mutex
	when   time.Time
	lately []int16
}

// Packet implements media.Tap.
func (e *ear) Packet(_ media.Direction, p *media.Packet) {
	e.mu.Lock()
	defer e.mu.Unlock()
	now := time.Now()
	if now.Sub(e.when) > span {
		e.lately = e.lately[:0]
	}
	e.when = now
	for _, b := range p.Payload {
		e.lately = append(e.lately, g711.DecodeMulaw(b))
	}
	if most := int(span.Seconds() * tone.Rate); len(e.lately) > most {
		e.lately = slices.Clone(e.lately[len(e.lately)-most:])
	}
}

func (e *ear) heard() []int16 {
	e.mu.Lock()
	defer e.mu.Unlock()
	if time.Since(e.when) > span {
		return nil
	}
	return slices.Clone(e.lately)
}
