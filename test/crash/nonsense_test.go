package crash

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/media/tone"
)

// nonsenses is how many descriptions, and how many datagrams to each port, a peer sends that make no sense.
const nonsenses = 150

// TestNonsenseBesideAHeldCall: a caller who has put the call on hold sends descriptions and datagrams that make no
// sense, from the right addresses and within his dialog. The call goes on, and both are heard when he resumes it.
func TestNonsenseBesideAHeldCall(t *testing.T) {
	c := newCenter(t, "")
	c.onDuty()
	caller := newCaller(t, c.server.Ready.SIP())
	caller.invite(t)
	eventually(t, 30*time.Second, "they talk", func() error {
		if all := c.records(); len(all) != 1 || all[0].Phase != "connected" {
			return fmt.Errorf("%+v", all)
		}
		return nil
	})
	c.mu.Lock()
	agent := c.rings[len(c.rings)-1]
	c.mu.Unlock()
	dice := rand.New(rand.NewPCG(1, 2)) // the same each time
	number := 2
	if code := caller.offers(t, "UPDATE", number, caller.describes("sendonly")); code != 200 {
		t.Fatalf("the hold is answered with %d", code)
	}
	codes := map[int]int{}
	for n := range nonsenses {
		method := []string{"INVITE", "UPDATE"}[n%2]
		number++
		codes[caller.offers(t, method, number, spoiled(dice, caller.describes("sendonly")))]++
		noise := make([]byte, dice.IntN(1400))
		for i := range noise {
			noise[i] = byte(dice.Uint32())
		}
		if n%3 == 0 { // it looks like the beginning of something
			noise = append([]byte([]string{"INVITE sip:x SIP/2.0\r\n", "SIP/2.0 200 OK\r\nVia: ", "\x80\x00", "\x81\xcb\x00\x01"}[dice.IntN(4)]), noise...)
		}
		_, _ = caller.sip.WriteToUDPAddrPort(noise, caller.server)
		_, _ = caller.rtp.WriteToUDPAddrPort(noise, caller.to)
	}
	t.Logf("answers to %d descriptions: %v", nonsenses, codes)
	if codes[200] == nonsenses || codes[200] == 0 && codes[488]+codes[400] == 0 {
		t.Errorf("answers %v: the test tests nothing", codes)
	}
	if all := c.records(); len(all) != 1 || all[0].Phase != "connected" {
		t.Fatalf("the records are %+v, want the call to go on", all)
	}
	number++
	if code := caller.offers(t, "UPDATE", number, caller.describes("sendrecv")); code != 200 {
		t.Fatalf("the call is resumed: answered with %d", code)
	}
	defer caller.speaks()()
	before := caller.heard.Load()
	eventually(t, 20*time.Second, "they hear each other", func() error {
		sound := agent.Heard(500 * time.Millisecond)
		if share, n := purest(sound, 440), caller.heard.Load()-before; share < 0.9 || n < 25 {
			return fmt.Errorf("the agent hears the caller with a share of %.2f (loudness %.3f), the caller %d packets", share, tone.Loudness(sound), n)
		}
		return nil
	})
	caller.request(t, "BYE", number+1, "", "")
	caller.await(t, 200)
	eventually(t, 30*time.Second, "the record", func() error {
		if all := c.records(); len(all) != 1 || all[0].Phase != "done" || all[0].Cause != "customer" {
			return fmt.Errorf("%+v", all)
		}
		return nil
	})
}

// describes is the caller's description.
func (c *caller) describes(direction string) string {
	_, port, _ := strings.Cut(c.rtp.LocalAddr().String(), ":")
	return fmt.Sprintf("v=0\r\no=- 1 %d IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio %s RTP/AVP 0 101\r\n"+
		"a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=%s\r\n", time.Now().UnixNano(), port, direction)
}

// offers sends a description within the dialog and gives the final answer, which it acknowledges.
func (c *caller) offers(t *testing.T, method string, number int, body string) int {
	t.Helper()
	more := fmt.Sprintf("Contact: <sip:me@%s>\r\nContent-Type: application/sdp\r\n", c.sip.LocalAddr())
	c.request(t, method, number, more, body)
	wanted := fmt.Sprintf("%d %s", number, method)
	b := make([]byte, 8000)
	_ = c.sip.SetReadDeadline(time.Now().Add(30 * time.Second))
	for {
		n, _, err := c.sip.ReadFromUDPAddrPort(b)
		if err != nil {
			t.Fatalf("waiting for the answer to %s: %v\n%s", wanted, err, body)
		}
		text := string(b[:n])
		var code int
		if _, err := fmt.Sscanf(text, "SIP/2.0 %d", &code); err != nil || code < 200 || header(text, "CSeq") != wanted {
			continue
		}
		if method == "INVITE" {
			c.request(t, "ACK", number, "", "")
		}
		return code
	}
}

// spoiled is a description with mistakes.
func spoiled(dice *rand.Rand, body string) string {
	lines := strings.Split(strings.TrimSuffix(body, "\r\n"), "\r\n")
	for range 1 + dice.IntN(4) {
		i := dice.IntN(len(lines))
		line := []byte(lines[i])
		switch dice.IntN(6) {
		case 0: // one is missing
			lines = append(lines[:i:i], lines[i+1:]...)
			if len(lines) == 0 {
				lines = []string{"v=0"}
			}
		case 1: // one is there often
			for range dice.IntN(20) {
				lines = append(lines, lines[i])
			}
		case 2: // other characters
			for range 1 + dice.IntN(5) {
				if len(line) > 0 {
					line[dice.IntN(len(line))] = byte(dice.Uint32())
				}
			}
			lines[i] = string(line)
		case 3: // numbers that are too large
			lines[i] = strings.NewReplacer("0", "99999999999999999999", "1", "-1", "127", "999").Replace(lines[i])
		case 4: // something else
			lines[i] = fmt.Sprintf("%c=%x", 'a'+rune(dice.IntN(26)), dice.Uint64())
		default: // another order
			dice.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
		}
	}
	return strings.Join(lines, "\r\n") + "\r\n"
}
