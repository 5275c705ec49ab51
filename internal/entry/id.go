package entry

// ID is the identity of a entry: time-ordered text made by kit/id.
type ID string
