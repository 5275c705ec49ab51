// Package report reads what happened: figures by queue, agent, hour and day, and the search among
// interactions down to one with its timeline. Both are here because every figure names, with the same
// Filter, the interactions it was counted from; a test holds the two together.
//
// Every metric is defined once, in metric.go. All of them count segments, and a segment counts in the
// interval in which it began to wait (its queued_ms), whole: an answer, a talk and a wrap-up after
// midnight belong to the day of the waiting they ended. So the figures of any interval stop changing
// only when its last segment has ended. Missed offers count in the interval of the segment they were
// made for. Totals are computed from sums, never from averages.
//
// Requests to be called back are no segments: they count in the interval in which they were made, and their
// delays are kept one by one, so that the median of a year is one of all of them.
//
// All SQL is in query*.go (and read-only); calendars are here only as far as hours and days of a time
// zone need them. Package live shows the present; nothing here is kept in memory.
package report
