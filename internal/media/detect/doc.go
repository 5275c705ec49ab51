// Package detect finds things in telephone sound: keys sent as tones (ITU-T Q.24), fax machines (T.30),
// the beep of an answering machine, voices and their levels, and nothing at all.
//
// Everything here is a pure function of the samples it was given: linear, 16 bit, 8 kHz, in frames of
// any length up to 160 samples (20 ms). The zero value of each detector is ready. Nothing is allocated
// per frame, and a detector belongs to one stream and to one goroutine at a time. Levels are in dBFS:
// decibels below the loudest sine, which is +3.14 dBm0.
package detect
