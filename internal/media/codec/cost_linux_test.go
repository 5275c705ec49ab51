package codec_test

import (
	"syscall"
	"testing"
	"time"

	"linekeeper/internal/media/codec"
)

// BenchmarkTranscode measures processor time, not time by the clock, so that its figures hold on a busy
// machine: one direction of a call, in CPU-seconds per 1000 seconds of it.
func BenchmarkTranscode(b *testing.B) {
	for _, from := range names {
		for _, to := range names {
			if from == to || codec.Rate(from)+codec.Rate(to) == 16000 {
				continue // passed on, or by table
			}
			b.Run(from+" to "+to, func(b *testing.B) {
				rate := min(codec.Rate(from), codec.Rate(to))
				source, err := codec.NewEncoderAt(from, rate)
				if err != nil {
					b.Fatal(err)
				}
				d, _ := codec.NewDecoderAt(from, rate)
				e, _ := codec.NewEncoderAt(to, rate)
				in := resampled(b, 16000, rate, samples(b, "g722_in.s16"))
				payload, pcm := make([]byte, codec.MaxPayload), make([]int16, codec.MaxSamples)
				var packets [][]byte
				for frame := rate / 50; len(in) >= frame; in = in[frame:] {
					n, _ := source.Encode(in[:frame], payload)
					packets = append(packets, append([]byte(nil), payload[:n]...))
				}
				began := processorTime()
				for i := range b.N {
					n, _ := d.Decode(packets[i%len(packets)], pcm)
					_, _ = e.Encode(pcm[:n], payload)
				}
				frames := float64(b.N) * float64(codec.FrameTime) / float64(1000*time.Second)
				b.ReportMetric((processorTime()-began).Seconds()/frames, "CPU-s/1000s")
			})
		}
	}
}

func processorTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
