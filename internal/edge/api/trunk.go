package api

import (
	"context"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trunk"
)

// TrunkLines knows the carriers' lines as they are now.
type TrunkLines interface {
	// Lines are those of a tenant, in no order.
	Lines(t tenant.ID) []TrunkLine
	// Test asks the trunk's carrier at once and waits for its answer.
	Test(ctx context.Context, t tenant.ID, k trunk.ID) (TrunkTest, error)
}

// TrunkLine is how a carrier's line is now.
type TrunkLine struct {
	TrunkID       string              `json:"trunk_id"`
	State         string              `json:"state" enum:"up,down,unknown" doc:"unknown: nobody has asked, or only calls come in"`
	Detail        string              `json:"detail" doc:"What the carrier said last, or why it is down"`
	SinceMs       int64               `json:"since_ms" doc:"In this state since then; 0: since the start"`
	Calls         int                 `json:"calls" doc:"That run now, both ways"`
	Registrations []TrunkRegistration `json:"registrations"`
	Spent         []TrunkSpent        `json:"spent" doc:"Rates with a limit that cost something within this hour"`
}

// TrunkRegistration is our sign-in at one registrar.
type TrunkRegistration struct {
	Registrar string `json:"registrar"`
	State     string `json:"state" enum:"registered,trying,refused,silent"`
	Detail    string `json:"detail" doc:"What was said last"`
	UntilMs   int64  `json:"until_ms" doc:"When it expires; 0: it is not there"`
}

// TrunkSpent is money spent on the numbers of a rate.
type TrunkSpent struct {
	Rate  string  `json:"rate"`
	Spent float64 `json:"spent"`
	Limit float64 `json:"limit"`
	Alarm bool    `json:"alarm" doc:"Four fifths are spent, or all: then no further calls go there within the hour"`
}

// TrunkTest is what came of a test.
type TrunkTest struct {
	Answered bool   `json:"answered" doc:"The carrier is there; that it likes us is another matter"`
	Code     int    `json:"code" doc:"Status of its answer; 0: none"`
	Detail   string `json:"detail"`
	Address  string `json:"address" doc:"Where it was asked"`
	Server   string `json:"server" doc:"What it calls itself"`
	TookMs   int64  `json:"took_ms"`
}

type trunkLinesOutput struct{ Body List[TrunkLine] }

func (s *server) trunkLines(ctx context.Context, _ *nothing) (*trunkLinesOutput, error) {
	out := &trunkLinesOutput{List[TrunkLine]{Items: []TrunkLine{}}}
	if s.deps.Trunks != nil {
		out.Body.Items = append(out.Body.Items, s.deps.Trunks.Lines(viewerOf(ctx).Tenant)...)
	}
	return out, nil
}

func (s *server) testTrunk(ctx context.Context, in *idInput) (*oneOutput[TrunkTest], error) {
	v := viewerOf(ctx)
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		_, err := trunk.Get(tx, v.Tenant, trunk.ID(in.ID))
		return err
	})
	if err != nil {
		return nil, err
	}
	if s.deps.Trunks == nil {
		return nil, fault.Unavailable.New("This server has no telephone side.")
	}
	came, err := s.deps.Trunks.Test(ctx, v.Tenant, trunk.ID(in.ID))
	return &oneOutput[TrunkTest]{came}, err
}
