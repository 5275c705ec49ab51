package disposition

// ID is the identity of a disposition: time-ordered text made by kit/id.
type ID string
