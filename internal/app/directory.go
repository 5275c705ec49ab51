package app

import (
	"context"
	"fmt"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/edge/voice"
	"linekeeper/internal/entry"
	"linekeeper/internal/flow"
	"linekeeper/internal/hours"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/number"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/live"
	"linekeeper/internal/phone"
	"linekeeper/internal/project"
	"linekeeper/internal/queue"
	"linekeeper/internal/skill"
	"linekeeper/internal/tenant"
	"linekeeper/internal/trunk"
)

// directory is the set-up as calls need it: whole, in memory, replaced at once when something
// changes. It implements voice.Directory and live.Names.
type directory struct {
	db      *db.DB
	box     func() (*secret.Box, error) // opens trunks' passwords
	reading sync.Mutex                  // one reads after the other, or an older page could replace a newer one
	now     atomic.Pointer[page]

	probe    sync.Mutex // guards what writable found last
	probed   time.Time
	probeErr error
}

// writableFor is how long writable's answer is taken for granted.
const writableFor = 5 * time.Second

// page is one immutable state of the set-up.
type page struct {
	tenant   tenant.Tenant
	zone     *time.Location
	trunks   []trunk.Trunk
	outside  []voice.OutTrunk
	entries  map[string]entry.Entry // by number as stored
	byID     map[entry.ID]entry.Entry
	queues   map[queue.ID]queue.Queue
	projects map[project.ID]project.Project
	hours    map[hours.ID]hours.Hours
	listens  map[flow.ID]bool // flows that take words
	users    map[access.UserID]access.User
	serves   map[access.UserID][]queue.ID
	accounts map[string]phone.Account // of SIP phones, by name
	phones   map[access.UserID]string // names, by user
	skills   map[string]skill.ID      // by key
	levels   map[access.UserID][]skill.Level
}

// refresh reads everything anew.
func (d *directory) refresh(ctx context.Context) error {
	d.reading.Lock()
	defer d.reading.Unlock()
	p := &page{
		zone: time.UTC, entries: make(map[string]entry.Entry), byID: make(map[entry.ID]entry.Entry),
		queues: make(map[queue.ID]queue.Queue), projects: make(map[project.ID]project.Project),
		hours: make(map[hours.ID]hours.Hours), users: make(map[access.UserID]access.User), serves: make(map[access.UserID][]queue.ID),
		accounts: make(map[string]phone.Account), phones: make(map[access.UserID]string),
	}
	all := db.Page{Limit: db.Unlimited}
	err := d.db.Read(ctx, func(tx *db.Tx) error {
		var err error
		if p.tenant, err = tenant.First(tx); err != nil {
			return err
		}
		t := p.tenant.ID
		p.zone = p.tenant.Location()
		if p.trunks, err = trunk.List(tx, t, all); err != nil {
			return err
		}
		entries, err := entry.List(tx, t, all)
		if err != nil {
			return err
		}
		for _, e := range entries {
			p.entries[e.Number], p.byID[e.ID] = e, e
		}
		if p.listens, err = flow.Listening(tx, t); err != nil {
			return err
		}
		queues, err := queue.List(tx, t, all)
		if err != nil {
			return err
		}
		for _, q := range queues {
			p.queues[q.ID] = q
		}
		projects, err := project.List(tx, t, all)
		if err != nil {
			return err
		}
		for _, j := range projects {
			p.projects[j.ID] = j
		}
		calendars, err := hours.List(tx, t, all)
		if err != nil {
			return err
		}
		for _, h := range calendars {
			p.hours[h.ID] = h
		}
		users, err := access.ListUsers(tx, t, all)
		if err != nil {
			return err
		}
		for _, u := range users {
			p.users[u.ID] = u
		}
		accounts, err := phone.Accounts(tx, t)
		if err != nil {
			return err
		}
		for _, k := range accounts {
			p.accounts[k.Name], p.phones[k.User] = k, k.Name
		}
		members, err := queue.AllMembers(tx, t)
		if err != nil {
			return err
		}
		for _, m := range members {
			p.serves[m.UserID] = append(p.serves[m.UserID], m.QueueID)
		}
		return p.readSkills(tx)
	})
	if err != nil {
		return fmt.Errorf("reading the set-up: %w", err)
	}
	p.outside = d.openTrunks(p)
	d.now.Store(p)
	return nil
}

