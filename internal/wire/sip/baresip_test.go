package sip

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"linekeeper/internal/kit/network"
)

// TestBaresipRegisters: baresip, an independent phone, answers our challenge by UDP and TCP and takes
// a call at the contact it has registered, and unregisters when it ends.
func TestBaresipRegisters(t *testing.T) {
	t.Parallel()
	path, err := exec.LookPath("baresip")
	if err != nil {
		t.Fatalf("baresip is needed: %v", err)
	}
	for _, transport := range []Transport{UDP, TCP} {
		t.Run(string(transport), func(t *testing.T) {
			t.Parallel()
			var machine network.Machine
			udp, err := machine.ListenUDP(netip.MustParseAddrPort("127.0.0.1:0"))
			if err != nil {
				t.Fatal(err)
			}
			tcp, err := machine.ListenTCP(netip.MustParseAddrPort("127.0.0.1:0"))
			if err != nil {
				t.Fatal(err)
			}
			secret := NewSecret("ann", "lk", "pass")
			changes := make(chan int, 16)
			registrar := NewRegistrar(RegistrarConfig{Domain: "lk", Changed: func(_ string, c []Contact) { changes <- len(c) }})
			s, err := New(Config{UDP: udp, TCP: tcp, Network: machine, Registrar: registrar,
				Auth: NewAuthenticator(AuthConfig{Realm: "lk", Secret: func(a string) (Secret, bool) { return secret, a == "ann" }})}, nil)
			if err != nil {
				t.Fatal(err)
			}
			var running sync.WaitGroup
			running.Go(func() { _ = s.Run(context.Background()) })
			defer running.Wait()
			defer s.Close()
			at := s.UDPAddr()
			if transport == TCP {
				at = s.TCPAddr()
			}
			home := t.TempDir()
			write := func(name, text string) {
				if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			write("config", fmt.Sprintf("sip_listen 127.0.0.1:%d\nmodule_path /usr/lib/baresip/modules\nmodule g711.so\nmodule_app account.so\nmodule_app menu.so\n", freePort(t)))
			write("contacts", "")
			write("accounts", fmt.Sprintf("<sip:ann@%s;transport=%s>;auth_user=ann;auth_pass=pass;regint=60;answermode=auto\n", at, transport))
			ctx, cancel := context.WithTimeout(context.Background(), 60*time.Second)
			defer cancel()
			cmd := exec.CommandContext(ctx, path, "-f", home)
			output, err := os.Create(filepath.Join(home, "output"))
			if err != nil {
				t.Fatal(err)
			}
			defer output.Close()
			cmd.Stdout, cmd.Stderr = output, output
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { cancel(); _ = cmd.Wait() }()
			for _, want := range []int{1, 0} { // registered, and unregistered at its end
				select {
				case got := <-changes:
					if got != want {
						t.Errorf("%d contacts, want %d", got, want)
					}
				case <-time.After(40 * time.Second):
					t.Fatalf("no change to %d contacts\n%s", want, read(output.Name()))
				}
				if want == 0 {
					break
				}
				contacts, err := registrar.Lookup(ctx, "ann")
				if err != nil || len(contacts) != 1 || contacts[0].Transport != transport {
					t.Fatalf("got %+v (%v)", contacts, err)
				}
				c, err := s.Dial(ctx, contacts[0].Dial(DialRequest{From: "center", Offer: pcmuOnly}))
				if err != nil {
					t.Fatal(err)
				}
				if _, ok := <-c.Answered(); !ok {
					t.Errorf("not answered: %+v\n%s", c.End(), read(output.Name()))
				}
				_ = c.Hangup(ctx, "")
				if err := cmd.Process.Signal(os.Interrupt); err != nil { // it says goodbye
					t.Fatal(err)
				}
			}
		})
	}
}
