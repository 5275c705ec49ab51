package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/opusfile"
	"linekeeper/internal/media/wav"
	"linekeeper/test/rig"
)

// converting turns a conversation of the shipped prompts into Opus, in this process and without rests.
func converting(_ context.Context, b *bench) ([]figure, error) {
	long := pick(b, 10*time.Minute, time.Minute)
	content, err := conversation(long)
	if err != nil {
		return nil, err
	}
	src, err := wav.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	began := processorTime()
	outline, err := opusfile.Convert(&out, src, 1, nil, nil)
	if err != nil {
		return nil, err
	}
	encoded := processorTime()
	if err := opusfile.Verify(bytes.NewReader(out.Bytes()), outline, nil); err != nil {
		return nil, err
	}
	verified := processorTime()
	hours := long.Hours()
	how := fmt.Sprintf("%v of prompts on both sides in turn, G.711 to Ogg Opus at %d kbit/s", long, opusfile.Bitrate/1000)
	return []figure{
		{"recording converted to Opus", fmt.Sprintf("%.1f", (encoded-began).Seconds()/hours), "CPU-s per hour of a call", how},
		{"recording converted, verified by decoding", fmt.Sprintf("%.1f", (verified-encoded).Seconds()/hours), "CPU-s per hour of a call", how},
		{"size of a recording as WAV and as Opus", fmt.Sprintf("%.1f : %.1f", float64(len(content))/hours/1e6, float64(out.Len())/hours/1e6), "MB per hour", how},
	}, nil
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// conversation is a stereo file in which the sides speak in turn.
func conversation(long time.Duration) ([]byte, error) {
	names, err := filepath.Glob(filepath.Join(rig.Root(), "internal", "flow", "prompts", "*.wav"))
	if err != nil || len(names) == 0 {
		return nil, errors.Join(errors.New("the shipped prompts are not there"), err)
	}
	frames := int(long.Seconds() * 8000)
	b := make([]byte, wav.HeaderSize, wav.HeaderSize+2*frames)
	wav.PutHeader(b, wav.Format{Encoding: wav.Alaw, Channels: 2, Rate: 8000, Bits: 8}, int64(2*frames))
	for turn := 0; len(b) < cap(b); turn++ {
		file, err := os.ReadFile(names[turn%len(names)])
		if err != nil {
			return nil, err
		}
		r, err := wav.NewReader(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			return nil, err
		}
		pcm := make([]int16, r.Frames)
		if _, err := r.Samples(0, 0, pcm); err != nil {
			return nil, err
		}
		for i := 0; i < len(pcm) && len(b) < cap(b); i++ {
			both := [2]int16{}
			both[turn%2] = pcm[i]
			b = append(b, g711.EncodeAlaw(both[0]), g711.EncodeAlaw(both[1]))
		}
	}
	return b, nil
}
