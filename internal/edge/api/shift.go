package api

import (
	"context"
	"net/http"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/shift"
	"linekeeper/internal/tenant"
)

// Shifts is what leaders do about agents' shifts.
type Shifts interface {
	Terms() shift.Terms
	SetTerms(ctx context.Context, by audit.Author, terms shift.Terms) error
	// Allow lets an agent work without what he lacks.
	Allow(ctx context.Context, by audit.Author, user access.UserID, note string) error
	Items() []shift.Item
	SetItems(ctx context.Context, by audit.Author, items []shift.Item) error
	Tick(ctx context.Context, user access.UserID, item string, done bool) error
	// Spot is a leader's look at a workplace.
	Spot(ctx context.Context, by audit.Author, user access.UserID, good bool, note string) error
	Starts(user access.UserID) []shift.Start
	SetStarts(ctx context.Context, by audit.Author, user access.UserID, starts []shift.Start) error
}

// ChecklistItem is one thing of the workplace that agents look after.
type ChecklistItem struct {
	Key   string            `json:"key" maxLength:"64"`
	Part  string            `json:"part" enum:"start,end" doc:"Of the shift"`
	Texts map[string]string `json:"texts" doc:"By language: en, ru, th"`
}

// ShiftStart is when an agent's shift is planned to begin.
type ShiftStart struct {
	On     string `json:"on" maxLength:"10" doc:"mon, tue, wed, thu, fri, sat, sun, or a day such as 2026-11-23, which goes before its weekday"`
	Minute int64  `json:"minute" doc:"From midnight of the center's time; -1: none on this day"`
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

type (
	checklist struct {
		Items []ChecklistItem `json:"items" maxItems:"1000"`
	}
	checklistInput  struct{ Body checklist }
	checklistOutput struct{ Body checklist }
	tickInput       struct {
		Item string `path:"item" maxLength:"64"`
		Body struct {
			Done bool `json:"done"`
		}
	}
	spotInput struct {
		ID   string `path:"id" maxLength:"64"`
		Body struct {
			Good bool   `json:"good" doc:"It is as the agent has ticked"`
			Note string `json:"note,omitempty" maxLength:"500" doc:"What is not, for one"`
		}
	}
	startsBody struct {
		Starts []ShiftStart `json:"starts" maxItems:"1000"`
	}
	startsOf struct {
		ID string `path:"id" maxLength:"64"`
	}
	startsInput struct {
		ID   string `path:"id" maxLength:"64"`
		Body startsBody
	}
	startsOutput struct{ Body startsBody }
)

func (s *server) shiftRoutes() []route {
	done := status(http.StatusNoContent)
	return []route{
		rt(http.MethodGet, "/shift-terms", "shiftTerms", may(access.SeeLive), "What is asked of agents before a shift", s.shiftTerms),
		rt(http.MethodPut, "/shift-terms", "setShiftTerms", may(access.SetOthersStatus), "Set what is asked of agents before a shift", s.setShiftTerms, done),
		rt(http.MethodPost, "/agents/{id}/allow", "allowAgent", may(access.SetOthersStatus), "Let an agent work without what he lacks before the shift", s.allowAgent, done),
		rt(http.MethodGet, "/checklist", "checklist", may(access.WorkCalls, access.SeeLive), "What agents look after at their workplaces", s.checklist),
		rt(http.MethodPut, "/checklist", "setChecklist", may(access.SetOthersStatus), "Replace it", s.setChecklist, done),
		rt(http.MethodPut, "/me/checklist/{item}", "tick", person(), "Tick an item of the checklist, or take that back", s.tick, done),
		rt(http.MethodPost, "/agents/{id}/spot-checks", "spotCheck", may(access.SetOthersStatus), "Write down how an agent's workplace was found", s.spotCheck, done),
		rt(http.MethodGet, "/agents/{id}/shift-starts", "shiftStarts", may(access.SeeLive), "When an agent's shifts are planned to begin", s.shiftStarts),
		rt(http.MethodPut, "/agents/{id}/shift-starts", "setShiftStarts", may(access.SetOthersStatus), "Replace it", s.setShiftStarts, done),
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

func (s *server) checklist(context.Context, *struct{}) (*checklistOutput, error) {
	p, err := s.shifts()
	if err != nil {
		return nil, err
	}
	out := &checklistOutput{checklist{Items: []ChecklistItem{}}}
	for _, i := range p.Items() {
		texts := make(map[string]string, len(i.Texts))
		for l, text := range i.Texts {
			texts[string(l)] = text
		}
		out.Body.Items = append(out.Body.Items, ChecklistItem{Key: i.Key, Part: string(i.Part), Texts: texts})
	}
	return out, nil
}

func (s *server) setChecklist(ctx context.Context, in *checklistInput) (*struct{}, error) {
	p, err := s.shifts()
	if err != nil {
		return nil, err
	}
	var items []shift.Item
	for _, i := range in.Body.Items {
		texts := make(tenant.Names, len(i.Texts))
		for l, text := range i.Texts {
			texts[tenant.Language(l)] = text
		}
		items = append(items, shift.Item{Key: i.Key, Part: shift.Part(i.Part), Texts: texts})
	}
	return nil, p.SetItems(ctx, viewerOf(ctx).author(), items)
}

func (s *server) tick(ctx context.Context, in *tickInput) (*struct{}, error) {
	p, err := s.shifts()
	if err != nil {
		return nil, err
	}
	return nil, p.Tick(ctx, viewerOf(ctx).User, in.Item, in.Body.Done)
}

func (s *server) spotCheck(ctx context.Context, in *spotInput) (*struct{}, error) {
	p, err := s.shifts()
	if err != nil {
		return nil, err
	}
	return nil, p.Spot(ctx, viewerOf(ctx).author(), access.UserID(in.ID), in.Body.Good, in.Body.Note)
}

func (s *server) shiftStarts(_ context.Context, in *startsOf) (*startsOutput, error) {
	p, err := s.shifts()
	if err != nil {
		return nil, err
	}
	out := &startsOutput{startsBody{Starts: []ShiftStart{}}}
	for _, v := range p.Starts(access.UserID(in.ID)) {
		out.Body.Starts = append(out.Body.Starts, ShiftStart{On: v.On, Minute: v.Minute})
	}
	return out, nil
}

func (s *server) setShiftStarts(ctx context.Context, in *startsInput) (*struct{}, error) {
	p, err := s.shifts()
	if err != nil {
		return nil, err
	}
	var starts []shift.Start
	for _, v := range in.Body.Starts {
		starts = append(starts, shift.Start{On: v.On, Minute: v.Minute})
	}
	return nil, p.SetStarts(ctx, viewerOf(ctx).author(), access.UserID(in.ID), starts)
}
