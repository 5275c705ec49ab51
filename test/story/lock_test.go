package story

import (
	"testing"
	"time"

	"linekeeper/internal/sound"
	"linekeeper/test/world"
)

// TestHowFarATalkIsEncrypted: a browser always encrypts, the carrier of the stories does not, and a
// telephone on the table that signals by UDP does not either.
func TestHowFarATalkIsEncrypted(t *testing.T) {
	world.Run(t, func(w *world.World) {
		ann, caller := talks(w)
		is := func(want sound.Protection) {
			t.Helper()
			w.Eventually(10*time.Second, "ann sees that \""+string(want)+"\" is encrypted", func() bool { return ann.Work[ann.Has()].Encrypted == want })
		}
		is(sound.MineEncrypted)
		ann.LosesPhone()
		is("")
		ann.Connects()
		is(sound.MineEncrypted)
		caller.HangsUp()
		ann.WrapsUp()
		is("")
		ann.Finishes("sold_big", "")
		w.Eventually(10*time.Second, "the legs are kept", func() bool { return len(w.Legs()) == 3 })
		encrypted := map[sound.Kind]bool{}
		for _, l := range w.Legs() {
			encrypted[l.Kind] = encrypted[l.Kind] || l.Encrypted
		}
		if !encrypted[sound.Browser] || encrypted[sound.Trunk] {
			t.Errorf("kept is %v, want the browser's leg alone", encrypted)
		}
	})
}
