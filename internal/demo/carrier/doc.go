// Package carrier is a telephone company with callers, for the demo and for tests: a SIP user agent
// outside the product's code path. It shares with the product only the socket (kit/network) and
// sipgo's message parser; transactions, dialogs, descriptions, G.711 and RTP are its own, so that
// the product is tested by something that does not repeat its mistakes. It speaks UDP only.
//
// A Call is one call with commands (Say, Press, HangUp) and facts (Answered, Done, Heard). Call.Follow
// acts out a Plan: press keys, speak, stay, give up. A Crowd places planned calls while agents are
// free. Everything blocks on channels and timers, so all of it also runs in a synctest bubble.
//
// Goroutines: one reads the SIP socket, one owns each call, two move the sound of each call.
package carrier
