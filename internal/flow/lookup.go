package flow

import (
	"context"
	"fmt"
	"sync"
	"time"

	"linekeeper/internal/hours"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/tenant"
)

// maxPrograms is how many compiled programs a Store keeps.
const maxPrograms = 1000

// Store reads what running flows need: it is Programs, Prompts, Queues and Hours. It is safe for
// concurrent use.
type Store struct {
	db *db.DB

	mu       sync.Mutex // guards programs
	programs map[compiled]*Program
}

// compiled names a program in memory; a new version is another program.
type compiled struct {
	tenant  tenant.ID
	flow    ID
	version int64
}

// NewStore makes a store on an open database.
func NewStore(d *db.DB) *Store { return &Store{db: d, programs: map[compiled]*Program{}} }

// Program gives the present version of a flow, compiled. Only the version is read as long as it is
// the one in memory.
func (s *Store) Program(ctx context.Context, t tenant.ID, id ID) (*Program, error) {
	var program *Program
	var source Flow
	err := s.read(ctx, func(tx *db.Tx) error {
		version, err := db.One(tx, db.Scalar[int64], `SELECT version FROM flow WHERE tenant_id = $1 AND id = $2`, t, id)
		if err != nil {
			return err
		}
		s.mu.Lock()
		program = s.programs[compiled{t, id, version}]
		s.mu.Unlock()
		if program == nil {
			source, err = Get(tx, t, id)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("loading flow %s: %w", id, err)
	}
	if program != nil {
		return program, nil
	}
	if program, err = Compile(source.Program); err != nil {
		return nil, fmt.Errorf("flow %s, version %d: %w", source.Key, source.Version, err)
	}
	program.Flow, program.Version = source.ID, source.Version
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.programs) >= maxPrograms {
		clear(s.programs) // old versions go with it; what is used is compiled again
	}
	s.programs[compiled{t, id, source.Version}] = program
	return program, nil
}

// PromptByKey gives false when the tenant has no prompt of that key.
func (s *Store) PromptByKey(ctx context.Context, t tenant.ID, key string) (p Prompt, ok bool, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		p, err = PromptByKey(tx, t, key)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return Prompt{}, false, nil
	}
	return p, err == nil, err
}

// Rules are the settings of the queue with this key.
func (s *Store) Rules(ctx context.Context, t tenant.ID, key string) (interaction.QueueRules, error) {
	var q queue.Queue
	var p project.Project
	err := s.read(ctx, func(tx *db.Tx) (err error) {
		if q, err = queue.ByKey(tx, t, key); err != nil {
			return err
		}
		p, err = project.Get(tx, t, q.ProjectID)
		return err
	})
	if err != nil {
		return interaction.QueueRules{}, err
	}
	return RulesOf(q, p), nil
}

// RulesOf are the settings of a queue and its project that an interaction takes along.
func RulesOf(q queue.Queue, p project.Project) interaction.QueueRules {
	return interaction.QueueRules{
		Queue: q.ID, Target: q.Target(), ShortAbandon: q.ShortAbandon(), OfferTime: q.Offer(), WrapUp: q.WrapUp(),
		DispositionRequired: q.DispositionRequired, Recording: q.Recording, OnDemand: q.RecordOnDemand,
		WaitingFlow: q.WaitingFlowID,
		HangUpAfter: time.Duration(p.HangUpAfterMS) * time.Millisecond, HangUpReason: p.HangUpReason,
	}
}

// Open tells whether the calendar with this key is open.
func (s *Store) Open(ctx context.Context, t tenant.ID, key string, at time.Time) (bool, error) {
	var h hours.Hours
	err := s.read(ctx, func(tx *db.Tx) (err error) {
		h, err = hours.ByKey(tx, t, key)
		return err
	})
	if err != nil {
		return false, err
	}
	return h.OpenAt(at), nil
}

// The patience with a database that is gone: it costs the customer a silence, giving up the call.
const (
	readPatience = 20 * time.Second
	readAgain    = 500 * time.Millisecond
)

// read reads, and while the database is gone tries again for a while.
func (s *Store) read(ctx context.Context, fn func(*db.Tx) error) error {
	limit := time.Now().Add(readPatience)
	for {
		err := s.db.Read(ctx, fn)
		if !fault.Is(err, fault.Unavailable) || ctx.Err() != nil || !time.Now().Before(limit) {
			return err
		}
		select {
		case <-time.After(readAgain):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
