package api

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
	"golang.org/x/time/rate"

	"linekeeper/internal/access"
	"linekeeper/internal/audit"
	"linekeeper/internal/flow"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/media/wav"
	"linekeeper/internal/project"
	"linekeeper/internal/tenant"
)

// How often one person may have texts spoken: an engine costs money or a processor.
const (
	previewEvery  = 2 * time.Second
	previewBurst  = 10
	maxPreviewers = 10_000
)

// previews limits by whom texts are spoken.
type previews struct {
	mu  sync.Mutex
	all map[string]*rate.Limiter
}

func newPreviews() *previews { return &previews{all: map[string]*rate.Limiter{}} }

func (p *previews) allow(v viewer) error {
	who := string(v.User) + "/" + string(v.Token)
	p.mu.Lock()
	defer p.mu.Unlock()
	l := p.all[who]
	if l == nil {
		if len(p.all) >= maxPreviewers {
			clear(p.all)
		}
		l = rate.NewLimiter(rate.Every(previewEvery), previewBurst)
		p.all[who] = l
	}
	if !l.Allow() {
		return fault.Busy.New("Too many texts to speak; try again in a moment.")
	}
	return nil
}

type promptAudioInput struct {
	ID       string `path:"id" maxLength:"64"`
	Language string `path:"language" maxLength:"8"`
	Project  string `query:"project_id" maxLength:"64" doc:"Id of the project whose voice speaks what is not recorded"`
}

type recordPromptInput struct {
	ID       string `path:"id" maxLength:"64"`
	Language string `path:"language" maxLength:"8"`
	RawBody  []byte `contentType:"audio/wav"`
}

type shippedAudioInput struct {
	Key      string `path:"key" maxLength:"64"`
	Language string `path:"language" maxLength:"8"`
}

// PromptPreview is a text to speak.
type PromptPreview struct {
	Text     string `json:"text" minLength:"1" maxLength:"4000"`
	Language string `json:"language" enum:"en,ru,th"`
	Project  string `json:"project_id,omitempty" maxLength:"64" doc:"Id of the project whose voice speaks; empty: the server's first engine"`
}

// PromptUses are the flows a prompt is used in.
type PromptUses struct {
	Flows []PromptUse `json:"flows"`
}

// PromptUse is a flow that uses a prompt.
type PromptUse struct {
	ID    string `json:"id"`
	Key   string `json:"key"`
	Name  string `json:"name"`
	Draft bool   `json:"draft" doc:"Only in its draft"`
}

// promptRoutes are those beside the usual ones of what an administrator sets up.
func (s *server) promptRoutes() []route {
	sound := answers("What callers hear: WAV, 8 kHz mono", "audio/wav")
	see, change := may(access.SeeSetup), may(access.ChangeSetup)
	return []route{
		rt(http.MethodPut, "/prompts/{id}/audio/{language}", "recordPrompt", change,
			"Make a WAV file the prompt's sound in a language", s.recordPrompt, bodyLimit(flow.MaxPromptBytes+2), takesBytes()),
		rt(http.MethodGet, "/prompts/{id}/audio/{language}", "hearPrompt", see, "Hear a prompt in exactly this language", s.hearPrompt, sound),
		rt(http.MethodGet, "/prompts/{id}/uses", "promptUses", see, "The flows that use it", s.promptUses),
		rt(http.MethodPost, "/prompts/preview", "previewPrompt", change, "Hear a text as the engine speaks it", s.previewPrompt, sound),
		rt(http.MethodGet, "/shipped-prompts/{key}/audio/{language}", "hearShipped", see, "Hear a prompt that comes along", s.hearShipped, sound),
	}
}

func (s *server) recordPrompt(ctx context.Context, in *recordPromptInput) (*oneOutput[Prompt], error) {
	if s.deps.PromptFiles == nil {
		return nil, fault.Conflict.New("Recorded prompts are not kept here.")
	}
	p, err := s.deps.PromptFiles.Record(ctx, viewerOf(ctx).author(), flow.PromptID(in.ID), in.Language, in.RawBody)
	return &oneOutput[Prompt]{s.prompts().show(p)}, s.changed("prompt", err)
}

