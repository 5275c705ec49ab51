package speech

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"linekeeper/internal/flow"
	"linekeeper/internal/media/wav"
)

// sine is a second of 440 Hz as a WAV file of that rate.
func sine(rate, channels int) []byte {
	f := wav.Format{Encoding: wav.Linear, Channels: channels, Rate: rate, Bits: 16}
	b := make([]byte, wav.HeaderSize, wav.HeaderSize+rate*f.Frame())
	wav.PutHeader(b, f, int64(rate*f.Frame()))
	for i := range rate {
		v := int16(10000 * math.Sin(2*math.Pi*440*float64(i)/float64(rate)))
		for range channels {
			b = binary.LittleEndian.AppendUint16(b, uint16(v))
		}
	}
	return b
}

// service is an HTTP service that speaks; the path says how well.
func service(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/audio/speech", func(w http.ResponseWriter, r *http.Request) {
		var in map[string]string
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		if in["model"] != "tts" || in["input"] != "Привет" || in["voice"] != "olga" || in["response_format"] != "wav" {
			t.Errorf("got %v", in)
		}
		if got := r.Header.Get("Authorization"); got != "Bearer hunter2" {
			t.Errorf("got authorization %q", got)
		}
		w.Write(sine(24000, 1))
	})
	mux.HandleFunc("POST /say", func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		if err != nil || string(text) != "สวัสดี" || r.Header.Get("Content-Language") != "th" || r.URL.Query().Get("voice") != "bob" || r.URL.Query().Get("q") != "1" {
			t.Errorf("got %q, %v, %s", text, r.URL, r.Header)
		}
		w.Header().Set("Content-Type", "audio/L16; rate=16000")
		w.Write(make([]byte, 32000))
	})
	mux.HandleFunc("POST /wav/{rate}/{channels}", func(w http.ResponseWriter, r *http.Request) {
		var rate, channels int
		fmt.Sscan(r.PathValue("rate"), &rate)
		fmt.Sscan(r.PathValue("channels"), &channels)
		w.Header().Set("Content-Type", r.URL.Query().Get("type"))
		w.Write(sine(rate, channels))
	})
	answer := func(path, kind string, body []byte) {
		mux.HandleFunc("POST "+path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Write(body)
		})
	}
	answer("/pcm", "audio/pcm", make([]byte, 48000))
	answer("/page", "text/html", []byte("<html>"))
	answer("/mp3", "audio/mpeg", []byte("ID3\x04garbage"))
	answer("/rate", "audio/pcm;rate=0", make([]byte, 100))
	answer("/cut", "audio/wav", sine(8000, 1)[:30])
	answer("/riff", "audio/wav", []byte("RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00garbage everywhere here"))
	answer("/nothing", "audio/wav", sine(8000, 1)[:wav.HeaderSize])
	mux.HandleFunc("POST /busy", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "too many for key hunter2", http.StatusTooManyRequests)
	})
	mux.HandleFunc("POST /endless", func(w http.ResponseWriter, r *http.Request) {
		for sound := sine(8000, 1); r.Context().Err() == nil; {
			if _, err := w.Write(sound); err != nil {
				return
			}
		}
	})
	mux.HandleFunc("POST /slow", func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body) // only then is the client's leaving noticed
		<-r.Context().Done()
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

func TestHTTPSound(t *testing.T) {
	t.Parallel()
	server := service(t)
	engine := func(path string) *HTTP {
		return &HTTP{URL: server.URL + path, OpenAI: strings.HasPrefix(path, "/v1/"), Model: "tts", Token: "hunter2", Client: server.Client(),
			Voices: map[string]string{"ru": "olga", "": "bob"}, MaxBytes: 1 << 20}
	}
	say := func(path, text, language string) ([]int16, error) {
		e := engine(path)
		return e.Speak(t.Context(), text, language, e.Voice(language))
	}
	for path, in := range map[string][2]string{
		"/v1/audio/speech": {"Привет", "ru"}, "/say?q=1": {"สวัสดี", "th"}, "/pcm": {"x", "en"},
	} {
		if pcm, err := say(path, in[0], in[1]); err != nil || len(pcm) != 8000 {
			t.Errorf("%s: got %d samples, %v; want 8000", path, len(pcm), err)
		}
	}
	for _, rate := range []int{8000, 11025, 16000, 22050, 24000, 44100, 48000} {
		for _, channels := range []int{1, 2} {
			path := fmt.Sprintf("/wav/%d/%d?type=%s", rate, channels, url.QueryEscape("application/octet-stream"))
			pcm, err := say(path, "x", "en")
			if err != nil || len(pcm) != 8000 {
				t.Errorf("%s: got %d samples, %v; want 8000", path, len(pcm), err)
				continue
			}
			if hz := crossings(pcm) / 2; hz < 435 || hz > 445 || loudest(pcm) < 9000 || loudest(pcm) > 11000 {
				t.Errorf("%s: got %d Hz, %d at the loudest; want 440 Hz and 10000", path, hz, loudest(pcm))
			}
		}
	}
}

