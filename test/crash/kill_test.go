package crash

import (
	"bufio"
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/media/wav"
	"linekeeper/test/rig"
)

//go:embed testdata/call.xml
var scenario string

// TestKilledUnderLoad kills the process at a random moment while SIPp calls, again and again, and
// after each start compares what SIPp saw with what is written. The calls are not taken up: SIPp is gone too.
func TestKilledUnderLoad(t *testing.T) {
	for name, database := range databases(t) {
		t.Run(name, func(t *testing.T) {
			c := newCenterWith(t, database, []string{"--restore-limit", "0s"})
			sum := tally{}
			for round := range kills(t) {
				c.onDuty()
				load := startLoad(t, c, round)
				<-time.After(1500*time.Millisecond + rand.N(3500*time.Millisecond))
				killed := time.Now()
				c.server.Kill()
				load.stop()
				c.offDuty()
				c.start()
				c.check(load.saw(), killed, &sum)
				if t.Failed() {
					break
				}
			}
			t.Logf("%d kills: %+v", kills(t), sum)
			if sum.Talking == 0 || sum.Running == 0 {
				t.Errorf("no call was running with an agent at any kill: the test tests nothing: %+v", sum)
			}
			if err := c.server.Stop(20 * time.Second); err != nil {
				t.Errorf("stopping the server: %v", err)
			}
			audit(t, c.options.Data, database)
		})
	}
}

func databases(t *testing.T) map[string]string {
	return map[string]string{"sqlite": "", "postgres": dbtest.PostgresURL(t)}
}

// tally counts what was checked.
type tally struct {
	Answered int // by the center, as SIPp saw it
	Running  int // of these, at a kill
	Talking  int // of these, with an agent
	Records  int
	Partial  int // recordings repaired
	Longest  time.Duration
	Furthest time.Duration // of a call's end from what is written
}

// load is SIPp calling.
type load struct {
	t      *testing.T
	cmd    *exec.Cmd
	folder string
	prefix string
}

