package sip

import (
	"context"
	"net/netip"
)

// Stack is one SIP endpoint: its sockets, transactions and dialogs. Its methods may be called from
// any goroutine.
type Stack struct{}

// New makes a Stack; it does nothing until Run. It fails if there is neither UDP nor TCP.
func New(config Config, handler Handler) (*Stack, error) { return nil, ErrClosed }

// Run reads the sockets until ctx ends or Close is called, then ends every call without telling
// the peers (so that another process may take them over from their State), closes the sockets and
// waits for all goroutines of the Stack. It returns nil after an orderly end. To end the calls
// properly first, Hangup each one of Calls.
func (s *Stack) Run(ctx context.Context) error { return ErrClosed }

// Close makes Run end and waits until everything is closed. It may be called more than once, and
// without Run.
func (s *Stack) Close() error { return nil }

// UDPAddr is the bound UDP address; the zero value if there is none.
func (s *Stack) UDPAddr() netip.AddrPort { return netip.AddrPort{} }

// TCPAddr is the bound TCP address; the zero value if there is none.
func (s *Stack) TCPAddr() netip.AddrPort { return netip.AddrPort{} }

// Counters tells what happened so far.
func (s *Stack) Counters() Counters { return Counters{} }

// Calls are the calls that have not ended, in no order.
func (s *Stack) Calls() []*Call { return nil }

// Dial starts an outgoing call and returns when its INVITE has been sent; how it goes is told by
// Call.Progress, Call.Answered and Call.Done. ctx bounds only the resolving and connecting; use
// Hangup to cancel the call.
func (s *Stack) Dial(ctx context.Context, request DialRequest) (*Call, error) { return nil, ErrClosed }

// Restore puts back a confirmed dialog from its State, so that requests of the peer match it and
// Hangup works. It sends nothing. It fails if the State is incomplete or the dialog is here already.
func (s *Stack) Restore(state State) (*Call, error) { return nil, ErrClosed }
