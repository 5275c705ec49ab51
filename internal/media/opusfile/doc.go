// Package opusfile makes Ogg Opus files of stereo WAV files, and verifies them by decoding. The peaks of
// the waveform stand in a comment of the file, so that drawing it needs no decoder. Encoding and
// verifying need libopus (codec.OpusLibrary); reading peaks does not. Nothing here is concurrent.
package opusfile
