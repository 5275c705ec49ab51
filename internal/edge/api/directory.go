package api

import (
	"context"

	"linekeeper/internal/access"
	"linekeeper/internal/entry"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
)

// Directory has the names to choose from in filters, for those who may search but not set up.
type Directory struct {
	Agents   []Named `json:"agents" doc:"Everyone who may take interactions, disabled ones too"`
	Queues   []Named `json:"queues"`
	Entries  []Named `json:"entries"`
	Projects []Named `json:"projects"`
}

// Named is an id with its name.
type Named struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type directoryOutput struct {
	Body Directory
}

func (s *server) directory(ctx context.Context, _ *nothing) (*directoryOutput, error) {
	out := &directoryOutput{Directory{Agents: []Named{}, Queues: []Named{}, Entries: []Named{}, Projects: []Named{}}}
	all, d, t := db.Page{Limit: db.Unlimited}, &out.Body, viewerOf(ctx).Tenant
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		users, err := access.ListUsers(tx, t, all)
		if err != nil {
			return err
		}
		for _, u := range users {
			if access.May(u.Role, access.WorkCalls) {
				d.Agents = append(d.Agents, Named{string(u.ID), u.Name})
			}
		}
		queues, err := queue.List(tx, t, all)
		if err != nil {
			return err
		}
		for _, q := range queues {
			d.Queues = append(d.Queues, Named{string(q.ID), q.Name})
		}
		entries, err := entry.List(tx, t, all)
		if err != nil {
			return err
		}
		for _, e := range entries {
			d.Entries = append(d.Entries, Named{string(e.ID), e.Name})
		}
		projects, err := project.List(tx, t, all)
		for _, p := range projects {
			d.Projects = append(d.Projects, Named{string(p.ID), p.Name})
		}
		return err
	})
	return out, err
}
