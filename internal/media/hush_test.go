package media

import (
	"slices"
	"testing"
	"time"

	"linekeeper/internal/media/g711"
)

func TestHush(t *testing.T) {
	var told []bool
	h := NewHush(20*time.Second, func(silent bool) { told = append(told, silent) })
	quiet, loud := make([]byte, 160), make([]byte, 160)
	for i := range quiet {
		quiet[i], loud[i] = g711.EncodeMulaw(0), g711.EncodeMulaw(int16(800*(i%2)))
	}
	says := func(payload []byte, seconds int) {
		for range 50 * seconds {
			h.Packet(Heard, &Packet{Codec: PCMU(), SSRC: 1, Payload: payload})
		}
	}
	want := func(what string, all ...bool) {
		t.Helper()
		if !slices.Equal(told, all) {
			t.Fatalf("%s: got %v, want %v", what, told, all)
		}
	}
	says(loud, 5)
	says(quiet, 19)
	want("19 s of silence")
	says(quiet, 1)
	want("20 s of silence", true)
	says(quiet, 60)
	want("it is told once", true)
	says(loud, 1)
	want("heard again", true, false)
	says(quiet, 15)
	h.Afresh()
	says(quiet, 15)
	want("counted anew after 15 s", true, false)
	says(quiet, 5)
	h.Afresh()
	says(quiet, 1)
	want("begun anew while silent", true, false, true, false)
}
