// Command makeprompts makes the shipped prompts (internal/flow/prompts) and the demo customers'
// sentences (internal/demo/carrier/voices) with espeak-ng, and the music with a little arithmetic.
// It is run from the root of the repository, by hand, when a text changes:
//
//	go run ./tools/makeprompts
package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"linekeeper/internal/flow"
	"linekeeper/internal/media/g711"
	"linekeeper/internal/media/wav"
)

const (
	promptDir = "internal/flow/prompts"
	voiceDir  = "internal/demo/carrier/voices"
)

func main() {
	log.SetFlags(0)
	if err := makeAll(); err != nil {
		log.Fatal(err)
	}
}

func makeAll() error {
	total := 0
	save := func(dir, name string, pcm []int16) error {
		file := encode(pcm)
		total += len(file)
		return os.WriteFile(filepath.Join(dir, name+".wav"), file, 0o644)
	}
	for _, s := range prompts() {
		pcm, err := speak(s.voice(promptVoices), s.text)
		if err != nil {
			return fmt.Errorf("%s in %s: %w", s.name, s.language, err)
		}
		if err := save(promptDir, s.name+"."+s.language, pcm); err != nil {
			return err
		}
	}
	for i, s := range customers() {
		pcm, err := speak(s.voice(customerVoices(i)), s.text)
		if err != nil {
			return fmt.Errorf("%s in %s: %w", s.name, s.language, err)
		}
		if err := save(voiceDir, s.language+"-"+s.name, pcm); err != nil {
			return err
		}
	}
	if err := save(promptDir, "music", music()); err != nil {
		return err
	}
	log.Printf("%d bytes", total)
	return nil
}

// sentence is one file to be made.
type sentence struct {
	name, language, text string
}

func (s sentence) voice(voices map[string]string) string { return voices[s.language] }

// speak has espeak-ng say it and brings it to 8 kHz: silence at both ends cut, level set.
func speak(voice, text string) ([]int16, error) {
	if strings.HasPrefix(voice, "th") {
		phonemes, err := thai(text)
		if err != nil {
			return nil, err
		}
		text = phonemes
	}
	cmd := exec.Command("espeak-ng", "-v", voice, "-s", "145", "-b", "1", "--stdin", "--stdout")
	cmd.Stdin = strings.NewReader(text)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("espeak-ng: %w", err)
	}
	pcm, err := flow.DecodeWAV(out)
	if err != nil {
		return nil, err
	}
	return level(trim(pcm)), nil
}

// trim leaves 40 ms before the first sound and 120 ms after the last.
func trim(pcm []int16) []int16 {
	const quiet, before, after = 200, 320, 960
	first, last := 0, len(pcm)-1
	for first < len(pcm) && pcm[first] < quiet && pcm[first] > -quiet {
		first++
	}
	for last > first && pcm[last] < quiet && pcm[last] > -quiet {
		last--
	}
	return pcm[max(0, first-before):min(len(pcm), last+after)]
}

// level brings the loudest sample to -6 dB of full scale, as telephone prompts usually are.
func level(pcm []int16) []int16 {
	loudest := 1
	for _, v := range pcm {
		loudest = max(loudest, int(v), -int(v))
	}
	for i, v := range pcm {
		pcm[i] = int16(int(v) * 16384 / loudest)
	}
	return pcm
}

// encode makes a mu-law WAV file, half the size of a linear one.
func encode(pcm []int16) []byte {
	file := make([]byte, wav.HeaderSize+len(pcm), wav.HeaderSize+len(pcm)+1)
	wav.PutHeader(file, wav.Format{Encoding: wav.Mulaw, Channels: 1, Rate: flow.SampleRate, Bits: 8}, int64(len(pcm)))
	for i, v := range pcm {
		file[wav.HeaderSize+i] = g711.EncodeMulaw(v)
	}
	if len(pcm)%2 == 1 {
		file = append(file, 0) // chunks are padded to an even length
	}
	return file
}
