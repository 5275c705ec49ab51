// Package agent is what a user is at work: the status chosen (available, break, offline) with its
// log, and the reasons for breaks. What an agent is doing at the moment
// (talking, wrapping up) is computed from interactions and not kept here. The status log is, beside
// the journal, the only source of facts. Storage works as in package tenant; Board is the service in
// front of the log.
package agent
