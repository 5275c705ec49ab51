package voice

import (
	"maps"

	"linekeeper/internal/access"
	"linekeeper/internal/sound"
	"linekeeper/internal/wire/sdp"
)

// encrypted says whether nobody on the way can listen to the leg: browsers always encrypt.
func (h *hearing) encrypted() bool { return h.session == nil || h.session.keying() != sdp.Plain }

// protections says of each agent's leg in the talk how far it is encrypted.
func (l *Leg) protections() map[access.UserID]sound.Protection {
	of := map[access.UserID]sound.Protection{}
	all := true
	for _, e := range l.arranged {
		h := l.hearings[l.mediaOf(e)]
		if h == nil {
			continue // its phone is not up
		}
		all = all && h.encrypted()
		if e.User != "" && h.encrypted() {
			of[e.User] = sound.MineEncrypted
		}
	}
	if all {
		for user := range of {
			of[user] = sound.AllEncrypted
		}
	}
	return of
}

// showProtections tells each agent what has changed about that.
func (l *Leg) showProtections(now map[access.UserID]sound.Protection) {
	tell := l.edge.config.Protected
	if tell == nil || maps.Equal(l.protected, now) {
		return
	}
	for user := range l.protected {
		if _, still := now[user]; !still {
			tell(l.id, user, "")
		}
	}
	for user, p := range now {
		if l.protected[user] != p {
			tell(l.id, user, p)
		}
	}
	l.protected = now
}
