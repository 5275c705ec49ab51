package srtp

import "testing"

// FuzzRecords: what is shown to DTLS is never an alert in the clear.
func FuzzRecords(f *testing.F) {
	f.Add([]byte{alertRecord, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40}, false)
	f.Add([]byte{handshakeRecord, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 1}, false)
	f.Fuzz(func(t *testing.T, b []byte, late bool) {
		if !Admissible(b, late) {
			return
		}
		if len(b) > 0 && (b[0] == alertRecord && b[3] == 0 && b[4] == 0 || late && b[0] != alertRecord) {
			t.Errorf("shown: %x", b)
		}
	})
}

// FuzzFingerprint: whatever a description says, only a whole hash is taken.
func FuzzFingerprint(f *testing.F) {
	f.Add("sha-256 12:34")
	f.Fuzz(func(t *testing.T, text string) {
		if v, ok := ParseFingerprint(text); ok && v.Of(nil) && len(v.sum) < 32 {
			t.Errorf("%q", text)
		}
	})
}
