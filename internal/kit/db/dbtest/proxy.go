package dbtest

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
)

// Proxy stands between a program and PostgreSQL, to try what happens when the connection breaks.
type Proxy struct {
	URL string // of the database, through the proxy

	to string // the server's socket

	mu     sync.Mutex
	conns  map[net.Conn]bool
	cut    int  // so many commits more lose their answer
	down   bool // nobody gets through
	wg     sync.WaitGroup
	listen net.Listener
}

// NewProxy makes a proxy to the database at an address of PostgresURL. It ends with the test.
func NewProxy(t testing.TB, address string) *Proxy {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	p := &Proxy{to: "unix:" + u.Query().Get("host") + "/.s.PGSQL.5432", conns: make(map[net.Conn]bool)}
	if u.Host != "" {
		p.to = "tcp:" + u.Host
	}
	if p.listen, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	u.Host, u.RawQuery = p.listen.Addr().String(), "sslmode=disable"
	p.URL = u.String()
	p.wg.Go(p.accept)
	t.Cleanup(func() {
		p.listen.Close()
		p.Down()
		p.wg.Wait()
	})
	return p
}

// LoseAnswers lets the next n commits happen and their answers get lost with the connection.
func (p *Proxy) LoseAnswers(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = n
}

// Down breaks all connections and lets nobody through until Up.
func (p *Proxy) Down() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = true
	for c := range p.conns {
		c.Close()
	}
}

// Up lets everybody through again.
func (p *Proxy) Up() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = false
}

func (p *Proxy) accept() {
	for {
		c, err := p.listen.Accept()
		if err != nil {
			return
		}
		p.wg.Go(func() { p.serve(c) })
	}
}

// keep notes a connection; false: it must not be.
func (p *Proxy) keep(c net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.down {
		c.Close()
		return false
	}
	p.conns[c] = true
	return true
}

// release leaves a connection to itself: Down no longer breaks it.
func (p *Proxy) release(c net.Conn) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

func (p *Proxy) forget(c net.Conn) {
	c.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.conns, c)
}

func (p *Proxy) serve(client net.Conn) {
	if !p.keep(client) {
		return
	}
	defer p.forget(client)
	network, address := p.to[:bytes.IndexByte([]byte(p.to), ':')], p.to[bytes.IndexByte([]byte(p.to), ':')+1:]
	server, err := net.Dial(network, address)
	if err != nil || !p.keep(server) {
		return
	}
	defer p.forget(server)
	p.wg.Go(func() { // answers
		defer client.Close()
		_, _ = io.Copy(client, server)
	})
	b := make([]byte, 64<<10)
	for {
		n, err := client.Read(b)
		if err != nil {
			return
		}
		if bytes.Contains(bytes.ToLower(b[:n]), []byte("commit\x00")) && p.loses() {
			p.release(server) // Down must not come before the commit does
			client.Close()    // it hears nothing more
			if _, err := server.Write(b[:n]); err != nil {
				return
			}
			// Its answer must have come before the connection ends, or the commit might not happen; the copier
			// above reads it and cannot pass it on. The server ends the session in order at X (terminate).
			_, _ = server.Write([]byte{'X', 0, 0, 0, 4})
			_, _ = io.Copy(io.Discard, server)
			return
		}
		if _, err := server.Write(b[:n]); err != nil {
			return
		}
	}
}

func (p *Proxy) loses() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cut == 0 {
		return false
	}
	p.cut--
	return true
}
