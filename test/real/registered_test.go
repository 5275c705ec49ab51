package real

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/media/tone"
	"linekeeper/test/rig"
)

const phoneSecret = "JBSWY3DPEHPK3PXPJBSWY3DPEH"

// sipPeople: anna has a SIP phone that registers.
func sipPeople(confirm bool) []rig.User {
	return []rig.User{{Login: "anna", Name: "Anna", Role: "agent", Password: rig.Password, PhoneSecret: phoneSecret, Confirm: confirm}}
}

// onlyCarrier leaves all other addresses to phones. On the loopback baresip sends its sound from 127.0.0.1
// wherever it signs in from, so phones that are listened to are there too.
var onlyCarrier = []string{"127.0.0.1/32"}

// registers starts a baresip as anna's phone and waits until it is registered.
func registers(t *testing.T, s *rig.Server, ip string, tcp bool) *rig.Baresip {
	t.Helper()
	server := s.Ready.SIPUDP
	if tcp {
		server = s.Ready.SIPTCP
	}
	return step(t, 40*time.Second, "registering "+ip, func(ctx context.Context) (*rig.Baresip, error) {
		b, err := rig.StartBaresip(ctx, rig.BaresipOptions{Folder: t.TempDir(), User: "anna", IP: ip, Tone: 700, TCP: tcp, Server: server, Secret: phoneSecret})
		if err != nil {
			return nil, err
		}
		t.Cleanup(b.Close)
		if tcp { // it connects from any address of the machine
			return b, awaitPhones(ctx, s, "TCP", 1)
		}
		return b, awaitPhones(ctx, s, ip, 1)
	})
}

