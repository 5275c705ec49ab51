package api

import (
	"bytes"
	"context"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"linekeeper/internal/interaction"
	"linekeeper/internal/ladder"
	"linekeeper/internal/report"
)

const textType = "text/plain; charset=utf-8"

// Ladder is what was signalled for an interaction.
type Ladder struct {
	Legs []LadderLeg `json:"legs" doc:"Its calls, in the order in which they began; empty: nothing is kept of it, or no longer"`
}

// LadderLeg is one call of an interaction.
type LadderLeg struct {
	Role     string          `json:"role" enum:"trunk,phone,outside" doc:"trunk: the customer's call; phone: an agent's SIP phone; outside: an outside number"`
	Party    string          `json:"party" doc:"Name of the trunk, address of the phone, or number"`
	CallID   string          `json:"call_id" doc:"Call-ID"`
	Missing  int             `json:"missing" doc:"Messages left out after the first eight"`
	Messages []LadderMessage `json:"messages"`
}

// LadderMessage is one SIP message.
type LadderMessage struct {
	AtUs      int64   `json:"at_us" doc:"UTC microseconds"`
	Out       bool    `json:"out" doc:"We sent it"`
	Transport string  `json:"transport" doc:"UDP, TCP, TLS, WS or WSS"`
	Local     string  `json:"local" doc:"Our address and port"`
	Remote    string  `json:"remote" doc:"The peer's address and port"`
	Start     string  `json:"start" doc:"Method, or status and reason"`
	CSeq      string  `json:"cseq" doc:"Number and method, as in the header CSeq"`
	Body      bool    `json:"body" doc:"There is one, such as a session description"`
	Repeats   int     `json:"repeats" doc:"How often the same was sent or received again"`
	AgainUs   []int64 `json:"again_us" doc:"When, the first eight times"`
	Text      string  `json:"text" doc:"The whole message; secrets are replaced by asterisks"`
}

type ladderOutput struct {
	Body Ladder
}

func (s *server) ladder(ctx context.Context, in *interactionInput) (*ladderOutput, error) {
	found, d, err := s.readLadder(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	out := &ladderOutput{Ladder{Legs: []LadderLeg{}}}
	for _, leg := range found.Legs {
		shown := LadderLeg{Role: leg.Role, Party: leg.Party, CallID: leg.CallID, Missing: leg.Missing, Messages: []LadderMessage{}}
		if leg.Role == ladder.Trunk && leg.Party == string(d.Trunk) && d.TrunkName != "" {
			shown.Party = d.TrunkName
		}
		for _, m := range leg.Messages {
			shown.Messages = append(shown.Messages, shownMessage(m))
		}
		out.Body.Legs = append(out.Body.Legs, shown)
	}
	return out, nil
}

// ladderText sends the text for a capture.
func (s *server) ladderText(ctx context.Context, in *interactionInput) (*huma.StreamResponse, error) {
	found, _, err := s.readLadder(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		hctx.SetHeader("Content-Type", textType)
		hctx.SetHeader("Content-Disposition", `attachment; filename="sip-`+strings.Trim(in.ID, `"\`)+`.txt"`)
		_ = ladder.WriteText(hctx.BodyWriter(), found) // the reader has gone away
	}}, nil
}

// readLadder reads the ladder of an interaction the viewer may see.
func (s *server) readLadder(ctx context.Context, id string) (ladder.Ladder, report.Detail, error) {
	v := viewerOf(ctx)
	d, err := s.deps.Reports.Interaction(ctx, v.reads(), interaction.ID(id))
	if err != nil || s.deps.Ladder == nil {
		return ladder.Ladder{}, d, err
	}
	found, err := s.deps.Ladder(ctx, v.Tenant, interaction.ID(id))
	return found, d, err
}

func shownMessage(m ladder.Message) LadderMessage {
	head, body, _ := bytes.Cut(m.Text, []byte("\r\n\r\n"))
	first, fields, _ := bytes.Cut(head, []byte("\r\n"))
	shown := LadderMessage{AtUs: m.At.UnixMicro(), Out: m.Out, Transport: m.Transport, Local: m.Local.String(), Remote: m.Remote.String(),
		Start: startOf(string(first)), Body: len(body) > 0, Repeats: m.Repeats, AgainUs: []int64{}, Text: strings.ToValidUTF8(string(m.Text), "\uFFFD")}
	for line := range bytes.Lines(fields) {
		if name, value, ok := bytes.Cut(line, []byte(":")); ok && strings.EqualFold(string(bytes.TrimSpace(name)), "CSeq") {
			shown.CSeq = strings.ToValidUTF8(string(bytes.TrimSpace(value)), "\uFFFD")
			break
		}
	}
	for _, at := range m.Again {
		shown.AgainUs = append(shown.AgainUs, at.UnixMicro())
	}
	return shown
}

// startOf is the method of a request, the status and reason of a response.
func startOf(line string) string {
	line = strings.ToValidUTF8(line, "\uFFFD")
	if status, ok := strings.CutPrefix(line, "SIP/2.0 "); ok {
		return status
	}
	method, _, _ := strings.Cut(line, " ")
	return method
}
