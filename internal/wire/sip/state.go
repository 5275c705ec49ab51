package sip

import (
	"encoding/json"
	"net/netip"
)

// State is what is needed to put a dialog back after a crash (RFC 3261 section 12, plus where to
// send). It is plain data in snake_case JSON and may be stored. Tags and the descriptions are
// private to the call's sides: store it where the call itself may be stored.
type State struct {
	CallID       string         `json:"call_id"`
	LocalTag     string         `json:"local_tag"`
	RemoteTag    string         `json:"remote_tag"`
	Outgoing     bool           `json:"outgoing"`
	Local        string         `json:"local"`  // our From/To value without tag
	Remote       string         `json:"remote"` // the peer's From/To value without tag
	LocalSeq     uint32         `json:"local_seq"`
	RemoteSeq    uint32         `json:"remote_seq"` // 0: none received yet
	InviteSeq    uint32         `json:"invite_seq"` // CSeq of the INVITE that made the dialog
	Routes       []string       `json:"routes"`     // route set in the order of use
	RemoteTarget string         `json:"remote_target"`
	Contact      string         `json:"contact"` // our Contact URI
	Transport    Transport      `json:"transport"`
	Peer         netip.AddrPort `json:"peer"`  // where requests are sent when the target is behind NAT
	Bound        netip.AddrPort `json:"bound"` // the local socket
	RequestUser  string         `json:"request_user"`
	LocalSDP     []byte         `json:"local_sdp,omitempty"`
	RemoteSDP    []byte         `json:"remote_sdp,omitempty"`
}

// Marshal writes the State as JSON.
func (s State) Marshal() ([]byte, error) { return json.Marshal(s) }
