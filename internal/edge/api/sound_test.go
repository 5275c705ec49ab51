package api

import (
	"bytes"
	"testing"

	"linekeeper/internal/kit/db/dbtest"
	"linekeeper/internal/media/wav"
)

func TestPromptSound(t *testing.T) {
	t.Parallel()
	w := newWorld(t, dbtest.SQLite(t))
	rec := w.must(200, nil, "agent", "GET", "/api/v1/prompts/greeting/sound?language=th", "")
	file, err := wav.NewReader(bytes.NewReader(rec.Body.Bytes()), int64(rec.Body.Len()))
	if err != nil || file.Frames != 800 || file.Format.Rate != 8000 || rec.Header().Get("Content-Type") != "audio/wav" {
		t.Errorf("got %+v, %v, %q", file, err, rec.Header().Get("Content-Type"))
	}
	w.refused(404, "agent", "GET", "/api/v1/prompts/nothing/sound", "")
}
