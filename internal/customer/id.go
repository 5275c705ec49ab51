package customer

// ID is the identity of a customer: time-ordered text made by kit/id.
type ID string
