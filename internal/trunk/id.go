package trunk

// ID is the identity of a trunk: time-ordered text made by kit/id.
type ID string
