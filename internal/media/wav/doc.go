// Package wav reads and writes WAV files of telephone sound: G.711 or linear PCM, one or two
// channels. It knows nothing of calls and of files; it works on io.ReaderAt.
package wav
