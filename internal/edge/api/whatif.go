package api

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/queue"
	"linekeeper/internal/report"
	"linekeeper/internal/simulate"
	"linekeeper/internal/tenant"
)

// pastShown is how many days back may be chosen on the screen.
const pastShown = 35

// WhatIfStart is what a simulation begins with.
type WhatIfStart struct {
	TimeZone string        `json:"time_zone"`
	Days     []WhatIfDay   `json:"days" doc:"The past days with customers, the latest first"`
	Queues   []WhatIfQueue `json:"queues"`
	Agents   []WhatIfAgent `json:"agents" doc:"Those who serve a queue"`
}

// WhatIfDay is a past day.
type WhatIfDay struct {
	Day       string `json:"day" doc:"Such as 2026-11-20, of the center's time zone"`
	Customers int64  `json:"customers"`
}

// WhatIfQueue is a queue as it is set up now.
type WhatIfQueue struct {
	Key      string  `json:"key"`
	Name     string  `json:"name"`
	TargetS  float64 `json:"target_s"`
	Goal     int64   `json:"goal" doc:"Per cent"`
	Weight   int64   `json:"weight"`
	Strategy string  `json:"strategy" doc:"Empty: the least flexible agent"`
}

// WhatIfAgent is an agent with the queues he serves now.
type WhatIfAgent struct {
	Login  string   `json:"login"`
	Name   string   `json:"name"`
	Queues []string `json:"queues" doc:"Keys"`
}

// WhatIfChange is one thing that is done otherwise.
type WhatIfChange struct {
	What     string  `json:"what" enum:"agents,volume,target,goal,weight,strategy,serve,leave,away" doc:"agents: so many more in the queue; volume: so many per cent more customers; target (seconds), goal (per cent), weight, strategy: the queue's settings; serve, leave: an agent serves a queue as well, or no more; away: an agent is not there"`
	Queue    string  `json:"queue,omitempty" maxLength:"64" doc:"Its key; of volume absent: all"`
	Agent    string  `json:"agent,omitempty" maxLength:"64" doc:"His login; of serve, leave and away"`
	By       float64 `json:"by,omitempty" doc:"How many, or to what; below 0: fewer"`
	Strategy string  `json:"strategy,omitempty" maxLength:"40"`
	From     int     `json:"from,omitempty" minimum:"0" maximum:"1440" doc:"Of agents, volume and away: from this minute after midnight"`
	To       int     `json:"to,omitempty" minimum:"0" maximum:"1440" doc:"Until this one; 0 like from: the whole day"`
}

// WhatIfAsked asks for a simulation.
type WhatIfAsked struct {
	Day     string         `json:"day" maxLength:"10" doc:"A day that is over"`
	Weeks   int            `json:"weeks,omitempty" minimum:"0" maximum:"8" doc:"So many of the same weekday, up to this one; 0: the day alone"`
	Changes []WhatIfChange `json:"changes" maxItems:"50"`
}

// WhatIf is a simulation as it is now.
type WhatIf struct {
	ID      string        `json:"id"`
	State   string        `json:"state" enum:"running,finished,failed,stopped"`
	Done    int           `json:"done"`
	Of      int           `json:"of"`
	Failure string        `json:"failure,omitempty" doc:"Of a failed one: busy (it took too long) or internal"`
	Result  *WhatIfResult `json:"result,omitempty" doc:"Of a finished one"`
}

// whatIfWait is how long an answer waits for the end.
const whatIfWait = 500 * time.Millisecond

// whatIfs are the simulations of a server.
type whatIfs = simulate.Runs[WhatIfResult]

func (s *server) whatIfRoutes() []route {
	need := may(access.SeeReports)
	return []route{
		rt(http.MethodGet, "/simulations/start", "whatIfStart", need, "What a simulation may begin with: past days, queues and agents", s.whatIfStart),
		rt(http.MethodPost, "/simulations", "startWhatIf", need, "Play past days as they were and after changes, with the same customers; one at a time for each user", s.startWhatIf, status(http.StatusCreated)),
		rt(http.MethodGet, "/simulations/{id}", "whatIf", need, "How far an own simulation is, and its result; waits half a second for it", s.whatIf),
		rt(http.MethodDelete, "/simulations/{id}", "stopWhatIf", need, "Stop an own simulation", s.stopWhatIf, status(http.StatusNoContent)),
	}
}

func (s *server) whatIfStart(ctx context.Context, _ *nothing) (*oneOutput[WhatIfStart], error) {
	v := viewerOf(ctx)
	home, err := s.tenantOf(ctx, v.Tenant)
	if err != nil {
		return nil, err
	}
	zone := home.Location()
	out := WhatIfStart{TimeZone: zone.String(), Days: []WhatIfDay{}, Queues: []WhatIfQueue{}, Agents: []WhatIfAgent{}}
	y, m, d := time.Now().In(zone).Date()
	today := time.Date(y, m, d, 0, 0, 0, 0, zone)
	sum, err := s.deps.Reports.Summary(ctx, report.Request{Tenant: v.Tenant, From: today.AddDate(0, 0, -pastShown), To: today,
		By: report.ByDay, Zone: zone, Channel: report.Voice})
	if err != nil {
		return nil, err
	}
	for i := len(sum.Rows) - 1; i >= 0; i-- {
		if row := sum.Rows[i]; row.Sums.Offered > 0 {
			out.Days = append(out.Days, WhatIfDay{row.From.In(zone).Format(time.DateOnly), row.Sums.Offered})
		}
	}
	err = s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		// A day without length has the queues and agents of now, and nothing else.
		now, err := simulate.ReadDay(tx, v.Tenant, today, today, zone)
		if err != nil {
			return err
		}
		keys := map[queue.ID]string{}
		for _, q := range now.Queues {
			keys[q.ID] = q.Key
			out.Queues = append(out.Queues, WhatIfQueue{q.Key, q.Name, q.Target().Seconds(), q.TargetPercent, max(1, q.Routing.Weight), string(q.Routing.Strategy)})
		}
		for _, p := range now.People {
			a := WhatIfAgent{Login: p.Login, Name: p.Name, Queues: []string{}}
			for _, id := range p.Queues {
				a.Queues = append(a.Queues, keys[id])
			}
			if len(a.Queues) > 0 {
				out.Agents = append(out.Agents, a)
			}
		}
		return nil
	})
	return &oneOutput[WhatIfStart]{out}, err
}

