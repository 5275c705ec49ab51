package crash

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
)

// openPorts are the UDP ports a process has open on 127.0.0.1.
func openPorts(t *testing.T, pid int) []netip.AddrPort {
	t.Helper()
	mine := map[string]bool{}
	folder := fmt.Sprintf("/proc/%d/fd", pid)
	fds, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if to, err := os.Readlink(folder + "/" + fd.Name()); err == nil {
			if inode, ok := strings.CutPrefix(to, "socket:["); ok {
				mine[strings.TrimSuffix(inode, "]")] = true
			}
		}
	}
	table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/udp", pid))
	if err != nil {
		t.Fatal(err)
	}
	var ports []netip.AddrPort
	for in := bufio.NewScanner(bytes.NewReader(table)); in.Scan(); {
		f := strings.Fields(in.Text())
		if len(f) < 10 || !mine[f[9]] {
			continue
		}
		address, port, _ := strings.Cut(f[1], ":")
		a, err1 := hex.DecodeString(address)
		p, err2 := hex.DecodeString(port)
		if err1 != nil || err2 != nil || len(a) != 4 || len(p) != 2 {
			continue
		}
		binary.BigEndian.PutUint32(a, binary.LittleEndian.Uint32(a))
		ports = append(ports, netip.AddrPortFrom(netip.AddrFrom4([4]byte(a)), binary.BigEndian.Uint16(p)))
	}
	return ports
}
