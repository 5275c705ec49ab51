package voice

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"linekeeper/internal/interaction"
	"linekeeper/internal/wire/sip"
)

// ringingKey begins the keys under which Config.Keep has calls out that ring; the Call-ID follows.
const ringingKey = "ringing "

// ringingLimit is how old such a call may be: longer none rings.
const ringingLimit = 5 * time.Minute

// keptRinging is a call out that nobody has picked up yet, or somebody has just now.
type keptRinging struct {
	Interaction interaction.ID `json:"interaction,omitempty"` // for logs
	Call        sip.Pending    `json:"call"`
}

// remembered has a call that is about to be made written down until it is over, so that the next process can
// end it: a telephone that nobody cancels rings for minutes, and who picks it up then hears nothing. While it
// is answered it is in keptLeg as well, which comes first.
func (e *Edge) remembered(r *sip.DialRequest, id interaction.ID) {
	if e.config.Keep == nil {
		return
	}
	r.OnPending = func(callID string, p *sip.Pending) {
		var b []byte
		var err error
		if p != nil {
			b, err = json.Marshal(keptRinging{id, *p})
		}
		if err == nil {
			err = e.config.Keep.Put(ringingKey+callID, b)
		}
		if err != nil {
			e.figures.count(func(f *Figures) { f.Unkept++ })
			e.log.Error("a call that rings is not written down; it would ring on after a crash", "interaction", string(id), "err", err)
		}
	}
}

// readRinging takes the calls out that rang out of what an earlier process wrote down.
func (e *Edge) readRinging() {
	e.rang = make(map[string]keptRinging)
	e.left = maps.Clone(e.left)
	for key, b := range e.left {
		id, ok := strings.CutPrefix(key, ringingKey)
		if !ok {
			continue
		}
		delete(e.left, key)
		var k keptRinging
		if err := json.Unmarshal(b, &k); err != nil {
			e.log.Error("reading a call left ringing", "call", id, "err", err)
			e.rangOut(id)
			continue
		}
		e.rang[id] = k
	}
}

// rangOut forgets a call out of an earlier process: it is over, or goes on in a leg. Legs are taken up at once.
func (e *Edge) rangOut(callID string) {
	e.rangMu.Lock()
	delete(e.rang, callID)
	e.rangMu.Unlock()
	if e.config.Keep == nil {
		return
	}
	if err := e.config.Keep.Put(ringingKey+callID, nil); err != nil {
		e.log.Error("a call that does not ring any more is still written down", "call", callID, "err", err)
	}
}

// CancelRinging ends the calls out of an earlier process that nobody had picked up: by CANCEL, or BYE if somebody has
// meanwhile. It comes after Run has begun and before anybody is called anew, since a telephone that rings is
// busy. It does not wait for the peers.
func (e *Edge) CancelRinging() {
	e.rangMu.Lock()
	rang := e.rang
	e.rang = nil
	e.rangMu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(rang)) {
		k := rang[id]
		if time.Since(k.Call.At) > ringingLimit {
			e.rangOut(id)
			continue
		}
		release := sync.OnceFunc(e.known.hold(k.Call.Peer.Addr().Unmap()))
		var over sip.DialRequest
		e.remembered(&over, k.Interaction)
		err := e.stack.CancelPending(k.Call, outOfOrder, func(callID string, p *sip.Pending) {
			if p == nil {
				release()
			}
			over.OnPending(callID, p)
		})
		if err != nil {
			release()
			e.rangOut(id)
			if !errors.Is(err, sip.ErrKnown) {
				e.log.Warn("a call of the earlier run rings on", "interaction", string(k.Interaction), "call", id, "err", err)
			}
		}
	}
}
