// Package sip speaks SIP (RFC 3261): calls as dialogs, incoming and outgoing, over a UDP socket and
// TCP and TLS listeners that the caller has bound, and on WebSockets that a web server hands over.
//
// What lives here: a Stack (sockets, parsing, transactions, who may send to us); a Call (one dialog in
// either role: answering, cancelling, hanging up, offers inside the dialog, hold, reliable early media,
// session timers, transfers, digits by INFO, a State from which a dialog is put back after a crash);
// an Authenticator and a Registrar for phones; a Resolver and DialFirst for trunks with several
// places. The transaction state machines are those of github.com/emiago/sipgo/sip; sockets, parser
// and dialogs are ours, DESIGN.md says why. What does not: media, anything about what a call is for.
//
// Timers are the ones of RFC 3261 with T1 = 500 ms, T2 = 4 s. Everything runs inside a
// testing/synctest bubble over network.Memory.
package sip
