package rtctest

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"linekeeper/internal/media"
	"linekeeper/internal/media/tone"
)

// page is a browser's end: it offers its microphone, plays what it hears and reports what that is.
const page = `<!doctype html><meta charset=utf-8><audio id=a autoplay></audio><script>
const codec = new URLSearchParams(location.search).get('codec');
const post = (path, body) => fetch(path, {method: 'POST', body}).then(r => r.text());
const fail = e => post('/result', JSON.stringify({error: '' + e}));
async function main() {
  const mic = await navigator.mediaDevices.getUserMedia({audio: {echoCancellation: false, noiseSuppression: false, autoGainControl: false}});
  const pc = new RTCPeerConnection();
  const tr = pc.addTransceiver(mic.getAudioTracks()[0], {direction: 'sendrecv', streams: [mic]});
  const clock = codec === 'opus' ? 48000 : 8000;
  tr.setCodecPreferences(RTCRtpReceiver.getCapabilities('audio').codecs.filter(c =>
    c.mimeType === 'audio/' + codec || c.mimeType === 'audio/telephone-event' && c.clockRate === clock));
  let analyser, context;
  pc.ontrack = e => {
    const stream = e.streams[0] || new MediaStream([e.track]);
    document.getElementById('a').srcObject = stream;
    context = new AudioContext();
    analyser = context.createAnalyser();
    analyser.fftSize = 8192;
    context.createMediaStreamSource(stream).connect(analyser);
  };
  const t0 = performance.now();
  pc.onconnectionstatechange = () => {
    if (pc.connectionState !== 'connected') return;
    const connected = performance.now() - t0;
    setTimeout(() => pc.getSenders()[0].dtmf.insertDTMF('5#', 120, 80), 1000);
    setTimeout(async () => {
      const f = new Float32Array(analyser.frequencyBinCount);
      analyser.getFloatFrequencyData(f);
      let k = 1;
      for (let i = 2; i < f.length; i++) if (f[i] > f[k]) k = i;
      const o = {hz: k * context.sampleRate / analyser.fftSize, connected};
      (await pc.getStats()).forEach(r => {
        if (r.type === 'inbound-rtp') { o.received = r.packetsReceived; o.lost = r.packetsLost; }
        if (r.type === 'remote-inbound-rtp') o.trip = r.roundTripTime;
        if (r.type === 'remote-outbound-rtp') o.reports = r.reportsSent;
        if (r.type === 'candidate-pair' && r.nominated) o.remote = r.remoteCandidateId;
        if (r.type === 'codec') o.codec = r.mimeType;
      });
      if (o.remote) o.protocol = (await pc.getStats()).get(o.remote).protocol;
      await post('/result', JSON.stringify(o));
    }, 7500);
  };
  await pc.setLocalDescription();
  await new Promise(done => {
    if (pc.iceGatheringState === 'complete') return done();
    pc.onicegatheringstatechange = () => pc.iceGatheringState === 'complete' && done();
    setTimeout(done, 2000);
  });
  await pc.setRemoteDescription({type: 'answer', sdp: await post('/offer', pc.localDescription.sdp)});
}
main().catch(fail);
</script>`

// result is what the page reports.
type result struct {
	Error     string
	Hz        float64
	Connected float64 // ms
	Received  int
	Lost      int
	Trip      *float64 // s
	Reports   *int
	Protocol  string
	Codec     string
}

// toneFile is ten seconds of 700 Hz for Chromium's fake microphone.
func toneFile(t *testing.T) string {
	const rate = 48000
	b := make([]byte, 44+2*10*rate)
	le := binary.LittleEndian
	copy(b, "RIFF")
	le.PutUint32(b[4:], uint32(len(b)-8))
	copy(b[8:], "WAVEfmt ")
	le.PutUint32(b[16:], 16)
	le.PutUint16(b[20:], 1)
	le.PutUint16(b[22:], 1)
	le.PutUint32(b[24:], rate)
	le.PutUint32(b[28:], 2*rate)
	le.PutUint16(b[32:], 2)
	le.PutUint16(b[34:], 16)
	copy(b[36:], "data")
	le.PutUint32(b[40:], uint32(len(b)-44))
	for i := range 10 * rate {
		le.PutUint16(b[44+2*i:], uint16(int16(12000*math.Sin(2*math.Pi*700*float64(i)/rate))))
	}
	path := filepath.Join(t.TempDir(), "tone.wav")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// browse runs Chromium on a page until the test ends.
func browse(t *testing.T, url string) {
	t.Helper()
	cmd := exec.Command("chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--use-fake-device-for-media-stream",
		"--use-fake-ui-for-media-stream", "--autoplay-policy=no-user-gesture-required", "--use-file-for-fake-audio-capture="+toneFile(t),
		"--user-data-dir="+filepath.Join(t.TempDir(), "profile"), url)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var noise bytes.Buffer
	cmd.Stderr = &noise
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) // its own group, made above
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("chromium: %s", noise.String())
		}
	})
}

