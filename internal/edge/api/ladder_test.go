package api

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/ladder"
	"linekeeper/internal/tenant"
)

func TestLadder(t *testing.T) {
	t.Parallel()
	at := time.UnixMicro(1_772_600_767_891_234)
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, func(deps *Deps) {
			deps.Ladder = func(_ context.Context, _ tenant.ID, id interaction.ID) (ladder.Ladder, error) {
				return ladder.Ladder{Legs: []ladder.Leg{{Role: ladder.Phone, Party: "sip:sam@192.0.2.7", CallID: "c", Missing: 2, Messages: []ladder.Message{
					{At: at, Out: true, Transport: "UDP", Local: netip.MustParseAddrPort("198.51.100.1:5060"), Remote: netip.MustParseAddrPort("192.0.2.7:5060"),
						Text: []byte("INVITE sip:sam@192.0.2.7 SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\nv=0\xff"), Repeats: 1, Again: []time.Time{at.Add(time.Millisecond)}},
					{At: at, Transport: "UDP", Text: []byte("SIP/2.0 486 Busy Here\r\nX: y\r\ncseq : 1 INVITE\r\n\r\n")},
				}}}}, nil
			}
		})
		id := "/api/v1/interactions/" + w.happened(at, w.users[access.Agent], "+74951112233") + "/sip"
		var got Ladder
		w.must(200, &got, "supervisor", "GET", id, "")
		leg := got.Legs[0]
		first, second := leg.Messages[0], leg.Messages[1]
		if leg.Role != "phone" || leg.Missing != 2 || first.Start != "INVITE" || first.CSeq != "1 INVITE" || !first.Body || !first.Out ||
			first.AtUs != at.UnixMicro() || first.AgainUs[0] != at.UnixMicro()+1000 || first.Repeats != 1 || !strings.HasSuffix(first.Text, "v=0\uFFFD") {
			t.Errorf("got %+v", leg)
		}
		if second.Start != "486 Busy Here" || second.CSeq != "1 INVITE" || second.Body {
			t.Errorf("got %+v", second)
		}
		rec := w.must(200, nil, "supervisor", "GET", id+".txt", "")
		if text := rec.Body.String(); !strings.Contains(text, "text2pcap") || strings.Count(text, "\nO ") != 2 || !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/plain") {
			t.Errorf("got %s\n%s", rec.Header(), text)
		}
		w.refused(403, "agent", "GET", id, "")
		w.refused(404, "supervisor", "GET", "/api/v1/interactions/nobody/sip", "")
	})
}