// crossings is how often the sound passes zero.
func crossings(pcm []int16) (n int) {
	for i := 1; i < len(pcm); i++ {
		if pcm[i-1] < 0 != (pcm[i] < 0) {
			n++
		}
	}
	return n
}

func TestHTTPFailures(t *testing.T) {
	t.Parallel()
	server := service(t)
	for path, want := range map[string]string{
		"/page": "neither WAV nor samples", "/mp3": "neither WAV nor samples", "/rate": "is no rate",
		"/busy": `429 Too Many Requests: "too many for key ***`, "/endless": "longer than 100000 bytes", "/none?key=hunter2": "404",
		"/slow": "no answer within 2s", "/cut": "not a readable WAV", "/riff": "not a readable WAV", "/nothing": "said nothing",
	} {
		timeout := time.Minute
		if path == "/slow" {
			timeout = 0 // the usual one
		}
		s := speaker(t, Config{Engines: []Named{{Name: "neural", Timeout: timeout, Engine: &HTTP{URL: server.URL + path, Token: "hunter2", MaxBytes: 100_000, Client: &http.Client{Transport: &http.Transport{}}}}}})
		_, err := speak(t.Context(), s, "x", "en")
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasPrefix(err.Error(), "neural: ") || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want %q", path, err, want)
		}
	}
	gone := &HTTP{URL: "http://127.0.0.1:1/say?key=hunter2"}
	if _, err := gone.Speak(t.Context(), "x", "en", ""); err == nil || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("nobody answered: got %v, want an error without the address", err)
	}
}

// TestSlowServiceIsStoodInFor: a real service that never answers is stood in for by another.
func TestSlowServiceIsStoodInFor(t *testing.T) {
	t.Parallel()
	server := service(t)
	named := func(name, path string, only ...string) Named {
		return Named{Name: name, Timeout: 300 * time.Millisecond, Engine: &HTTP{URL: server.URL + path, Languages: only, Client: &http.Client{Transport: &http.Transport{}}}}
	}
	good := named("good", "/wav/16000/1")
	good.Timeout = time.Minute
	s := speaker(t, Config{Engines: []Named{named("dead", "/slow"), good}})
	for i := range restAfter + 2 {
		out, err := s.Speak(t.Context(), flow.Speech{Text: fmt.Sprint("text ", i), Language: "en"})
		if err != nil || len(out.PCM) != 8000 || out.Voice == s.Voice("", "en") {
			t.Fatalf("text %d: got %d samples by %q, %v; want the second engine", i, len(out.PCM), out.Voice, err)
		}
	}
	if all := s.Engines(); all[0].Counts.Failed != restAfter+2 || all[1].Counts.StoodIn != restAfter+2 {
		t.Errorf("got %+v; want all texts spoken by the second", all)
	}
}

func FuzzAnswer(f *testing.F) {
	f.Add("audio/wav", sine(8000, 1)[:200])
	f.Add("audio/wav", sine(48000, 2)[:400])
	f.Add("audio/pcm; rate=8000", []byte{1, 2, 3})
	f.Add("audio/L16; rate=192000", []byte{1, 2, 3, 4})
	f.Add("text/html", []byte("RIFF"))
	f.Fuzz(func(t *testing.T, kind string, body []byte) {
		pcm, err := decode(kind, body)
		if err == nil && len(pcm) > 2*len(body)+16 { // 4 kHz of one byte each is the sparsest
			t.Errorf("%d bytes became %d samples", len(body), len(pcm))
		}
	})
}
