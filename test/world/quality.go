package world

import (
	"net/netip"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/sound"
)

// LineIsPoor lets every fifth packet of all callers be lost, or none any more.
func (w *World) LineIsPoor(poor bool) { w.poor.Store(poor) }

// loses decides about one datagram on the network; RTP is told from SIP by its first bits.
func (w *World) loses(from, to netip.AddrPort, b []byte) bool {
	if h, ok := w.handsets.Load(to); ok {
		h.(*Handset).noted(b)
	}
	return w.poor.Load() && from.Port() != sipAddr.Port() && len(b) > 12 && b[0]>>6 == 2 && b[3]%5 == 0
}

// ConnectionIsPoor does the same for what the agent's browser sends.
func (a *Agent) ConnectionIsPoor(poor bool) { a.page.loses.Store(poor) }

// MicrophoneIsSilent lets nothing but silence come from the agent's microphone.
func (a *Agent) MicrophoneIsSilent(silent bool) { a.page.mute.Store(silent) }

// Quality is what the agent's screen says of the sound of the talk in hand.
func (a *Agent) Quality() sound.Trouble {
	v, _ := a.InHand()
	return v.Quality
}

// Legs reads how the legs of the only interaction sounded.
func (w *World) Legs() []sound.Leg {
	w.T.Helper()
	r := w.OneRecord()
	var legs []sound.Leg
	err := w.App.DB().Read(w.T.Context(), func(tx *db.Tx) (err error) {
		legs, err = sound.Load(tx, r.Arrival.Tenant, r.ID)
		return err
	})
	if err != nil {
		w.T.Fatal(err)
	}
	return legs
}
