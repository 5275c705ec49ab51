package access

// UserID is the identity of a user, and so of an agent: time-ordered text made by kit/id.
type UserID string
