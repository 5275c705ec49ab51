package api

import (
	"context"
	"net/http"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/shift"
)

// Shifts is what leaders do about agents' shifts.
type Shifts interface {
	Terms() shift.Terms
	SetTerms(ctx context.Context, by audit.Author, terms shift.Terms) error
	// Allow lets an agent work without what he lacks.
	Allow(ctx context.Context, by audit.Author, user access.UserID, note string) error
}

// ShiftTerms are what a center asks before and in a shift.
type ShiftTerms struct {
	Check      string `json:"check" enum:"off,warn,block" doc:"The phone check, of agents whose phone is the browser: not asked for; told to them and their leaders; they cannot become available without it"`
	Checklist  string `json:"checklist" enum:"off,warn,block" doc:"The checklist of the workplace at the start, likewise"`
	HoldsH     int64  `json:"holds_h" doc:"Hours a check, ticks and a leader's word hold; a check ends with the sign-in at the latest"`
	EarlyMin   int64  `json:"early_min" doc:"Minutes before the planned start that are credited to who arrives earlier"`
	AbsentMin  int64  `json:"absent_min" doc:"Minutes after it from which who is not there is absent"`
	MostNoise  int64  `json:"most_noise" doc:"A check with more noise of the room fails: dB relative to full scale; 0: with none"`
	LeastScore int64  `json:"least_score" doc:"A check with a lower score of the network fails: hundredths of 1 to 4.5; 0: with none"`
}

type (
	shiftTermsInput  struct{ Body ShiftTerms }
	shiftTermsOutput struct{ Body ShiftTerms }
	allowInput       struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			Note string `json:"note" maxLength:"500" doc:"Why; the agent sees it"`
		}
	}
)

func (s *server) shiftRoutes() []route {
	done := status(http.StatusNoContent)
	return []route{
		rt(http.MethodGet, "/shift-terms", "shiftTerms", may(access.SeeLive), "What is asked of agents before a shift", s.shiftTerms),
		rt(http.MethodPut, "/shift-terms", "setShiftTerms", may(access.SetOthersStatus), "Set what is asked of agents before a shift", s.setShiftTerms, done),
		rt(http.MethodPost, "/agents/{id}/allow", "allowAgent", may(access.SetOthersStatus), "Let an agent work without what he lacks before the shift", s.allowAgent, done),
	}
}

func (s *server) shifts() (Shifts, error) {
	if s.deps.Shifts == nil {
		return nil, fault.Unavailable.New("This server has no agents.")
	}
	return s.deps.Shifts, nil
}

func (s *server) shiftTerms(context.Context, *struct{}) (*shiftTermsOutput, error) {
	p, err := s.shifts()
	if err != nil {
		return nil, err
	}
	t := p.Terms()
	return &shiftTermsOutput{ShiftTerms{
		Check: string(t.Check), Checklist: string(t.Checklist), HoldsH: t.HoldsH, EarlyMin: t.EarlyMin, AbsentMin: t.AbsentMin,
		MostNoise: t.MostNoise, LeastScore: t.LeastScore,
	}}, nil
}

func (s *server) setShiftTerms(ctx context.Context, in *shiftTermsInput) (*struct{}, error) {
	p, err := s.shifts()
	if err != nil {
		return nil, err
	}
	b := in.Body
	return nil, p.SetTerms(ctx, viewerOf(ctx).author(), shift.Terms{
		Check: shift.Demand(b.Check), Checklist: shift.Demand(b.Checklist), HoldsH: b.HoldsH, EarlyMin: b.EarlyMin, AbsentMin: b.AbsentMin,
		MostNoise: b.MostNoise, LeastScore: b.LeastScore,
	})
}

func (s *server) allowAgent(ctx context.Context, in *allowInput) (*struct{}, error) {
	p, err := s.shifts()
	if err != nil {
		return nil, err
	}
	return nil, p.Allow(ctx, viewerOf(ctx).author(), access.UserID(in.ID), in.Body.Note)
}