// Chromium lets a real Chromium and a leg hear each other: by tone in both directions, with keys and
// round-trip time.
func Chromium(t *testing.T, newEngine New) {
	for _, c := range []struct {
		name  string
		codec media.Codec
		tcp   bool
	}{
		{"PCMU", media.PCMU(), false},
		{"PCMA", media.PCMA(), false},
		{"G722", media.G722(), false},
		{"opus", media.Opus(), false},
		{"TCP only", media.PCMU(), true},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := engine(t, newEngine, c.tcp)
			results := make(chan result, 1)
			heard := &collector{codec: c.codec}
			var mu sync.Mutex
			var keys []byte
			var endpoint Endpoint
			mux := http.NewServeMux()
			mux.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				_, _ = io.WriteString(w, page)
			})
			mux.HandleFunc("POST /offer", func(w http.ResponseWriter, r *http.Request) {
				offer, _ := io.ReadAll(r.Body)
				p, err := e.Open(context.Background(), string(offer), c.codec)
				if err != nil {
					t.Errorf("offer: %v\n%s", err, offer)
					return
				}
				l := media.NewLeg(media.LegConfig{Transport: p, Codec: c.codec, Events: p.Events(), OnDigit: func(d media.Digit) {
					mu.Lock()
					defer mu.Unlock()
					keys = append(keys, d.Key)
				}})
				t.Cleanup(l.Close)
				l.AddTap(heard)
				l.Play(media.NewClipPCM(tone.Sine(440, 0.5, time.Second)).Loop(), nil)
				mu.Lock()
				endpoint = p
				mu.Unlock()
				answer := p.Answer()
				if c.tcp {
					answer = withoutUDP(answer)
				}
				_, _ = io.WriteString(w, answer)
			})
			mux.HandleFunc("POST /result", func(_ http.ResponseWriter, r *http.Request) {
				var got result
				_ = json.NewDecoder(r.Body).Decode(&got)
				results <- got
			})
			s := httptest.NewServer(mux)
			t.Cleanup(s.Close)
			browse(t, s.URL+"/?codec="+c.codec.Name)
			late := time.NewTimer(60 * time.Second)
			defer late.Stop()
			var got result
			select {
			case got = <-results:
			case <-late.C:
				t.Fatal("no result from the page in a minute")
			}
			if got.Error != "" {
				t.Fatalf("the page failed: %s", got.Error)
			}
			if math.Abs(got.Hz-440) > 6 {
				t.Errorf("the page hears %.0f Hz, want 440", got.Hz)
			}
			if got.Codec != "audio/"+c.codec.Name {
				t.Errorf("codec: got %s, want %s", got.Codec, c.codec.Name)
			}
			if want := map[bool]string{false: "udp", true: "tcp"}[c.tcp]; got.Protocol != want {
				t.Errorf("protocol: got %q, want %q", got.Protocol, want)
			}
			if got.Trip == nil || got.Reports == nil {
				t.Errorf("no round-trip time (%v) or sender reports (%v) at the browser", got.Trip, got.Reports)
			}
			mu.Lock()
			p := endpoint
			mu.Unlock()
			until(t, "our round-trip time", func() bool { return p.RoundTrip() > 0 })
			mu.Lock()
			defer mu.Unlock()
			if string(keys) != "5#" {
				t.Errorf("keys: got %q, want 5#", keys)
			}
			sound := heard.sound()
			if len(sound) < 5*8000 {
				t.Fatalf("heard %d samples of the browser", len(sound))
			}
			// The first second holds the microphone's start.
			if share := tone.Share(sound[8000:16000], 700); share < 0.9 {
				t.Errorf("share of 700 Hz in what the browser says: %.2f, want nearly 1", share)
			}
			t.Logf("connected in %.0f ms, %d packets, %d lost, round trip %v, ours %v", got.Connected, got.Received, got.Lost, *got.Trip, endpoint.RoundTrip())
		})
	}
}

// withoutUDP leaves the browser only the TCP candidates.
func withoutUDP(answer string) string {
	var keep []string
	for _, line := range strings.Split(answer, "\r\n") {
		if !strings.HasPrefix(line, "a=candidate:") || !strings.Contains(line, " udp ") {
			keep = append(keep, line)
		}
	}
	return strings.Join(keep, "\r\n")
}
