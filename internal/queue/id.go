package queue

// ID is the identity of a queue: time-ordered text made by kit/id.
type ID string
