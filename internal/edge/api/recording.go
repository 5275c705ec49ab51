package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/recording"
	"linekeeper/internal/report"
)

// Peaks is the waveform of a recording: loudness from 0 to 1 in equal stretches of time.
type Peaks struct {
	DurationMs int64     `json:"duration_ms"`
	Left       []float32 `json:"left" doc:"The customer"`
	Right      []float32 `json:"right" doc:"The agent"`
}

type recordingInput struct {
	ID        string `path:"id" maxLength:"64"`
	Recording string `query:"recording" maxLength:"64" doc:"Id; empty: the first that can be heard"`
	Download  bool   `query:"download" doc:"To be kept as a file; noted as such"`
}

type peaksInput struct {
	ID        string `path:"id" maxLength:"64"`
	Recording string `query:"recording" maxLength:"64"`
	Points    int    `query:"points" minimum:"10" maximum:"4000" default:"800"`
}

type peaksOutput struct {
	Body Peaks
}

// listen sends the audio. The answer begins only after the listening is noted.
func (s *server) listen(ctx context.Context, in *recordingInput) (*huma.StreamResponse, error) {
	v := viewerOf(ctx)
	rec, file, err := s.openRecording(ctx, v, in.ID, in.Recording)
	if err != nil {
		return nil, err
	}
	if s.heard.note(v, rec.ID, in.Download, v.request.Header.Get("Range")) {
		err := s.deps.DB.Write(ctx, func(tx *db.Tx) error {
			return audit.Note(tx, v.author(), audit.Listen, "recording", rec.ID,
				map[string]any{"interaction_id": in.ID, "download": in.Download})
		})
		if err != nil {
			file.Close()
			return nil, err
		}
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		defer file.Close()
		r, w := humago.Unwrap(hctx)
		streaming(w)
		h := w.Header()
		h.Set("Content-Type", file.ContentType())
		if in.Download {
			h.Set("Content-Disposition", `attachment; filename="`+strings.Trim(rec.ID, `"\`)+file.Ending()+`"`)
		}
		// Listeners that go on after the file was converted must not mix two formats.
		h.Set("ETag", fmt.Sprintf(`"%s-%s-%d"`, strings.Trim(rec.ID, `"\`), file.Format, file.Size))
		http.ServeContent(w, r, "", time.Time{}, io.NewSectionReader(file, 0, file.Size))
	}}, nil
}

func (s *server) peaks(ctx context.Context, in *peaksInput) (*peaksOutput, error) {
	rec, file, err := s.openRecording(ctx, viewerOf(ctx), in.ID, in.Recording)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	peaks, err := file.Peaks(in.Points)
	if err != nil {
		return nil, damaged(rec, err)
	}
	return &peaksOutput{Peaks{DurationMs: peaks.Long.Milliseconds(), Left: peaks.Left, Right: peaks.Right}}, nil
}

// mayHear says whether who asks may hear a recording: whoever sees a message may, for it was left for him.
func mayHear(v viewer, d report.Detail) bool {
	return v.May(access.ListenRecordings) || d.Channel == interaction.Voicemail
}

// openRecording finds the recording of an interaction the viewer may see, and opens its file.
func (s *server) openRecording(ctx context.Context, v viewer, id, which string) (report.Recording, *recording.File, error) {
	d, err := s.deps.Reports.Interaction(ctx, v.reads(), interaction.ID(id))
	if err != nil {
		return report.Recording{}, nil, err
	}
	if !mayHear(v, d) {
		return report.Recording{}, nil, fault.Denied.New("Recordings of calls are for supervisors; you may hear messages that you took.")
	}
	rec, err := d.Playable(which)
	if err != nil {
		return rec, nil, err
	}
	file, err := s.deps.Recordings.Open(ctx, v.Tenant, rec.ID)
	if err != nil {
		return rec, nil, err
	}
	if err := file.Check(); err != nil {
		file.Close()
		return rec, nil, damaged(rec, err)
	}
	return rec, file, nil
}

func damaged(rec report.Recording, err error) error {
	return fault.Conflict.Wrap(err, "The recording %s is damaged and cannot be played.", rec.ID)
}

// streaming gives an answer more time than others have.
func streaming(w http.ResponseWriter) {
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(streamTime)) // not every writer of a test can
}

// listeningLasts is how long requests for parts of a recording belong to one listening.
const listeningLasts = 10 * time.Minute

// beginsAnew is how soon after its beginning a player may ask for the beginning once more (browsers
// do, to find out the length) without that being another listening.
const beginsAnew = 5 * time.Second

// maxHeard bounds the memory for listenings.
const maxHeard = 10_000

// heard knows which listenings are noted already: a player asks for one recording in many parts.
type heard struct {
	mu   sync.Mutex
	last map[string]time.Time // by who, from where and what
}

func newHeard() *heard { return &heard{last: make(map[string]time.Time)} }

// note reports whether this request begins a listening. A download always does.
func (h *heard) note(v viewer, recording string, download bool, byteRange string) bool {
	who := string(v.User) + "/" + string(v.Token) + "/" + v.Session + "/" + recording
	now := time.Now()
	h.mu.Lock()
	defer h.mu.Unlock()
	since := now.Sub(h.last[who])
	begins := byteRange == "" || strings.HasPrefix(byteRange, "bytes=0-")
	if !download && since < listeningLasts && (!begins || since < beginsAnew) {
		return false
	}
	if len(h.last) >= maxHeard {
		clear(h.last)
	}
	h.last[who] = now
	return true
}
