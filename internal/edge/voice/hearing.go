package voice

import (
	"time"

	"linekeeper/internal/access"
	"linekeeper/internal/interaction"
	"linekeeper/internal/media"
	"linekeeper/internal/sound"
	"linekeeper/internal/tenant"
)

// Sounds keeps how legs sounded; a sound.Keeper is one.
type Sounds interface {
	// Keep takes all legs of an interaction when the last one is over. It must not block.
	Keep(t tenant.ID, id interaction.ID, legs []sound.Leg)
}

// hearing is what is known of one media leg's sound. The leg's goroutine owns it from begin on.
type hearing struct {
	kind    sound.Kind
	user    access.UserID
	address string
	session *session // nil: a browser
	media   *media.Leg
	began   time.Time
	bad     [2]bool // what we hear, what the party hears
	spells  int
	worst   float64
	hush    *media.Hush // nil: nobody wants to know
	silent  bool        // nothing but silence comes
	counts  bool        // somebody is to hear the party: silence is a trouble
	noted   bool        // the time line has it
}

// config adds what measures to a media leg's configuration.
func (l *Leg) config(h *hearing, c media.LegConfig) media.LegConfig {
	c.Log = l.edge.log
	c.OnSpell = func(s media.Spell) { l.tell(func() { l.spell(h, s) }) }
	return c
}

// listen begins a hearing; m was made with config.
func (l *Leg) listen(h *hearing, m *media.Leg) *media.Leg {
	h.media, h.began = m, time.Now()
	if alarm := l.edge.limit.Alarm; alarm > 0 && (h.user != "" || h.kind == sound.Trunk) {
		h.hush = media.NewHush(alarm, func(silent bool) {
			l.tell(func() { h.silent = silent; l.showTroubles() })
		})
	}
	if h.user != "" && h.hush != nil {
		m.AddTapOn(media.Heard, h.hush) // a customer's comes with the levels: only in a talk
	}
	l.hearings[m] = h
	return m
}

// spell follows the beginning and the end of a bad spell.
func (l *Leg) spell(h *hearing, s media.Spell) {
	at, mos := 0, s.Quality.Now.MOS
	if s.Far {
		at, mos = 1, s.Quality.FarNow.MOS
	}
	h.bad[at] = s.Bad
	if s.Bad {
		h.spells++
		l.edge.figures.count(func(f *Figures) { f.Spells++ })
		l.log.Info("the sound is poor", "leg", string(h.kind), "agent", string(h.user), "they_hear", s.Far, "score", mos)
	}
	if mos > 0 && (h.worst == 0 || mos < h.worst) {
		h.worst = mos
	}
	l.showTroubles()
}

// closeMedia ends a media leg and notes how it sounded.
func (l *Leg) closeMedia(m *media.Leg) {
	h := l.hearings[m]
	if h == nil {
		m.Close()
		return
	}
	delete(l.hearings, m)
	q := m.Quality()
	for _, now := range []media.Sound{q.Now, q.FarNow} {
		if h.bad != [2]bool{} && now.MOS > 0 && now.MOS < h.worst {
			h.worst = now.MOS
		}
	}
	leg := sound.Leg{Kind: h.kind, User: h.user, Address: h.address, Codec: m.Codec().Name, Encrypted: h.encrypted(),
		Began: h.began, Ended: time.Now(), Heard: q.Call, Far: q.FarCall, RoundTrip: q.RoundTrip, Spells: h.spells, Worst: h.worst}
	if h.kind == sound.Trunk && l.levels != nil {
		leg.Levels = sound.Levels{From: l.levelsFrom,
			Customer: l.levels.Bytes(media.Heard, leg.Ended), Others: l.levels.Bytes(media.Sent, leg.Ended)}
	}
	l.sounds = append(l.sounds, leg)
	m.Close()
	l.showTroubles()
}

// keepSounds hands over how everything sounded; the last leg is over.
func (l *Leg) keepSounds() {
	if keep := l.edge.config.Sounds; keep != nil {
		keep.Keep(l.trunk.Tenant, l.id, l.sounds)
	}
	for user := range l.troubles {
		l.showTrouble(user, "")
	}
	l.showProtections(nil)
}

// measureLevels keeps who speaks while the customer hears somebody.
func (l *Leg) measureLevels(on bool) {
	switch {
	case on && l.levels == nil:
		l.levelsFrom = time.Now()
		l.levels = media.NewLevels(l.levelsFrom)
		fallthrough
	case on && l.levelsOff == nil:
		l.levelsOff = l.customer.AddTap(l.levels)
		if h := l.hearings[l.customer]; h != nil && h.hush != nil {
			levels, hush := l.levelsOff, l.customer.AddTapOn(media.Heard, h.hush)
			l.levelsOff = func() { levels(); hush() }
		}
	case !on && l.levelsOff != nil:
		l.levelsOff()
		l.levelsOff = nil
	}
}

// showTroubles tells each agent in the talk what is wrong with its sound, if that has changed.
func (l *Leg) showTroubles() {
	others := false
	for _, h := range l.hearings {
		others = others || h.user == "" && (h.bad[0] || h.bad[1])
	}
	quiet := l.customerSilent()
	seen := map[access.UserID]bool{}
	for _, e := range l.arranged {
		if e.User == "" {
			continue
		}
		seen[e.User] = true
		h := l.hearings[l.mediaOf(e)]
		silent := h.silentIn(e)
		l.note(h, silent)
		var t sound.Trouble
		switch {
		case silent:
			t = sound.SilentMine
		case h != nil && (h.bad[0] || h.bad[1]):
			t = sound.PoorMine
		case quiet && !e.Music:
			t = sound.SilentCustomer
		case others:
			t = sound.PoorCustomer
		}
		l.showTrouble(e.User, t)
	}
	for user := range l.troubles {
		if !seen[user] {
			l.showTrouble(user, "")
		}
	}
}

func (l *Leg) showTrouble(user access.UserID, t sound.Trouble) {
	if l.troubles[user] == t {
		return
	}
	if t == "" {
		delete(l.troubles, user)
	} else {
		l.troubles[user] = t
	}
	if tell := l.edge.config.Trouble; tell != nil {
		tell(l.id, user, t)
	}
}
