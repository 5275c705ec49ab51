package rig

import (
	"errors"
	"math/rand/v2"
	"net"
	"strconv"
	"sync/atomic"
)

// Peers cannot choose their ports themselves. These lie below those that the kernel gives to whoever asks for
// any port, since a test beside this one may do so at any moment, and each block is given out once.
const (
	portsFrom   = 12_000
	portBlock   = 4 // SIPp takes a second port of sound two above the first, baresip a second SIP port
	portsBlocks = 2_000
)

var nextBlock atomic.Uint32

func init() { nextBlock.Store(rand.Uint32N(portsBlocks)) }

// freePort is a port that was free a moment ago for TCP and UDP, and so were the three above it.
func freePort(ip string) (int, error) {
	for range portsBlocks {
		port := portsFrom + portBlock*int(nextBlock.Add(1)%portsBlocks)
		free := true
		for p := port; p < port+portBlock && free; p++ {
			free = isFree(net.JoinHostPort(ip, strconv.Itoa(p)))
		}
		if free {
			return port, nil
		}
	}
	return 0, errors.New("no free port")
}

func isFree(at string) bool {
	u, err := net.ListenPacket("udp", at)
	if err != nil {
		return false
	}
	defer u.Close()
	l, err := net.Listen("tcp", at)
	if err != nil {
		return false
	}
	_ = l.Close()
	return true
}

// freePorts are n ports, each with three free ones above it.
func freePorts(ip string, n int) ([]int, error) {
	var ports []int
	for range n {
		p, err := freePort(ip)
		if err != nil {
			return nil, err
		}
		ports = append(ports, p)
	}
	return ports, nil
}
