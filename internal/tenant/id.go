package tenant

// ID is the identity of a tenant: time-ordered text made by kit/id.
type ID string