func startLoad(t *testing.T, c *center, round int) *load {
	t.Helper()
	l := &load{t: t, folder: t.TempDir(), prefix: fmt.Sprintf("+7916%03d000", round)}
	tone := make([]byte, 40000) // five seconds of a square wave in mu-law
	for i := range tone {
		if tone[i] = 0x90; i/8%2 == 0 {
			tone[i] = 0x10
		}
	}
	text := strings.NewReplacer("PREFIX", l.prefix, "TONE", filepath.Join(l.folder, "tone.ulaw")).Replace(scenario)
	for name, b := range map[string][]byte{"tone.ulaw": tone, "call.xml": []byte(text)} {
		if err := os.WriteFile(filepath.Join(l.folder, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	l.cmd = exec.Command("sipp", "-sf", "call.xml", "-i", "127.0.0.1", "-p", fmt.Sprint(port(t, free(t))), "-mp", fmt.Sprint(port(t, free(t))&^1),
		"-s", rig.Number, "-r", "8", "-l", "40", "-nostdin", "-trace_logs", "-log_file", "log.txt", c.options.SIP)
	l.cmd.Dir, l.cmd.Env = l.folder, append(os.Environ(), "TERM=dumb")
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *load) stop() {
	_ = l.cmd.Process.Kill()
	_ = l.cmd.Wait()
}

// seen is a call as SIPp saw it.
type seen struct {
	answered, left time.Time // zero: not
	ended          bool      // the BYE was answered
}

func (l *load) saw() map[string]seen {
	b, err := os.ReadFile(filepath.Join(l.folder, "log.txt"))
	if err != nil {
		l.t.Fatal(err)
	}
	calls := map[string]seen{}
	for in := bufio.NewScanner(bytes.NewReader(b)); in.Scan(); {
		var what, n string
		var s, us float64
		if _, err := fmt.Sscan(in.Text(), &what, &n, &s, &us); err != nil {
			continue // cut by the kill
		}
		at := time.UnixMicro(int64(s)*1e6 + int64(us))
		c := calls[l.prefix+n]
		switch what {
		case "answered":
			c.answered = at
		case "left":
			c.left = at
		case "ended":
			c.ended = true
		}
		calls[l.prefix+n] = c
	}
	return calls
}

// check compares what SIPp saw with what the next start shows.
func (c *center) check(saw map[string]seen, killed time.Time, sum *tally) {
	c.t.Helper()
	sum.Longest = max(sum.Longest, c.server.Took)
	byCaller := map[string][]rig.Interaction{}
	all := c.records()
	for _, r := range all {
		byCaller[r.CustomerAddress] = append(byCaller[r.CustomerAddress], r)
		if r.Phase != "done" || r.EndedMs == 0 || r.Cause == "" || r.LeftMs == 0 {
			c.t.Errorf("%s is not closed: %+v", r.CustomerAddress, r)
		}
		if r.AnsweredMs > 0 {
			if off := r.TalkMs - (r.LeftMs - r.AnsweredMs); off > 1000 || off < -1000 {
				c.t.Errorf("%s: talk of %d ms from %d to %d", r.CustomerAddress, r.TalkMs, r.AnsweredMs, r.LeftMs)
			}
			// At the kill the recorder of a talk that had just begun may not have begun, more so on a loaded machine.
			if long := r.TalkMs > 3000; r.Recording == "running" || long && (r.Recording == "" || r.Recording == "failed") {
				c.t.Errorf("%s: after %d ms of talk the recording is %q", r.CustomerAddress, r.TalkMs, r.Recording)
			}
		}
	}
	sum.Records = len(all)
	for number, call := range saw {
		if call.answered.IsZero() {
			continue
		}
		sum.Answered++
		records := byCaller[number]
		if len(records) != 1 {
			c.t.Errorf("%s was answered and has %d records: %+v", number, len(records), records)
			continue
		}
		r := records[0]
		end, cause := killed, "system"
		if !call.left.IsZero() {
			end = call.left
			// A BYE is answered at once and written right after, later on a loaded machine: its moment may be lost, not more.
			if cause = r.Cause; call.ended && killed.Sub(call.left) > 2*time.Second {
				cause = "customer"
			}
		}
		off := time.UnixMilli(r.LeftMs).Sub(end).Abs()
		sum.Furthest = max(sum.Furthest, off)
		if off > time.Second || r.Cause != cause {
			c.t.Errorf("%s left at %v by %s, the record says %v by %s (%s); killed at %v", number, end, cause,
				time.UnixMilli(r.LeftMs), r.Cause, r.CauseDetail, killed)
		}
		if call.left.IsZero() {
			sum.Running++
			if r.AnsweredMs > 0 {
				sum.Talking++
				c.checkRecording(r, sum)
			}
		}
	}
}

// checkRecording plays the recording of a call that was killed.
func (c *center) checkRecording(r rig.Interaction, sum *tally) {
	c.t.Helper()
	if r.TalkMs < 2500 {
		return
	}
	ctx, stop := rig.Within(20 * time.Second)
	defer stop()
	b, err := c.server.As(rig.AdminToken).Recording(ctx, r.ID)
	if err != nil {
		c.t.Errorf("%s: the recording (%s): %v", r.CustomerAddress, r.Recording, err)
		return
	}
	w, err := wav.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		c.t.Errorf("%s: the recording (%s): %v", r.CustomerAddress, r.Recording, err)
		return
	}
	sum.Partial++
	if missing := time.Duration(r.TalkMs)*time.Millisecond - w.Duration(); missing > 2*time.Second {
		c.t.Errorf("%s: of %d ms the recording (%s) has %v", r.CustomerAddress, r.TalkMs, r.Recording, w.Duration())
	}
}

// audit looks into the database of a server that has stopped in order: nothing is open, and each
// record is what its journal says.
func audit(t *testing.T, data, database string) {
	t.Helper()
	ctx := context.Background()
	d, err := db.Open(ctx, db.Config{URL: database, Folder: data})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	type record struct {
		id                             interaction.ID
		phase, cause, recording        string
		arrived, answered, left, ended int64
		talk, hold, wrap, seq          int64
	}
	var all []record
	err = d.Read(ctx, func(tx *db.Tx) error {
		for what, query := range map[string]string{
			"open interactions":            `SELECT COUNT(*) FROM interaction WHERE ended_ms = 0 OR phase <> 'done' OR cause = ''`,
			"open segments":                `SELECT COUNT(*) FROM segment WHERE ended_ms = 0 OR left_ms = 0 OR outcome = ''`,
			"open offers":                  `SELECT COUNT(*) FROM offer WHERE ended_ms = 0 OR outcome = ''`,
			"running recordings":           `SELECT COUNT(*) FROM recording WHERE ended_ms = 0 OR state = 'running'`,
			"interactions with a recorder": `SELECT COUNT(*) FROM interaction WHERE recording = 'running'`,
			"recordings unlike their interaction's word": `SELECT COUNT(*) FROM recording r JOIN interaction i
				ON i.tenant_id = r.tenant_id AND i.id = r.interaction_id WHERE r.state <> i.recording`,
			"journals with holes": `SELECT COUNT(*) FROM (SELECT interaction_id FROM event GROUP BY interaction_id
				HAVING COUNT(*) <> MAX(seq)) AS holes`,
			"agents with more than one status": `SELECT COUNT(*) FROM (SELECT user_id FROM agent_status WHERE to_ms = 0
				GROUP BY user_id HAVING COUNT(*) > 1) AS more`,
			"statuses that overlap": `SELECT COUNT(*) FROM agent_status a JOIN agent_status b ON a.user_id = b.user_id
				AND a.from_ms < b.from_ms AND (a.to_ms = 0 OR a.to_ms > b.from_ms)`,
			"segments of one agent that overlap": `SELECT COUNT(*) FROM segment a JOIN segment b ON a.agent_id = b.agent_id
				AND a.agent_id <> '' AND a.interaction_id <> b.interaction_id AND a.answered_ms > 0 AND b.answered_ms > 0
				AND a.answered_ms < b.answered_ms AND a.ended_ms > b.answered_ms`,
		} {
			n, err := db.One(tx, db.Scalar[int64], query)
			if err != nil {
				return fmt.Errorf("%s: %w", what, err)
			}
			if n != 0 {
				t.Errorf("%d %s", n, what)
			}
		}
		all, err = db.All(tx, func(row db.Row) (record, error) {
			var r record
			return r, row.Scan(&r.id, &r.phase, &r.cause, &r.recording, &r.arrived, &r.answered, &r.left, &r.ended, &r.talk, &r.hold, &r.wrap, &r.seq)
		}, `SELECT id, phase, cause, recording, arrived_ms, answered_ms, left_ms, ended_ms, talk_ms, hold_ms, wrap_up_ms, last_seq
			FROM interaction ORDER BY id LIMIT 100000`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	store := interaction.NewStore(d)
	for _, r := range all {
		s, err := store.Load(ctx, r.id)
		if err != nil {
			t.Fatal(err)
		}
		folded := record{r.id, string(s.Phase), string(s.Cause), s.Recording, db.Millis(s.Arrived), db.Millis(s.Answered), db.Millis(s.Left),
			db.Millis(s.Ended), s.Talk.Milliseconds(), s.Hold.Milliseconds(), s.WrapUp.Milliseconds(), s.Seq}
		if folded != r {
			t.Errorf("the journal says %+v, the record %+v", folded, r)
		}
	}
	t.Logf("%d records audited", len(all))
}