// awaitPhones waits until so many of anna's phones are registered from an address, or by TCP.
func awaitPhones(ctx context.Context, s *rig.Server, ip string, want int) error {
	for {
		devices, err := phones(ctx, s)
		if err != nil {
			return err
		}
		n := 0
		for _, d := range devices {
			if d.Transport == ip || strings.HasPrefix(d.Address, ip+":") && d.Transport == "UDP" {
				n++
			}
		}
		if n == want {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("registered are %+v, want %d from %s", devices, want, ip)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// phone is what the API tells of one.
type phone struct {
	URI, Device, Address, Transport string
}

func phones(ctx context.Context, s *rig.Server) ([]phone, error) {
	var list struct {
		Items []struct{ ID, Login string }
	}
	admin := s.As(rig.AdminToken)
	if err := admin.Get(ctx, "/users", &list); err != nil {
		return nil, err
	}
	for _, u := range list.Items {
		if u.Login == "anna" {
			var shown struct{ Devices []phone }
			err := admin.Get(ctx, "/users/"+u.ID+"/phone", &shown)
			return shown.Devices, err
		}
	}
	return nil, errors.New("there is no anna")
}

// TestRegisteredPhones: baresip registers over UDP and TCP, both ring, the one that is picked up is
// connected and heard, the other one is free again; the echo test proves its sound; a phone that goes
// takes its place on the desk with it.
func TestRegisteredPhones(t *testing.T) {
	t.Parallel()
	s := start(t, rig.Center{Users: sipPeople(false), Addresses: onlyCarrier, Direct: true}, rig.Options{})
	ctx, stop := rig.Within(3 * time.Minute)
	defer stop()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	d := desk(t, s, "anna")
	if err := d.Status(ctx, "available", ""); err == nil || !strings.Contains(err.Error(), "phone_not_registered") {
		t.Errorf("without a phone: got %v, want phone_not_registered", err)
	}
	udp := registers(t, s, "127.0.0.1", false)
	tcp := registers(t, s, "127.0.0.1", true)
	must(d.Await(ctx, "the desk shows the phone", func(v *rig.View) bool { return !v.Me().PhoneAway }))
	must(d.Status(ctx, "available", ""))

	must(udp.Dial("*43", s.Ready.SIPUDP, false))
	_, err := udp.Await(ctx, "CALL_ESTABLISHED")
	must(err)
	eventually(t, 15*time.Second, "the phone hears itself", func() bool { h, _ := udp.Heard(); return tone.Share(last(h), 700) > 0.9 })
	must(udp.HangUp())
	must(udp.Dial("9999", s.Ready.SIPUDP, false))
	closed, err := udp.Await(ctx, "CALL_CLOSED") // of the first call
	must(err)
	const why = "503 No trunk of this project calls numbers outside"
	if !strings.Contains(closed.Param, why) {
		closed, err = udp.Await(ctx, "CALL_CLOSED")
		must(err)
	}
	if !strings.Contains(closed.Param, why) {
		t.Errorf("a number outside without a trunk: got %+v, want %s", closed, why)
	}

	caller, err := rig.StartBaresip(ctx, rig.BaresipOptions{Folder: t.TempDir(), User: "4930123", Tone: 440})
	must(err)
	defer caller.Close()
	must(caller.Dial(rig.Number, s.Ready.SIPUDP, false))
	for _, b := range []*rig.Baresip{udp, tcp} {
		_, err = b.Await(ctx, "CALL_INCOMING")
		must(err)
	}
	must(tcp.Accept())
	_, err = udp.Await(ctx, "CALL_CLOSED")
	must(err)
	_, err = d.AwaitWork(ctx, "connected")
	must(err)
	eventually(t, 15*time.Second, "the phone hears the caller", func() bool { h, _ := tcp.Heard(); return tone.Share(last(h), 440) > 0.9 })
	eventually(t, 15*time.Second, "the caller hears the phone", func() bool { h, _ := caller.Heard(); return tone.Share(last(h), 700) > 0.9 })
	must(caller.HangUp())
	_, err = tcp.Await(ctx, "CALL_CLOSED")
	must(err)

	tcp.Close() // and with it its connection
	must(awaitPhones(ctx, s, "TCP", 0))
	udp.Close() // it says good-bye
	must(awaitPhones(ctx, s, "127.0.0.1", 0))
	must(d.Await(ctx, "the desk shows that no phone is there", func(v *rig.View) bool { return v.Me().PhoneAway }))
}

// last is the last second of 8 kHz sound.
func last(h []int16) []int16 { return h[max(0, len(h)-8000):] }

// TestPressOneToAccept: who picks up must press 1; before it neither hears the other.
func TestPressOneToAccept(t *testing.T) {
	t.Parallel()
	s := start(t, rig.Center{Users: sipPeople(true), Addresses: onlyCarrier, Direct: true}, rig.Options{})
	ctx, stop := rig.Within(2 * time.Minute)
	defer stop()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	b := registers(t, s, "127.0.0.1", false)
	d := desk(t, s, "anna")
	must(d.Status(ctx, "available", ""))
	caller, err := rig.StartBaresip(ctx, rig.BaresipOptions{Folder: t.TempDir(), User: "4930123", Tone: 440})
	must(err)
	defer caller.Close()
	must(caller.Dial(rig.Number, s.Ready.SIPUDP, false))
	_, err = b.Await(ctx, "CALL_INCOMING")
	must(err)
	must(b.Accept())
	_, err = b.Await(ctx, "CALL_ESTABLISHED")
	must(err)
	eventually(t, 10*time.Second, "the agent is asked", func() bool { h, _ := b.Heard(); return tone.Loudness(h) > 0.01 })
	h, _ := b.Heard()
	if tone.Share(last(h), 440) > 0.2 {
		t.Error("the agent hears the caller before he accepts")
	}
	must(b.Press("1"))
	_, err = d.AwaitWork(ctx, "connected")
	must(err)
	eventually(t, 15*time.Second, "the phone hears the caller", func() bool { h, _ := b.Heard(); return tone.Share(last(h), 440) > 0.9 })
	must(caller.HangUp())
}

// TestPhonesAreThereAfterAKill: where phones are is written down, and after kill -9 they ring without
// having registered again.
func TestPhonesAreThereAfterAKill(t *testing.T) {
	t.Parallel()
	c := rig.Center{Users: sipPeople(false), Addresses: onlyCarrier, Direct: true}
	at, err := rig.FreePort("127.0.0.1") // nobody takes it while the process is gone
	if err != nil {
		t.Fatal(err)
	}
	o := rig.Options{Data: t.TempDir(), SIP: at}
	s := start(t, c, o)
	b := registers(t, s, "127.0.0.5", false)
	s.Kill()
	<-s.Gone()
	s = start(t, c, o)
	ctx, stop := rig.Within(2 * time.Minute)
	defer stop()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(awaitPhones(ctx, s, "127.0.0.5", 1))
	d := desk(t, s, "anna")
	must(d.Status(ctx, "available", ""))
	caller, err := rig.StartBaresip(ctx, rig.BaresipOptions{Folder: t.TempDir(), User: "4930123", Tone: 440})
	must(err)
	defer caller.Close()
	must(caller.Dial(rig.Number, s.Ready.SIPUDP, false))
	_, err = b.Await(ctx, "CALL_INCOMING")
	must(err)
	must(b.Accept())
	_, err = d.AwaitWork(ctx, "connected")
	must(err)
}

// TestAPhoneThatRangAtAKill: the telephone that rings when the process is killed is told that this call is over, also if
// it was picked up while nobody listened, and rings anew for the caller, whose call goes on.
func TestAPhoneThatRangAtAKill(t *testing.T) {
	t.Parallel()
	for name, picksUp := range map[string]bool{"it rings": false, "it is picked up meanwhile": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := rig.Center{Users: sipPeople(false), Addresses: onlyCarrier, Direct: true}
			at, err := rig.FreePort("127.0.0.1")
			if err != nil {
				t.Fatal(err)
			}
			o := rig.Options{Data: t.TempDir(), SIP: at}
			s := start(t, c, o)
			b := registers(t, s, "127.0.0.1", false)
			ctx, stop := rig.Within(2 * time.Minute)
			defer stop()
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			must(desk(t, s, "anna").Status(ctx, "available", ""))
			caller, err := rig.StartBaresip(ctx, rig.BaresipOptions{Folder: t.TempDir(), User: "4930123", Tone: 440})
			must(err)
			defer caller.Close()
			must(caller.Dial(rig.Number, s.Ready.SIPUDP, false))
			_, err = b.Await(ctx, "CALL_INCOMING")
			must(err)

			s.Kill()
			<-s.Gone()
			if picksUp {
				must(b.Accept())
			}
			s = start(t, c, o)
			_, err = b.Await(ctx, "CALL_CLOSED")
			must(err)
			desk(t, s, "anna") // she is back, as available as she was
			_, err = b.Await(ctx, "CALL_INCOMING")
			must(err)
			must(b.Accept())
			eventually(t, 20*time.Second, "the phone hears the caller", func() bool { h, _ := b.Heard(); return tone.Share(last(h), 440) > 0.9 })
			must(caller.HangUp())
			_, err = b.Await(ctx, "CALL_CLOSED")
			must(err)
		})
	}
}

// TestGuessersDoNotLockTheOwnerOut: wrong passwords pour in from many addresses, the owner's own among
// them; his phone goes on, registers again, and is called. Others hear nothing but REGISTER's answers.
func TestGuessersDoNotLockTheOwnerOut(t *testing.T) {
	t.Parallel()
	s := start(t, rig.Center{Users: sipPeople(false), Addresses: onlyCarrier, Direct: true}, rig.Options{})
	registers(t, s, "127.0.0.6", false)
	ctx, stop := rig.Within(3 * time.Minute)
	defer stop()
	flood, end := context.WithCancel(ctx)
	var guessers sync.WaitGroup
	for i := range 12 {
		ip := fmt.Sprintf("127.0.1.%d", i+1)
		if i == 0 {
			ip = "127.0.0.6"
		}
		guessers.Go(func() { guess(flood, t, ip, s.Ready.SIP()) })
	}
	defer guessers.Wait()
	defer end()
	for range 3 { // a new phone of the owner's at his address, while they guess
		b := step(t, 30*time.Second, "registering while others guess", func(ctx context.Context) (*rig.Baresip, error) {
			b, err := rig.StartBaresip(ctx, rig.BaresipOptions{Folder: t.TempDir(), User: "anna", IP: "127.0.0.6", Server: s.Ready.SIPUDP, Secret: phoneSecret})
			if err != nil {
				return nil, err
			}
			return b, awaitPhones(ctx, s, "127.0.0.6", 2)
		})
		b.Close()
		if err := awaitPhones(ctx, s, "127.0.0.6", 1); err != nil {
			t.Fatal(err)
		}
	}
	if n := metric(t, s, "sip_wrong_passwords_total"); n < 50 {
		t.Errorf("%v wrong passwords were counted: the test tests nothing", n)
	}
	if n := metric(t, s, "sip_paused_total"); n < 50 {
		t.Errorf("%v messages of guessers were not looked at: they are not slowed", n)
	}
}

// guess tries passwords from an address as fast as it is answered, and INVITEs between them, which must
// stay without an answer but at the owner's address.
func guess(ctx context.Context, t *testing.T, ip string, server netip.AddrPort) {
	conn, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(ip), 0)))
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	b, nonce := make([]byte, 4096), ""
	for n := 1; ctx.Err() == nil; n++ {
		ask := func(method, more string) {
			_, _ = conn.WriteToUDPAddrPort(fmt.Appendf(nil, "%s sip:linekeeper SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%d;rport\r\nMax-Forwards: 70\r\n"+
				"From: <sip:anna@linekeeper>;tag=x\r\nTo: <sip:anna@linekeeper>\r\nCall-ID: %s\r\nCSeq: %d %s\r\n%sContent-Length: 0\r\n\r\n",
				method, conn.LocalAddr(), method, n, ip, n, method, more), server)
		}
		authorization := ""
		if nonce != "" {
			authorization = fmt.Sprintf("Authorization: Digest username=\"anna\", realm=\"linekeeper\", nonce=\"%s\", uri=\"sip:linekeeper\", qop=auth, nc=%08x, cnonce=\"c\", algorithm=MD5, response=\"%032x\"\r\n", nonce, n, n)
		}
		ask("REGISTER", "Contact: <sip:anna@"+ip+">\r\n"+authorization)
		if n%10 == 0 {
			ask("INVITE", "")
		}
		_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		size, _, err := conn.ReadFromUDPAddrPort(b)
		if err != nil {
			continue
		}
		text := string(b[:size])
		if strings.Contains(text, " INVITE\r\n") && ip != "127.0.0.6" {
			t.Errorf("a stranger's INVITE was answered:\n%s", text)
		}
		if _, rest, ok := strings.Cut(text, `nonce="`); ok {
			nonce, _, _ = strings.Cut(rest, `"`)
		}
	}
}

// metric is one of the server's figures.
func metric(t *testing.T, s *rig.Server, name string) float64 {
	t.Helper()
	return step(t, 20*time.Second, "reading metrics", func(ctx context.Context) (float64, error) {
		b, _, err := s.As(rig.AdminToken).Bytes(ctx, "/metrics", nil)
		for line := range strings.SplitSeq(string(b), "\n") {
			var n float64
			if rest, ok := strings.CutPrefix(line, "linekeeper_"+name+" "); ok {
				_, err = fmt.Sscan(rest, &n)
				return n, err
			}
		}
		return 0, errors.Join(err, fmt.Errorf("there is no metric %s", name))
	})
}
