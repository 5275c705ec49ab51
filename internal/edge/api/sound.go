package api

import (
	"bytes"
	"context"
	"encoding/binary"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/media/wav"
)

type soundInput struct {
	Key      string `path:"key" maxLength:"64" doc:"Of the prompt"`
	Language string `query:"language" maxLength:"16" doc:"Such as en; the nearest there is is taken"`
}

// promptSound lets somebody hear a prompt before a customer does.
func (s *server) promptSound(ctx context.Context, in *soundInput) (*huma.StreamResponse, error) {
	if s.deps.Sound == nil {
		return nil, fault.NotFound.New("Prompts cannot be heard on this server.")
	}
	samples, err := s.deps.Sound(ctx, viewerOf(ctx).Tenant, in.Key, in.Language)
	if err != nil {
		return nil, fault.NotFound.Wrap(err, "The prompt %q cannot be heard: it has no sound and no engine speaks its text.", in.Key)
	}
	header := make([]byte, wav.HeaderSize)
	format := wav.Format{Encoding: wav.Linear, Rate: 8000, Channels: 1, Bits: 16}
	wav.PutHeader(header, format, int64(2*len(samples)))
	file := bytes.NewBuffer(header)
	if err := binary.Write(file, binary.LittleEndian, samples); err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		r, w := humago.Unwrap(hctx)
		streaming(w)
		w.Header().Set("Content-Type", "audio/wav")
		w.Header().Set("Cache-Control", "no-cache")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(file.Bytes()))
	}}, nil
}
