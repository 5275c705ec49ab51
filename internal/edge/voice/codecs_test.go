package voice

import (
	"slices"
	"testing"

	"linekeeper/internal/media"
	"linekeeper/internal/media/codec"
	"linekeeper/internal/wire/sdp"
)

func names(all []sdp.Codec) (names []string) {
	for _, c := range all {
		names = append(names, c.Name)
	}
	return names
}

func TestCodecsOfATrunk(t *testing.T) {
	t.Parallel()
	if codec.OpusLibrary() == "" {
		t.Fatal("this test needs libopus.so.0: install the package libopus0")
	}
	for _, c := range []struct{ listed, want []string }{
		{nil, []string{"PCMU", "PCMA"}},
		{[]string{"GSM"}, []string{"PCMU", "PCMA"}},
		{[]string{"pcma"}, []string{"PCMA"}},
		{[]string{"opus", "G722", "PCMA"}, []string{"opus", "G722", "PCMA"}},
	} {
		if got := names(sdpCodecs(c.listed)); !slices.Equal(got, c.want) {
			t.Errorf("%v: got %v, want %v", c.listed, got, c.want)
		}
	}
}

// What a customer speaks is offered to the agent's phone; G.711 stands behind what it may not have.
func TestCodecsOfAPhone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		customer media.Codec
		want     []string
		recorded string
	}{
		{media.PCMU(), []string{"PCMU"}, "PCMU"},
		{media.Codec{Name: "PCMA", PayloadType: 97, ClockRate: 8000}, []string{"PCMA"}, "PCMA"},
		{media.G722(), []string{"G722", "PCMA", "PCMU"}, "PCMA"},
		{media.Codec{Name: "opus", PayloadType: 96, ClockRate: 48000}, []string{"opus", "PCMA", "PCMU"}, "PCMA"},
	} {
		got := phoneCodecs(c.customer)
		if !slices.Equal(names(got), c.want) {
			t.Errorf("%s: got %v, want %v", c.customer.Name, names(got), c.want)
		}
		if got := recordedCodec(c.customer).Name; got != c.recorded {
			t.Errorf("%s is recorded as %s, want %s", c.customer.Name, got, c.recorded)
		}
	}
	if got := phoneCodecs(media.Codec{Name: "opus", PayloadType: 96, ClockRate: 48000})[0]; got != sdp.Opus() {
		t.Errorf("the carrier's payload type went to the phone: %+v", got)
	}
}
