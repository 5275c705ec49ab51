package carrier

import (
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"sort"
	"strings"
	"time"
)

// voices are sentences of callers: WAV files named by language, such as en-1.wav. voices/README.md
// tells how they were made.
//
//go:embed voices
var voices embed.FS

// Tone is a sine of that frequency in Hz; level is its peak from 0 to 1.
func Tone(frequency, level float64, d time.Duration) []int16 {
	s := make([]int16, d*sampleRate/time.Second)
	for i := range s {
		s[i] = int16(level * 32767 * math.Sin(2*math.Pi*frequency*float64(i)/sampleRate))
	}
	return s
}

// Sentences are the recorded sentences of a language, in the order of their names; where there is
// none, a few tones stand for speech.
func Sentences(language string) ([][]int16, error) {
	names, err := fs.Glob(voices, "voices/*.wav")
	if err != nil {
		return nil, err
	}
	sort.Strings(names)
	var all [][]int16
	for _, name := range names {
		if !strings.HasPrefix(path.Base(name), language) {
			continue
		}
		b, err := voices.ReadFile(name)
		if err != nil {
			return nil, err
		}
		s, err := readWAV(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		all = append(all, Tone(330, 0.2, 800*time.Millisecond), Tone(440, 0.2, 1200*time.Millisecond))
	}
	return all, nil
}

// Sentence is one that callers say.
type Sentence struct {
	Text string
	PCM  []int16 // at 8 kHz
}

// Said are the sentences of a language with their texts, which voices/README.md has.
func Said(language string) ([]Sentence, error) {
	list, err := voices.ReadFile("voices/README.md")
	if err != nil {
		return nil, err
	}
	var all []Sentence
	for row := range strings.Lines(string(list)) {
		cells := strings.Split(row, "|")
		if len(cells) != 4 || !strings.HasPrefix(strings.TrimSpace(cells[1]), language+"-") {
			continue
		}
		name := strings.TrimSpace(cells[1]) + ".wav"
		b, err := voices.ReadFile("voices/" + name)
		if err != nil {
			return nil, err
		}
		pcm, err := readWAV(b)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, Sentence{strings.TrimSpace(cells[2]), pcm})
	}
	return all, nil
}

// readWAV decodes one channel at 8 kHz, or at 16 kHz by taking the mean of each two samples.
func readWAV(b []byte) ([]int16, error) {
	le := binary.LittleEndian
	if len(b) < 12 || string(b[:4]) != "RIFF" || string(b[8:12]) != "WAVE" {
		return nil, errors.New("no WAV file")
	}
	var encoding, bits, rate int
	for at := 12; at+8 <= len(b); {
		name, size := string(b[at:at+4]), int(le.Uint32(b[at+4:]))
		at += 8
		data := b[at:min(at+size, len(b))]
		switch name {
		case "fmt ":
			if len(data) < 16 || le.Uint16(data[2:]) != 1 {
				return nil, errors.New("not one channel")
			}
			encoding, rate, bits = int(le.Uint16(data)), int(le.Uint32(data[4:])), int(le.Uint16(data[14:]))
		case "data":
			var s []int16
			switch {
			case encoding == 1 && bits == 16:
				for i := 0; i+1 < len(data); i += 2 {
					s = append(s, int16(le.Uint16(data[i:])))
				}
			case encoding == 6 || encoding == 7:
				codec := PCMU
				if encoding == 6 {
					codec = PCMA
				}
				for _, v := range data {
					s = append(s, codec.Decode(v))
				}
			default:
				return nil, fmt.Errorf("encoding %d with %d bits", encoding, bits)
			}
			switch rate {
			case sampleRate:
				return s, nil
			case 2 * sampleRate:
				half := make([]int16, len(s)/2)
				for i := range half {
					half[i] = int16((int(s[2*i]) + int(s[2*i+1])) / 2)
				}
				return half, nil
			}
			return nil, fmt.Errorf("%d Hz", rate)
		}
		at += size + size&1
	}
	return nil, errors.New("no data")
}
