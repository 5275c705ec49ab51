package number

import (
	"testing"
	"time"
)

func TestZone(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)
	for n, want := range map[string]string{
		"+66812345678": "Asia/Bangkok", "+442071231000": "Europe/London", "+74951234567": "Europe/Moscow",
		"+79161234567": "", // a mobile of anywhere between Kaliningrad and Kamchatka
		"100":          "", "": "", "+999123": "",
	} {
		if got := Zone(n, at); got != want {
			t.Errorf("%q: got %q, want %q", n, got, want)
		}
	}
}
