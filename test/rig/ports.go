package rig

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// Ports that tests choose for programs which cannot take port 0, or which must find theirs again after a kill. They lie
// below those that Linux gives away by itself (32768 to 60999): nobody gets one by chance meanwhile.
const (
	firstPort = 10_000 // of single ports
	firstSpan = 20_000 // of ranges for sound
	spanPorts = 500
	lastPort  = 30_000 // baresip's sound is above
)

// claims are the ports of this process, each held by a name in the abstract socket namespace, so that tests of other
// processes keep off as long as this one lives.
var claims struct {
	sync.Mutex
	held map[int]net.Listener
}

// claim takes a port for this process; false: somebody has it.
func claim(port int) bool {
	claims.Lock()
	defer claims.Unlock()
	if claims.held[port] != nil {
		return false
	}
	l, err := net.Listen("unix", "@linekeeper-rig-"+strconv.Itoa(port))
	if err != nil {
		return false
	}
	if claims.held == nil {
		claims.held = make(map[int]net.Listener)
	}
	claims.held[port] = l
	return true
}

// release gives a claimed port back.
func release(port int) {
	claims.Lock()
	defer claims.Unlock()
	if l := claims.held[port]; l != nil {
		_ = l.Close()
		delete(claims.held, port)
	}
}

// FreePort is an address for SIP or HTTP with a port that nobody uses, for this process alone.
func FreePort(ip string) (string, error) {
	ports, err := freePorts(ip, 1)
	if err != nil {
		return "", err
	}
	return net.JoinHostPort(ip, strconv.Itoa(ports[0])), nil
}

// freePorts finds ports that are free for TCP and UDP, for this process alone.
func freePorts(ip string, n int) ([]int, error) {
	var ports []int
	for range n {
		p, err := neighbours(ip, 1)
		if err != nil {
			return nil, err
		}
		ports = append(ports, p)
	}
	return ports, nil
}

// neighbours finds an even port that is free together with the n-1 after it, for this process alone.
func neighbours(ip string, n int) (first int, err error) {
	for range 1000 {
		first = firstPort + rand.N(firstSpan-firstPort-n)&^1
		if claimAll(ip, first, n) {
			return first, nil
		}
	}
	return 0, fmt.Errorf("no %d free ports from %d to %d", n, firstPort, firstSpan-1)
}

func claimAll(ip string, first, n int) bool {
	for port := first; port < first+n; port++ {
		claimed := claim(port)
		if claimed && unused(ip, port) {
			continue
		}
		if claimed {
			release(port)
		}
		for p := first; p < port; p++ {
			release(p)
		}
		return false
	}
	return true
}

// unused says whether a port is free at this moment.
func unused(ip string, port int) bool {
	at := net.JoinHostPort(ip, strconv.Itoa(port))
	l, err := net.Listen("tcp", at)
	if err != nil {
		return false
	}
	defer l.Close()
	u, err := net.ListenPacket("udp", at)
	if err != nil {
		return false
	}
	_ = u.Close()
	return true
}

// SoundPorts is a range of n UDP ports, at most 500, for a server's sound, for this process until it is given back: a
// killed server finds its ports free again.
func SoundPorts(n int) (ports string, giveBack func(), err error) {
	spans := (lastPort - firstSpan) / spanPorts
	for _, i := range rand.Perm(spans) {
		if first := firstSpan + i*spanPorts; claim(first) {
			return fmt.Sprintf("%d-%d", first, first+n-1), func() { release(first) }, nil
		}
	}
	return "", nil, errors.New("other tests have all ranges for sound")
}
