package project

// ID is the identity of a project: time-ordered text made by kit/id.
type ID string
