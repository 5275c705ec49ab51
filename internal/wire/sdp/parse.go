package sdp

// Parse reads a description. It accepts bare LF, a missing final line end, unknown lines and lines
// out of order; it wraps ErrSyntax or ErrTooLarge when it refuses.
func Parse(b []byte) (*Session, error) { return nil, ErrSyntax }
