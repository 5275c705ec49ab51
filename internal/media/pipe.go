package media

// PipeEnd is a transport inside the process: what is written to one end is read at the other.
type PipeEnd struct{}

// Pipe makes the two ends of a lossless line without sockets: a browser's leg in stories.
func Pipe() (a, b *PipeEnd) { panic("not yet") }

// Read implements Transport.
func (p *PipeEnd) Read(b []byte) (int, error) { panic("not yet") }

// Write implements Transport.
func (p *PipeEnd) Write(pkt []byte) error { panic("not yet") }

// Close implements Transport.
func (p *PipeEnd) Close() error { panic("not yet") }

// Strays implements Transport.
func (p *PipeEnd) Strays() Strays { return Strays{} }
