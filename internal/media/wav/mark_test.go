package wav_test

import (
	"bytes"
	"slices"
	"testing"

	"linekeeper/internal/media/wav"
)

func TestMarksAreRead(t *testing.T) {
	t.Parallel()
	want := []wav.Mark{{From: 0, Length: 10, Text: "card"}, {From: 4000, Length: 1000, Text: "odd"}, {From: 7999, Length: 1}}
	b := stereo()
	tail := wav.AppendMarks(nil, want)
	wav.AddTail(b, len(tail))
	b = append(b, tail...)
	r, err := wav.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil || !r.Complete || r.Frames != 8000 {
		t.Fatalf("got %+v, error %v", r, err)
	}
	if got, err := r.Marks(); err != nil || !slices.Equal(got, want) {
		t.Errorf("got %+v, error %v, want %+v", got, err, want)
	}
	if wav.AppendMarks(nil, nil) != nil {
		t.Error("no marks: want nothing")
	}
}

func FuzzParseMarks(f *testing.F) {
	f.Add(wav.AppendMarks(nil, []wav.Mark{{From: 1, Length: 2, Text: "card"}, {From: 9, Length: 1, Text: "x"}}))
	f.Add([]byte("cue \xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, b []byte) {
		marks, err := wav.ParseMarks(b)
		if err != nil {
			return
		}
		again, err := wav.ParseMarks(wav.AppendMarks(nil, marks))
		if err != nil || !slices.Equal(again, marks) {
			t.Errorf("%+v became %+v, error %v", marks, again, err)
		}
	})
}