func (d *directory) page() *page { return d.now.Load() }

// Trunk implements voice.Directory.
func (d *directory) Trunk(source netip.Addr) (voice.Trunk, bool) {
	p := d.page()
	k, ok := trunk.Find(p.trunks, source)
	if !ok {
		return voice.Trunk{}, false
	}
	return p.voiceTrunk(k), true
}

// voiceTrunk is a trunk as calls know it.
func (p *page) voiceTrunk(k trunk.Trunk) voice.Trunk {
	return voice.Trunk{Tenant: p.tenant.ID, ID: k.ID, NAT: k.NAT, Codecs: k.Codecs, MaxCalls: int(k.MaxCalls), Encryption: voice.EncryptionOf(k)}
}

// Entry implements voice.Directory.
func (d *directory) Entry(t tenant.ID, dialed string) (voice.Entry, bool) {
	p := d.page()
	e, ok := p.entries[dialed]
	if !ok {
		if e, ok = p.entries[number.Normalize(dialed)]; !ok {
			return voice.Entry{}, false
		}
	}
	language := e.Language
	if language == "" {
		language = p.tenant.Language
	}
	program := e.FlowID
	if h, ok := p.hours[e.HoursID]; ok && !h.OpenAt(time.Now()) {
		program = string(flow.Closed)
	}
	to := voice.Entry{ID: e.ID, Flow: program, Language: string(language), Project: e.ProjectID, Blocked: e.Blocked, Answer: e.Answer}
	if len(e.Blocked) > 0 {
		to.Country, _ = d.Project(t, e.ProjectID)
	}
	return to, true
}

// Phone implements voice.Directory.
func (d *directory) Phone(user access.UserID) (voice.Phone, bool) {
	u, ok := d.page().users[user]
	if !ok || u.Disabled || !access.May(u.Role, access.WorkCalls) {
		return voice.Phone{}, false
	}
	switch u.Phone {
	case access.SIPPhone:
		return voice.Phone{Kind: voice.SIPPhone, URI: u.PhoneURI, Account: d.page().phones[user],
			AutoAnswer: u.AutoAnswer, Confirm: u.Confirm, Encryption: voice.PhoneEncryption(u.Encryption)}, true
	case access.OutsidePhone:
		return voice.Phone{Kind: voice.Outside, Number: u.PhoneNumber}, true
	}
	return voice.Phone{Kind: voice.Browser}, true
}

// names are the names of things for live screens.
type names struct{ d *directory }

// Entry implements live.Names.
func (n names) Entry(id string) string { return n.d.page().byID[entry.ID(id)].Name }

// User implements live.Names.
func (n names) User(id access.UserID) string { return n.d.page().users[id].Name }

// Project implements live.Names.
func (n names) Project(id string) string { return n.d.page().projects[project.ID(id)].Name }

// Queue implements live.Names.
func (n names) Queue(id queue.ID) string { return n.d.page().queues[id].Name }

// boardQueues are the queues as the live board wants them.
func (p *page) boardQueues() []live.Queue {
	var all []live.Queue
	for _, q := range p.queues {
		all = append(all, live.Queue{
			ID: q.ID, Name: q.Name, Project: p.projects[q.ProjectID].Name,
			Target: q.Target(), TargetShare: float64(q.TargetPercent) / 100,
		})
	}
	return all
}

// writable says whether the database takes writes: a full disk still reads. The answer is kept for
// writableFor, so that whoever asks often costs no sync each time.
func (d *directory) writable(ctx context.Context) error {
	d.probe.Lock()
	defer d.probe.Unlock()
	if time.Since(d.probed) < writableFor {
		return d.probeErr
	}
	d.probeErr = d.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`UPDATE tenant SET created_ms = created_ms WHERE id = $1`, d.page().tenant.ID)
		return err
	})
	d.probed = time.Now()
	return d.probeErr
}
