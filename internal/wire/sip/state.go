package sip

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// restoredSeqGap is added to our CSeq of a restored dialog: its State may be older than our last
// request, and the peer refuses a number that it has seen (RFC 3261 section 12.2.2 allows gaps).
const restoredSeqGap = 1000

// State is what is needed to put a dialog back after a crash (RFC 3261 section 12, plus where to
// send). It is plain data in snake_case JSON and may be stored. Tags and the descriptions are
// private to the call's sides: store it where the call itself may be stored.
type State struct {
	CallID       string         `json:"call_id"`
	LocalTag     string         `json:"local_tag"`
	RemoteTag    string         `json:"remote_tag"`
	Outgoing     bool           `json:"outgoing"`
	Local        string         `json:"local"`  // our From or To header, with tag
	Remote       string         `json:"remote"` // the peer's, with tag
	LocalSeq     uint32         `json:"local_seq"`
	RemoteSeq    uint32         `json:"remote_seq"` // 0: none received yet
	InviteSeq    uint32         `json:"invite_seq"` // CSeq of the INVITE that made the dialog
	Routes       []string       `json:"routes"`     // route set in the order of use
	RemoteTarget string         `json:"remote_target"`
	Contact      string         `json:"contact"` // our Contact URI
	Transport    Transport      `json:"transport"`
	Peer         netip.AddrPort `json:"peer"`                // where requests are sent when the target is behind NAT
	PeerName     string         `json:"peer_name,omitempty"` // host that its TLS certificate names
	RequestUser  string         `json:"request_user"`

	// The session timer (RFC 4028); 0 seconds: none.
	SessionSeconds int       `json:"session_seconds,omitempty"`
	Refresher      bool      `json:"refresher,omitempty"` // we refresh
	SessionUntil   time.Time `json:"session_until,omitzero"`
	Updates        bool      `json:"updates,omitempty"` // the peer takes UPDATE

	LocalSDP  []byte `json:"local_sdp,omitempty"`
	RemoteSDP []byte `json:"remote_sdp,omitempty"`
}

// Marshal writes the State as JSON.
func (s State) Marshal() ([]byte, error) { return json.Marshal(s) }

// State is a snapshot of all that Restore needs; valid from phase Answered on.
func (c *Call) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return State{
		CallID: c.id, LocalTag: c.localTag, RemoteTag: c.remoteTag, Outgoing: c.outgoing,
		Local: c.local, Remote: c.remote, LocalSeq: c.localSeq, RemoteSeq: c.remoteSeq, InviteSeq: c.inviteSeq,
		Routes: slices.Clone(c.routes), RemoteTarget: c.target, Contact: c.contact,
		Transport: c.transport, Peer: c.peer.addr, PeerName: c.peer.name, RequestUser: c.dialed,
		LocalSDP: slices.Clone(c.localSDP), RemoteSDP: slices.Clone(c.remoteSDP),
		SessionSeconds: int(c.timer.interval / time.Second), Refresher: c.timer.ours,
		SessionUntil: c.timer.until, Updates: c.timer.updates,
	}
}

// Restore puts back a confirmed dialog from its State, so that requests of the peer match it and
// Hangup works. It sends nothing by itself, but acknowledges a 200 that the peer repeats because the ACK of the process
// before was lost (RFC 3261 section 13.2.2.4). It fails if the State is incomplete or the dialog is here already.
// The Contact stays the one the peer knows; the Stack must be reachable there.
func (s *Stack) Restore(state State) (*Call, error) {
	if state.CallID == "" || state.LocalTag == "" || state.Local == "" || state.Remote == "" || state.RemoteTarget == "" {
		return nil, errors.New("restoring a dialog: incomplete state")
	}
	local, err := parseAddress(state.Local)
	if err != nil {
		return nil, fmt.Errorf("restoring a dialog: local: %w", err)
	}
	remote, err := parseAddress(state.Remote)
	if err != nil {
		return nil, fmt.Errorf("restoring a dialog: remote: %w", err)
	}
	if _, err := parseURI(state.RemoteTarget); err != nil {
		return nil, fmt.Errorf("restoring a dialog: remote target: %w", err)
	}
	c := s.newCall(state.CallID, state.LocalTag)
	c.outgoing, c.phase = state.Outgoing, Confirmed
	c.from, c.to = remote.party(), local.party()
	if c.outgoing {
		c.from, c.to = c.to, c.from
		c.progress, c.answered = make(chan Progress), make(chan Answer)
		close(c.progress)
		close(c.answered)
		c.uac.closed = true
	}
	c.remoteTag, c.local, c.remote = state.RemoteTag, state.Local, state.Remote
	c.localSeq, c.remoteSeq, c.inviteSeq = state.LocalSeq+restoredSeqGap, state.RemoteSeq, state.InviteSeq
	c.oldSeq, c.uac.acks = c.localSeq, map[string]acked{}
	c.routes, c.target, c.contact = slices.Clone(state.Routes), state.RemoteTarget, state.Contact
	c.dialed, c.localSDP, c.remoteSDP = state.RequestUser, state.LocalSDP, state.RemoteSDP
	c.use(hop{transport: state.Transport, addr: state.Peer, name: state.PeerName})
	if err := s.enlist(c); err != nil {
		return nil, fmt.Errorf("restoring a dialog: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if state.SessionSeconds > 0 {
		// A State may be older than the last refresh. Nobody is cut off for that: the session gets
		// time for one refresh, whoever makes it.
		t := &c.timer
		t.interval, t.ours, t.updates = time.Duration(state.SessionSeconds)*time.Second, state.Refresher, state.Updates
		t.until = state.SessionUntil
		if least := time.Now().Add(t.interval/2 + t.margin()); t.until.Before(least) {
			t.until = least
		}
		c.armTimer()
	}
	return c, nil
}
