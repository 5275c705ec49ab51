package center

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/flow"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/tenant"
)

// Center applies and writes files. It is safe for concurrent use.
type Center struct {
	db     *db.DB
	hasher *secret.Hasher
	seal   func(string) (secret.Sealed, error) // nil: files with trunks' passwords are refused
	sounds *flow.PromptFiles                   // nil: recorded prompts are not looked at
}

// New makes a Center.
func New(d *db.DB, hasher *secret.Hasher) *Center { return &Center{db: d, hasher: hasher} }

// Sealing gives who seals the passwords of trunks, and returns the Center.
func (c *Center) Sealing(seal func(string) (secret.Sealed, error)) *Center {
	c.seal = seal
	return c
}

// Keeping says where recorded prompts are kept, and returns the Center.
func (c *Center) Keeping(sounds *flow.PromptFiles) *Center {
	c.sounds = sounds
	return c
}

// errPlanned takes back what Plan has tried.
var errPlanned = errors.New("only planned")

// Plan tells what Apply would change, and refuses what it would refuse: it does the same and takes it
// back.
func (c *Center) Plan(ctx context.Context, by audit.Author, f File) (Diff, error) {
	d, err := c.apply(ctx, by, f, true)
	if errors.Is(err, errPlanned) {
		err = nil
	}
	return d, err
}

// Apply brings the author's tenant to what the file says, in one transaction, and tells what has
// changed; on an error nothing has. An author without a tenant means the installation's only one,
// which is made if there is none yet.
func (c *Center) Apply(ctx context.Context, by audit.Author, f File) (Diff, error) {
	return c.apply(ctx, by, f, false)
}

func (c *Center) apply(ctx context.Context, by audit.Author, f File, plan bool) (diff Diff, err error) {
	src := f.source.copy()
	f = f.clone()
	f.named()
	if err := f.check(src); err != nil {
		return Diff{}, err
	}
	taken := c.take(f, src, plan)
	defer func() { err = errors.Join(err, c.settle(ctx, taken)) }()
	if err := src.err(); err != nil {
		return Diff{}, err
	}
	// Hashing is far too slow for inside a transaction.
	hashes, err := c.hash(ctx, by, f)
	if err != nil {
		return Diff{}, err
	}
	err = c.db.Write(ctx, func(tx *db.Tx) error {
		r := &run{tx: tx, by: by, f: f, src: src.copy(), hashes: hashes, seal: c.seal}
		err := r.all()
		diff = r.diff
		if problems := r.src.err(); problems != nil {
			return problems
		}
		if err == nil && plan {
			return errPlanned
		}
		return err
	})
	if err != nil && !errors.Is(err, errPlanned) {
		diff = Diff{}
	}
	return diff, err
}

// clone copies what apply fills in.
func (f File) clone() File {
	f.Projects, f.Hours, f.Trunks = slices.Clone(f.Projects), slices.Clone(f.Hours), slices.Clone(f.Trunks)
	f.Prompts, f.Flows, f.Queues = slices.Clone(f.Prompts), slices.Clone(f.Flows), slices.Clone(f.Queues)
	f.Entries, f.BreakReasons = slices.Clone(f.Entries), slices.Clone(f.BreakReasons)
	f.Users, f.APITokens = slices.Clone(f.Users), slices.Clone(f.APITokens)
	f.Triggers, f.Plugins, f.Skills = slices.Clone(f.Triggers), slices.Clone(f.Plugins), slices.Clone(f.Skills)
	f.AlertRules = slices.Clone(f.AlertRules)
	f.Dispositions = slices.Clone(f.Dispositions)
	for i := range f.Dispositions {
		f.Dispositions[i].Children = slices.Clone(f.Dispositions[i].Children)
	}
	return f
}

