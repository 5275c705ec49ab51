package rtc

import (
	"fmt"
	"net"
	"net/netip"

	"linekeeper/internal/kit/network"
)

// candidates are the addresses we announce.
func (e *Engine) candidates() (udp, tcp []netip.AddrPort, err error) {
	if udp, err = e.at(e.addr); err != nil || e.tcp == nil {
		return udp, nil, err
	}
	tcp, err = e.at(network.AddrPort(e.tcp.Addr()))
	return udp, tcp, err
}

// at are the announced addresses of a socket.
func (e *Engine) at(bound netip.AddrPort) (list []netip.AddrPort, err error) {
	ips := e.public
	switch {
	case len(ips) > 0:
	case !bound.Addr().IsUnspecified():
		ips = []netip.Addr{bound.Addr()}
	default:
		if ips, err = machineAddrs(bound.Addr().Is4()); err != nil {
			return nil, err
		}
	}
	for _, ip := range ips {
		list = append(list, netip.AddrPortFrom(ip.Unmap(), bound.Port()))
	}
	return list, nil
}

// machineAddrs are the machine's addresses, loopback last. Link-local ones are left out: a browser
// could not say on which of its links they are.
func machineAddrs(only4 bool) (list []netip.Addr, err error) {
	addrs, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("WebRTC: listing the machine's addresses: %w", err)
	}
	var loopback []netip.Addr
	for _, a := range addrs {
		n, ok := a.(*net.IPNet)
		if !ok {
			continue
		}
		ip, ok := netip.AddrFromSlice(n.IP)
		ip = ip.Unmap()
		switch {
		case !ok || ip.IsLinkLocalUnicast() || only4 && !ip.Is4():
		case ip.IsLoopback():
			loopback = append(loopback, ip)
		default:
			list = append(list, ip)
		}
	}
	return append(list, loopback...), nil
}
