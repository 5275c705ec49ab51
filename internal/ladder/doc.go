// Package ladder keeps what was signalled for an interaction: the messages of each of its calls, with
// times and secrets masked, in the order in which support reads them. It follows the calls while they
// run, writes them down when the interaction's telephony is over, and forgets them after some days.
// It knows nothing of SIP: an edge hands it Sources.
package ladder