func (s *server) hearPrompt(ctx context.Context, in *promptAudioInput) (*huma.StreamResponse, error) {
	var p flow.Prompt
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) (err error) {
		p, err = flow.GetPrompt(tx, viewerOf(ctx).Tenant, flow.PromptID(in.ID))
		return err
	})
	if err != nil {
		return nil, err
	}
	if p.Audio[in.Language] == "" { // it would be spoken
		if err := s.previews.allow(viewerOf(ctx)); err != nil {
			return nil, err
		}
	}
	return s.sound(func(l *flow.Library) (flow.Clip, error) {
		return l.For(project.ID(in.Project)).Own(ctx, p, in.Language)
	})
}

func (s *server) hearShipped(_ context.Context, in *shippedAudioInput) (*huma.StreamResponse, error) {
	return s.sound(func(l *flow.Library) (flow.Clip, error) { return l.Shipped(in.Key, in.Language) })
}

func (s *server) previewPrompt(ctx context.Context, in *createInput[PromptPreview]) (*huma.StreamResponse, error) {
	if err := s.previews.allow(viewerOf(ctx)); err != nil {
		return nil, err
	}
	return s.sound(func(l *flow.Library) (flow.Clip, error) {
		return l.For(project.ID(in.Body.Project)).Text(ctx, in.Body.Text, in.Body.Language)
	})
}

// sound answers with a clip as a WAV file.
func (s *server) sound(find func(*flow.Library) (flow.Clip, error)) (*huma.StreamResponse, error) {
	if s.deps.Library == nil {
		return nil, fault.NotFound.New("There is no sound here.")
	}
	clip, err := find(s.deps.Library)
	if errors.Is(err, flow.ErrNoSound) {
		return nil, fault.NotFound.Wrap(err, "There is no sound: neither audio, nor a text and an engine that speaks it.")
	}
	if err != nil {
		s.log.Warn("a prompt does not sound", "error", err)
		return nil, fault.Conflict.Wrap(err, "This does not sound: %v.", err)
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		r, w := humago.Unwrap(hctx)
		w.Header().Set("Content-Type", "audio/wav")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(wavOf(clip.PCM)))
	}}, nil
}

func wavOf(pcm []int16) []byte {
	file := make([]byte, wav.HeaderSize, wav.HeaderSize+2*len(pcm))
	wav.PutHeader(file, wav.Format{Encoding: wav.Linear, Channels: 1, Rate: flow.SampleRate, Bits: 16}, int64(2*len(pcm)))
	for _, v := range pcm {
		file = binary.LittleEndian.AppendUint16(file, uint16(v))
	}
	return file
}

func (s *server) promptUses(ctx context.Context, in *idInput) (*oneOutput[PromptUses], error) {
	out := PromptUses{Flows: []PromptUse{}}
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) error {
		t := viewerOf(ctx).Tenant
		p, err := flow.GetPrompt(tx, t, flow.PromptID(in.ID))
		if err != nil {
			return err
		}
		all, err := flow.PromptUses(tx, t, p.Key)
		for _, u := range all {
			out.Flows = append(out.Flows, PromptUse{ID: string(u.Flow), Key: u.Key, Name: u.Name, Draft: u.Draft})
		}
		return err
	})
	return &oneOutput[PromptUses]{out}, err
}

// changePrompt and deletePrompt give up the files the prompt named.
func (s *server) changePrompt(tx *db.Tx, by audit.Author, p flow.Prompt) (flow.Prompt, error) {
	s.loosen(tx, by, p.ID)
	return flow.ChangePrompt(tx, by, p)
}

func (s *server) deletePrompt(tx *db.Tx, by audit.Author, id flow.PromptID) error {
	s.loosen(tx, by, id)
	return flow.DeletePrompt(tx, by, id)
}

func (s *server) loosen(tx *db.Tx, by audit.Author, id flow.PromptID) {
	if s.deps.PromptFiles == nil {
		return
	}
	if p, err := flow.GetPrompt(tx, tenant.ID(by.Tenant), id); err == nil { // else the change fails too
		s.deps.PromptFiles.Loosen(p)
	}
}

// tidyPrompts removes what was given up. A file that stays does no harm, so a failure is only logged.
func (s *server) tidyPrompts() {
	if s.deps.PromptFiles == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	if err := s.deps.PromptFiles.Tidy(ctx); err != nil {
		s.log.Error("files of prompts were not removed", slog.Any("error", err))
	}
}