// changesOf are the changes as the engine has them.
func changesOf(all []WhatIfChange) (out []simulate.Change) {
	for _, c := range all {
		out = append(out, simulate.Change{What: simulate.What(c.What), Queue: c.Queue, Agent: c.Agent, By: c.By,
			Strategy: queue.Strategy(c.Strategy), From: simulate.Clock(60 * c.From), To: simulate.Clock(60 * c.To)})
	}
	return out
}

// days are those that are asked for, the latest first.
func (a WhatIfAsked) days(zone *time.Location, now time.Time) (all [][2]time.Time, err error) {
	from, to, err := simulate.DayOf(a.Day, zone, now)
	if err != nil {
		return nil, fault.OneField("day", fault.OutOfRange, "%v", err)
	}
	all = append(all, [2]time.Time{from, to})
	day, _ := time.Parse(time.DateOnly, a.Day)
	for week := 1; week < a.Weeks; week++ {
		from, to, err := simulate.DayOf(day.AddDate(0, 0, -7*week).Format(time.DateOnly), zone, now)
		if err != nil {
			return nil, err
		}
		all = append(all, [2]time.Time{from, to})
	}
	return all, nil
}

func (s *server) startWhatIf(ctx context.Context, in *createInput[WhatIfAsked]) (*oneOutput[WhatIf], error) {
	v := viewerOf(ctx)
	home, err := s.tenantOf(ctx, v.Tenant)
	if err != nil {
		return nil, err
	}
	days, err := in.Body.days(home.Location(), time.Now())
	if err != nil {
		return nil, err
	}
	past, used, err := s.learn(ctx, home, days)
	if err != nil {
		return nil, err
	}
	changes := changesOf(in.Body.Changes)
	before, err := past.Case("before", 1, nil)
	if err != nil {
		return nil, err
	}
	after, err := past.Case("after", 1, changes)
	if err != nil {
		return nil, err
	}
	log := s.log
	p, err := s.whatIfs.Start(asker(v), func(ctx context.Context, told func(done, of int)) (*WhatIfResult, error) {
		runs, err := simulate.CompareBy(ctx, 1, []simulate.Case{before, after}, whatIfTurns(past.Days()), told)
		if err != nil {
			return nil, err
		}
		happened, err := past.Happened()
		if err != nil {
			return nil, err
		}
		return whatIfResult(past, used, after, happened, runs, changes), nil
	})
	if err != nil {
		return nil, err
	}
	return &oneOutput[WhatIf]{whatIfShown(p, log)}, nil
}

// learn reads the days; those of earlier weeks without customers are left out.
func (s *server) learn(ctx context.Context, home tenant.Tenant, days [][2]time.Time) (past *simulate.Past, used []string, err error) {
	var records []simulate.Records
	zone := home.Location()
	for i, d := range days {
		var r simulate.Records
		err := s.deps.DB.Read(ctx, func(tx *db.Tx) (err error) {
			r, err = simulate.ReadDay(tx, home.ID, d[0], d[1], zone)
			return err
		})
		if err != nil {
			return nil, nil, err
		}
		if _, err := simulate.Learn([]simulate.Records{r}); err != nil {
			if i == 0 {
				return nil, nil, fault.OneField("day", fault.OutOfRange, "%v", err)
			}
			continue
		}
		records, used = append(records, r), append(used, d[0].In(zone).Format(time.DateOnly))
	}
	past, err = simulate.Learn(records)
	return past, used, err
}

// whatIfTurns is how many days are played: each so often, about ten times in all.
func whatIfTurns(days int) int { return days * int(math.Ceil(10/float64(days))) }

func (s *server) whatIf(ctx context.Context, in *idInput) (*oneOutput[WhatIf], error) {
	v := viewerOf(ctx)
	p, err := s.whatIfs.Await(ctx, asker(v), in.ID, whatIfWait)
	if err != nil {
		return nil, err
	}
	return &oneOutput[WhatIf]{whatIfShown(p, s.log)}, nil
}

func (s *server) stopWhatIf(ctx context.Context, in *idInput) (*struct{}, error) {
	v := viewerOf(ctx)
	return nil, s.whatIfs.Stop(asker(v), in.ID)
}

// asker is whose simulations they are.
func asker(v viewer) string { return fmt.Sprintf("%s %s %s", v.Tenant, v.User, v.Token) }

func whatIfShown(p simulate.Progress[WhatIfResult], log *slog.Logger) WhatIf {
	out := WhatIf{ID: p.ID, State: string(p.State), Done: p.Done, Of: p.Of, Result: p.Result}
	if p.Err != nil {
		log.Warn("a simulation failed", "error", p.Err)
		out.Failure = fault.KindOf(p.Err).String()
	}
	return out
}
