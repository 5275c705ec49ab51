package app

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/edge/api"
	"linekeeper/internal/edge/voice"
	"linekeeper/internal/flow"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/phone"
	"linekeeper/internal/tenant"
	"linekeeper/internal/wire/sip"
)

// bindings keeps where SIP phones are registered: in memory, and in the database for the next start.
// A new way to a phone is written before the phone is told; a registration that only goes on is
// written a little later, with others. A database that takes no writes keeps nobody from calling. It
// implements sip.ContactStore; addresses are account@phone.Realm.
type bindings struct {
	db   *db.DB
	home tenant.ID
	log  *slog.Logger

	mu    sync.Mutex
	all   map[string][]sip.Contact // by account
	dirty map[string]bool
	later *time.Timer
	wg    sync.WaitGroup
}

// bindingsLater is how long registrations that go on wait for others to be written with them.
const bindingsLater = time.Second

func readBindings(ctx context.Context, d *db.DB, home tenant.ID, log *slog.Logger) (*bindings, error) {
	b := &bindings{db: d, home: home, log: log, all: map[string][]sip.Contact{}, dirty: map[string]bool{}}
	return b, d.Read(ctx, func(tx *db.Tx) error {
		list, err := phone.Bindings(tx, home)
		for _, c := range list {
			account := c.Address
			c.Address += "@" + phone.Realm
			b.all[account] = append(b.all[account], c)
		}
		return err
	})
}

func accountOf(address string) string {
	account, _, _ := strings.Cut(address, "@")
	return account
}

// Load implements sip.ContactStore.
func (b *bindings) Load(_ context.Context, address string) ([]sip.Contact, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.all[accountOf(address)], nil
}

// Addresses implements sip.ContactStore.
func (b *bindings) Addresses(context.Context) ([]string, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []string
	for account := range b.all {
		all = append(all, account+"@"+phone.Realm)
	}
	return all, nil
}

// Save implements sip.ContactStore.
func (b *bindings) Save(ctx context.Context, address string, contacts []sip.Contact) error {
	for _, c := range contacts {
		if !phone.Keepable(c) {
			return errNotKeepable
		}
	}
	account := accountOf(address)
	b.mu.Lock()
	old := b.all[account]
	if len(contacts) == 0 {
		delete(b.all, account)
	} else {
		b.all[account] = slices.Clone(contacts)
	}
	b.dirty[account] = true
	goesOn := slices.EqualFunc(old, contacts, func(x, y sip.Contact) bool {
		return x.URI == y.URI && x.Source == y.Source && x.Transport == y.Transport && slices.Equal(x.Path, y.Path)
	})
	if goesOn && b.later == nil {
		b.wg.Add(1)
		b.later = time.AfterFunc(bindingsLater, func() {
			defer b.wg.Done()
			b.write(context.Background())
		})
	}
	b.mu.Unlock()
	if !goesOn {
		b.write(ctx)
	}
	return nil
}

// errNotKeepable refuses a registration with broken characters.
var errNotKeepable = errors.New("the contact has characters that cannot be written down")

// write puts what has changed into the database; what fails stays to be written with the next change.
func (b *bindings) write(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	b.mu.Lock()
	b.later = nil
	accounts := slices.Sorted(maps.Keys(b.dirty))
	now := map[string][]sip.Contact{}
	for _, account := range accounts {
		now[account] = b.all[account]
	}
	clear(b.dirty)
	b.mu.Unlock()
	if len(accounts) == 0 {
		return
	}
	err := b.db.Write(ctx, func(tx *db.Tx) error {
		for _, account := range accounts {
			if err := phone.SaveBindings(tx, b.home, account, now[account]); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		return
	}
	b.log.Error("registered phones not written down; a restart would forget them", "error", err)
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, account := range accounts {
		b.dirty[account] = true
	}
}

// close writes what is left.
func (b *bindings) close() {
	b.mu.Lock()
	if b.later != nil && b.later.Stop() {
		b.wg.Done()
	}
	b.mu.Unlock()
	b.wg.Wait()
	b.write(context.Background())
}

// count is how many phones are registered, of all accounts.
func (b *bindings) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	n := 0
	for _, list := range b.all {
		n += len(list)
	}
	return n
}

// reached says whether a phone is registered with an account.
func (b *bindings) reached(account string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	return slices.ContainsFunc(b.all[account], func(c sip.Contact) bool { return c.Expires.After(now) })
}

// accounts is what phones sign in with.
func (a *App) accounts() *voice.Accounts {
	return &voice.Accounts{
		Realm: phone.Realm, Store: a.bindings, Messages: a.lights.count,
		Changed: func(account string, phones int) {
			a.duty.phoneChanged(account, phones)
			a.lights.registered(account, phones)
		},
		Find: func(name string) (access.UserID, sip.Secret, bool) {
			p := a.dir.page()
			k, ok := p.accounts[name]
			u := p.users[k.User]
			if !ok || u.Disabled || !access.May(u.Role, access.WorkCalls) {
				return "", sip.Secret{}, false
			}
			return k.User, sip.Secret{MD5: k.MD5, SHA256: k.SHA256}, true
		},
	}
}

// acceptSound is what an agent hears who must press 1: that there is a call, of which queue if an engine
// can say so, and what to press.
func (a *App) acceptSound(ctx context.Context, user access.UserID, id interaction.ID) []flow.Clip {
	p := a.dir.page()
	language := string(p.users[user].Language)
	if language == "" {
		language = string(p.tenant.Language)
	}
	var clips []flow.Clip
	say := func(clip flow.Clip, err error) {
		if err == nil {
			clips = append(clips, clip)
		}
	}
	s, err := interaction.NewStore(a.db).Load(ctx, id)
	library := a.library.For(s.Arrival.Project) // empty if it could not be read: the center's voice
	say(library.Prompt(ctx, p.tenant.ID, "agent_call", language))
	if name := p.queues[s.Segment.Rules.Queue].Name; err == nil && name != "" {
		say(library.Text(ctx, name, language))
	}
	say(library.Prompt(ctx, p.tenant.ID, "agent_accept", language))
	return clips
}

// phonesPort is the registrar as the API wants it.
type phonesPort struct{ a *App }

// Devices implements api.Phones.
func (p phonesPort) Devices(ctx context.Context, account string) ([]api.PhoneDevice, error) {
	contacts, err := p.a.voice.Registered(ctx, account)
	var all []api.PhoneDevice
	for _, c := range contacts {
		all = append(all, api.PhoneDevice{
			URI: phone.Words(c.URI), Device: phone.Words(c.Agent), Address: c.Source.String(), Transport: string(c.Transport),
			SinceMs: db.Millis(c.Since), SeenMs: db.Millis(c.Seen), ExpiresMs: db.Millis(c.Expires),
		})
	}
	return all, err
}

// Forget implements api.Phones.
func (p phonesPort) Forget(ctx context.Context, account string) error {
	return p.a.voice.ForgetPhones(ctx, account)
}

// Server implements api.Phones.
func (p phonesPort) Server() (host string, port int) {
	at := p.a.voice.UDPAddr()
	switch {
	case p.a.cfg.PublicIP != "":
		host = p.a.cfg.PublicIP
	case !at.Addr().IsUnspecified():
		host = at.Addr().String()
	}
	return host, int(at.Port())
}
