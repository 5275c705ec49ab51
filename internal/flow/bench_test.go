package flow

import "testing"

func BenchmarkCompile(b *testing.B) {
	text := SampleMain()
	for b.Loop() {
		if _, err := Compile(text); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkResample brings a minute of 48 kHz down.
func BenchmarkResample(b *testing.B) {
	samples := make([]int16, 60*48000)
	for b.Loop() {
		Resample(samples, 48000)
	}
}
