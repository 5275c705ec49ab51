package flow

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"linekeeper/internal/audit"
	"linekeeper/internal/customer"
	"linekeeper/internal/entry"
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

// Store reads what running flows need: it is Programs, Prompts, Queues, Hours, Setup
// and Customers. It is safe for
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

// Program gives a version of a flow, compiled; 0: the one that is published. Only the version is read
// as long as the program is in memory.
func (s *Store) Program(ctx context.Context, t tenant.ID, id ID, version int64) (*Program, error) {
	var program *Program
	err := s.read(ctx, func(tx *db.Tx) (err error) {
		program, err = s.program(tx, t, id, version)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("loading flow %s: %w", id, err)
	}
	return program, nil
}

// ProgramByKey gives what is published under a key.
func (s *Store) ProgramByKey(ctx context.Context, t tenant.ID, key string) (*Program, error) {
	var program *Program
	err := s.read(ctx, func(tx *db.Tx) error {
		id, err := db.One(tx, db.Scalar[ID], `SELECT id FROM flow WHERE tenant_id = $1 AND key = $2`, t, key)
		if err != nil {
			return err
		}
		program, err = s.program(tx, t, id, 0)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("loading flow %s: %w", key, err)
	}
	return program, nil
}

func (s *Store) program(tx *db.Tx, t tenant.ID, id ID, version int64) (program *Program, err error) {
	if version == 0 {
		if version, err = db.One(tx, db.Scalar[int64], `SELECT version FROM flow WHERE tenant_id = $1 AND id = $2`, t, id); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	program = s.programs[compiled{t, id, version}]
	s.mu.Unlock()
	if program != nil {
		return program, nil
	}
	kept, err := GetVersion(tx, t, id, version)
	if err != nil {
		return nil, err
	}
	if program, err = Compile(kept.Program); err != nil {
		return nil, fmt.Errorf("version %d: %w", version, err)
	}
	program.Flow, program.Version = id, version
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.programs) >= maxPrograms {
		clear(s.programs) // old versions go with it; what is used is compiled again
	}
	s.programs[compiled{t, id, version}] = program
	return program, nil
}

// Entry implements Entries.
func (s *Store) Entry(ctx context.Context, t tenant.ID, key string) (to interaction.Target, err error) {
	err = s.read(ctx, func(tx *db.Tx) error {
		e, err := entry.ByKey(tx, t, key)
		to = interaction.Target{Kind: interaction.ToEntry, Entry: e.ID, Flow: e.FlowID}
		return err
	})
	return to, err
}

// Facts are what the set-up says about an interaction.
func (s *Store) Facts(ctx context.Context, a interaction.Arrival) (f Facts, err error) {
	err = s.read(ctx, func(tx *db.Tx) error {
		if a.Entry != "" {
			e, err := entry.Get(tx, a.Tenant, a.Entry)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			f.Entry = e.Key
		}
		home, err := tenant.Get(tx, a.Tenant)
		if err != nil {
			return err
		}
		if f.Zone, err = time.LoadLocation(home.TimeZone); err != nil {
			return err
		}
		if a.Project == "" {
			return nil
		}
		p, err := project.Get(tx, a.Tenant, a.Project)
		if err != nil {
			return err
		}
		f.Project, f.Queue = p.Key, p.DefaultQueue
		if p.SafetyFlow == "" {
			return nil
		}
		safety, err := ByKey(tx, a.Tenant, p.SafetyFlow)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		f.Safety = safety.ID
		return err
	})
	return f, err
}

// Customer is what is known about a customer.
func (s *Store) Customer(ctx context.Context, t tenant.ID, id customer.ID) (Customer, error) {
	var c customer.Customer
	err := s.read(ctx, func(tx *db.Tx) (err error) {
		c, err = customer.Get(tx, t, id)
		return err
	})
	if fault.Is(err, fault.NotFound) {
		return Customer{}, nil
	}
	return seen(c), err
}

// seen is what a program sees of a customer.
func seen(c customer.Customer) Customer {
	return Customer{
		Known: c.ID != "", Name: c.Name, Language: string(c.Language), Segment: c.Segment, Numbers: c.Numbers, Fields: c.Fields, id: c.ID,
	}
}

// FindCustomers finds customers by a number, or by a field.
func (s *Store) FindCustomers(ctx context.Context, t tenant.ID, field, value string) (all []Customer, err error) {
	err = s.read(ctx, func(tx *db.Tx) error {
		found, err := []customer.Customer(nil), error(nil)
		if field != "" {
			found, err = customer.ByField(tx, t, field, value)
		} else if c, no := customer.ByNumber(tx, t, value); no == nil {
			found = append(found, c)
		} else if !fault.Is(no, fault.NotFound) {
			err = no
		}
		all = nil
		for _, c := range found {
			all = append(all, seen(c))
		}
		return err
	})
	return all, err
}

// onto makes the change.
func (change CustomerChange) onto(c *customer.Customer) {
	if change.Name != nil {
		c.Name = *change.Name
	}
	if change.Language != nil {
		c.Language = tenant.Language(*change.Language)
	}
	if change.Segment != nil {
		c.Segment = *change.Segment
	}
	if c.Fields == nil {
		c.Fields = map[string]string{}
	}
	maps.Copy(c.Fields, change.Fields)
	maps.DeleteFunc(c.Fields, func(_, value string) bool { return value == "" })
}

// ChangeCustomer changes a customer; the flow stands in the audit as the author.
func (s *Store) ChangeCustomer(ctx context.Context, t tenant.ID, by ID, id customer.ID, change CustomerChange) (Customer, error) {
	var c customer.Customer
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		key, err := db.One(tx, db.Scalar[string], `SELECT key FROM flow WHERE tenant_id = $1 AND id = $2`, t, by)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if c, err = customer.Get(tx, t, id); err != nil {
			return err
		}
		change.onto(&c)
		c, err = customer.Change(tx, audit.Author{Tenant: string(t), Source: "flow:" + key}, c)
		return err
	})
	return seen(c), err
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
		WaitingFlow: q.WaitingFlowID, After: interaction.AfterTalk{Flow: q.AfterFlowID, Share: int(q.AfterShare), Days: int(q.AfterDays)},
		HangUpAfter: time.Duration(p.HangUpAfterMS) * time.Millisecond, HangUpReason: p.HangUpReason,
		Abuse:      interaction.AbuseTerms{Boundary: p.Abuse.Boundary, Farewell: p.Abuse.Farewell, MayEnd: p.Abuse.MayEnd, Recovery: p.Abuse.Recovery()},
		Extensions: int(q.Desk.Extensions), Extension: q.Desk.Extension(),
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

// QueueByKey implements QueueSetup.
func (s *Store) QueueByKey(ctx context.Context, t tenant.ID, key string) (q queue.Queue, ok bool, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) (err error) {
		q, err = queue.ByKey(tx, t, key)
		return err
	})
	return found(q, err)
}

// HoursByID implements QueueSetup.
func (s *Store) HoursByID(ctx context.Context, t tenant.ID, id string) (h hours.Hours, ok bool, err error) {
	if id == "" {
		return hours.Hours{}, false, nil
	}
	err = s.db.Read(ctx, func(tx *db.Tx) (err error) {
		h, err = hours.Get(tx, t, hours.ID(id))
		return err
	})
	return found(h, err)
}

// found tells what is not there from what cannot be read.
func found[T any](v T, err error) (T, bool, error) {
	if fault.Is(err, fault.NotFound) {
		return v, false, nil
	}
	return v, err == nil, err
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