// hash gives, by login, the hash of each password in the file: the one the user has, if it is of this
// password, so that applying again changes nothing.
func (c *Center) hash(ctx context.Context, by audit.Author, f File) (map[string]string, error) {
	old := make(map[string]string)
	err := c.db.Read(ctx, func(tx *db.Tx) error {
		t, err := home(tx, by)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		for _, u := range f.Users {
			if u.Password == "" {
				continue
			}
			got, err := access.UserByLogin(tx, t, u.Login)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return err
			}
			old[u.Login] = got.PasswordHash
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	var work sync.WaitGroup
	var mu sync.Mutex
	var first error
	hashes := make(map[string]string)
	for _, u := range f.Users {
		if u.Password == "" {
			continue
		}
		work.Go(func() { // the hasher lets only a few run at a time
			hash, err := c.hashOne(ctx, u.Password, old[u.Login])
			mu.Lock()
			defer mu.Unlock()
			if err != nil && first == nil {
				first = fmt.Errorf("hashing the password of %s: %w", u.Login, err)
			}
			hashes[u.Login] = hash
		})
	}
	work.Wait()
	return hashes, first
}

func (c *Center) hashOne(ctx context.Context, password, old string) (string, error) {
	if old != "" {
		same, err := c.hasher.Verify(ctx, password, old)
		if err != nil && fault.KindOf(err) != fault.Invalid {
			return "", err
		}
		if same {
			return old, nil
		}
	}
	return c.hasher.Hash(ctx, password)
}

// home is the tenant the author means.
func home(tx *db.Tx, by audit.Author) (tenant.ID, error) {
	if by.Tenant != "" {
		return tenant.ID(by.Tenant), nil
	}
	first, err := tenant.First(tx)
	return first.ID, err
}

// run is one attempt to apply a file, within one transaction.
type run struct {
	tx     *db.Tx
	by     audit.Author
	f      File
	src    *source
	hashes map[string]string // by login, of the passwords in the file
	seal   func(string) (secret.Sealed, error)

	ids   ids
	last  []func() error // removals, done in reverse when nothing refers to them any more
	gone  []thing        // what is removed
	diff  Diff
	fixed map[string]bool // "kind/key" of items that were refused; no further complaints about them
}

// step brings one list to what the file says.
type step[T any] struct {
	kind       string // for ids and people
	want, have []T    // want nil: not in the file
	key        func(T) string
	path       func(i int) string // of want[i] in the file
	create     func(path string, v T) (id string, err error)
	change     func(path, id string, v T) error
	remove     func(id string) error // nil: never removed
	// leaf: nothing refers to it, so that it is removed before others take its key or number.
	leaf bool
	// createFirst: new ones are made before old ones change.
	createFirst bool
}

func bring[T any](r *run, s step[T]) error {
	if s.want == nil {
		return nil
	}
	have := make(map[string]T)
	for _, v := range s.have {
		have[s.key(v)] = v
	}
	if err := prune(r, s); err != nil {
		return err
	}
	changes := make([]*Change, len(s.want))
	pass := func(creating bool) error {
		for i, v := range s.want {
			key := s.key(v)
			before, exists := have[key]
			if exists == creating {
				continue
			}
			c, err := item(r, s, i, before, exists, v)
			if err != nil {
				return err
			}
			changes[i] = c
		}
		return nil
	}
	for _, creating := range []bool{s.createFirst, !s.createFirst} {
		if err := pass(creating); err != nil {
			return err
		}
	}
	for _, c := range changes {
		if c != nil {
			r.diff.Changes = append(r.diff.Changes, *c)
		}
	}
	return nil
}

// item makes or changes one thing; nil when it is as it should be, or was refused.
func item[T any](r *run, s step[T], i int, before T, exists bool, v T) (*Change, error) {
	key, path := s.key(v), s.path(i)
	after, err := flatten(v)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	c := &Change{Action: audit.Create, Kind: s.kind, Key: key}
	if exists {
		c.Action = audit.Change
		old, err := flatten(before)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		if c.Fields = compare(old, after); len(c.Fields) == 0 {
			return nil, nil
		}
		err = s.change(path, r.ids[s.kind][key], v)
		return c, r.refused(s.kind, key, path, err)
	}
	c.Fields = compare(nil, after)
	id, err := s.create(path, v)
	r.ids.set(s.kind, key, id)
	return c, r.refused(s.kind, key, path, err)
}

// refused notes what is wrong with an item; an error that is not about the file is given back.
func (r *run) refused(kind, key, path string, err error) error {
	if err == nil {
		return nil
	}
	r.fixed[kind+"/"+key] = true
	if errors.Is(err, errUnresolved) {
		return nil
	}
	other := r.src.nest(path, err)
	if other == nil {
		return nil
	}
	switch k := fault.KindOf(other); k {
	case fault.Conflict, fault.NotFound, fault.Denied:
		return k.Wrap(other, "%s: %s", path, fault.Message(other))
	}
	return fmt.Errorf("%s: %w", path, other)
}

// prune removes what the file does not have, if it says so.
func prune[T any](r *run, s step[T]) error {
	if !r.f.Prune || s.remove == nil {
		return nil
	}
	for _, v := range s.have {
		key := s.key(v)
		if slices.ContainsFunc(s.want, func(w T) bool { return s.key(w) == key }) {
			continue
		}
		r.gone = append(r.gone, thing{s.kind, key})
		remove := func() error {
			if err := s.remove(r.ids[s.kind][key]); err != nil {
				if fault.Is(err, fault.Conflict) {
					return fault.Conflict.Wrap(err, "The %s %q is not in the file, but cannot be removed: something still uses it.", s.kind, key)
				}
				return fmt.Errorf("removing %s %q: %w", s.kind, key, err)
			}
			r.diff.Changes = append(r.diff.Changes, Change{Action: audit.Delete, Kind: s.kind, Key: key})
			delete(r.ids[s.kind], key)
			return nil
		}
		if !s.leaf {
			r.last = append(r.last, remove)
			continue
		}
		if err := remove(); err != nil {
			return err
		}
	}
	return nil
}

// errUnresolved says that a reference was not found and the problem noted.
var errUnresolved = errors.New("a reference was not found")

// ref finds the id of a key another item names; an empty key has none.
func (r *run) ref(path, kind, key string) (string, error) {
	if key == "" {
		return "", nil
	}
	if r.fixed[kind+"/"+key] {
		return "", errUnresolved
	}
	if id, ok := r.ids[kind][key]; ok {
		return id, nil
	}
	words := slices.Sorted(maps.Keys(r.ids[kind]))
	r.src.add(path, fault.Unknown, "there is no %s %q%s", kind, key, suggest(key, words))
	return "", errUnresolved
}
