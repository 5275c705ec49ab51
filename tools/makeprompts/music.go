package main

import (
	"math"

	"linekeeper/internal/flow"
)

// music is 48 s of quiet chords with a bell-like tune over them, written for this purpose: twelve
// bars of 4 s, the unit flow resumes music at. The end leads back to the beginning.
func music() []int16 {
	const (
		rate = flow.SampleRate
		bar  = 4 * rate
		beat = bar / 4
	)
	// Chords by MIDI note number (60 is the middle C): C, Am, F, G with their sevenths.
	chords := [][]int{
		{48, 55, 59, 64}, {45, 52, 55, 60}, {41, 48, 57, 64}, {43, 50, 57, 59},
		{48, 55, 59, 64}, {40, 47, 55, 62}, {41, 48, 57, 60}, {43, 50, 53, 59},
		{45, 52, 55, 60}, {50, 57, 60, 65}, {43, 50, 57, 59}, {48, 55, 59, 64},
	}
	// One number a beat; 0 is a rest.
	tune := []int{
		76, 0, 79, 74, 72, 0, 76, 0, 81, 79, 76, 0, 74, 71, 74, 0,
		76, 0, 79, 83, 79, 0, 74, 0, 76, 72, 69, 0, 71, 0, 74, 77,
		76, 72, 0, 69, 77, 76, 74, 0, 74, 71, 69, 71, 72, 0, 0, 0,
	}
	sum := make([]float64, len(chords)*bar)
	for i, chord := range chords {
		for _, note := range chord {
			pad(sum, i*bar, bar, pitch(note))
		}
	}
	for i, note := range tune {
		if note != 0 {
			bell(sum, i*beat, 3*beat, pitch(note))
		}
	}
	loudest := 0.0
	for _, v := range sum {
		loudest = max(loudest, math.Abs(v))
	}
	pcm := make([]int16, len(sum))
	for i, v := range sum {
		pcm[i] = int16(8000 * v / loudest) // quieter than the prompts
	}
	return pcm
}

func pitch(note int) float64 { return 440 * math.Pow(2, float64(note-69)/12) }

// pad is a soft held tone that swells and fades; it goes round the end of the piece.
func pad(sum []float64, from, length int, hz float64) {
	const fade = flow.SampleRate / 2
	for i := range length + fade {
		gain := min(1, float64(i)/fade, float64(length+fade-i)/fade)
		t := float64(i) / flow.SampleRate
		v := math.Sin(2*math.Pi*hz*t) + 0.3*math.Sin(2*math.Pi*2*hz*t) + 0.1*math.Sin(2*math.Pi*3*hz*t)
		sum[(from+i)%len(sum)] += 0.16 * gain * v
	}
}

// bell is a struck tone that dies away.
func bell(sum []float64, from, length int, hz float64) {
	for i := range length {
		t := float64(i) / flow.SampleRate
		gain := min(1, t/0.005) * math.Exp(-2.2*t) * min(1, float64(length-i)/800)
		v := math.Sin(2*math.Pi*hz*t) + 0.25*math.Exp(-3*t)*math.Sin(2*math.Pi*2.76*hz*t)
		sum[(from+i)%len(sum)] += 0.5 * gain * v
	}
}
