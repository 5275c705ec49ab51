// Package tone makes sine tones and telephone keys as linear samples and measures tones in sound. It
// is for keys sent as sound, for the demo's voices and for tests that listen.
package tone
