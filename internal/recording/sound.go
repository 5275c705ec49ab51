package recording

import (
	"bufio"
	"io"
	"time"

	"linekeeper/internal/media/ogg"
	"linekeeper/internal/media/opusfile"
	"linekeeper/internal/media/wav"
	"linekeeper/internal/project"
)

// Peaks is a recording's waveform: the largest sample of equal stretches, from 0 to 1.
type Peaks struct {
	Long        time.Duration
	Left, Right []float32 // the customer, the agent
}

// Peaks draws the waveform with so many stretches. A WAV file is read to its end for it; an Opus file has
// the peaks in its head, and is not decoded.
func (f *File) Peaks(points int) (Peaks, error) {
	if f.Format == project.Opus {
		p, err := opusfile.ReadPeaks(f.reader())
		if err != nil {
			return Peaks{}, err
		}
		left, right := p.Points(points)
		return Peaks{p.Duration(), left, right}, nil
	}
	sound, err := wav.NewReader(f, f.Size)
	if err != nil {
		return Peaks{}, err
	}
	both, err := wav.Peaks(sound, points)
	if err != nil {
		return Peaks{}, err
	}
	return Peaks{sound.Duration(), both[0], both[len(both)-1]}, nil
}

// Customer gives all of what the customer says, in samples of 16 bits at rate Hz.
func (f *File) Customer() (pcm []int16, rate int, err error) {
	if f.Format == project.Opus {
		return opusfile.Left(f.reader())
	}
	sound, err := wav.NewReader(f, f.Size)
	if err != nil {
		return nil, 0, err
	}
	pcm = make([]int16, sound.Frames)
	n, err := sound.Samples(0, 0, pcm)
	return pcm[:n], sound.Format.Rate, err
}

// Check says whether the file is one of sound, by its head.
func (f *File) Check() error {
	if f.Format == project.Opus {
		_, err := ogg.NewReader(f.reader())
		return err
	}
	_, err := wav.NewReader(f, f.Size)
	return err
}

func (f *File) reader() io.Reader {
	return bufio.NewReaderSize(io.NewSectionReader(f, 0, f.Size), 16<<10)
}

// ContentType is the file's type for browsers.
func (f *File) ContentType() string {
	if f.Format == project.Opus {
		return "audio/ogg"
	}
	return "audio/wav"
}

// Ending is the end of the file's name, with its dot.
func (f *File) Ending() string { return "." + string(f.Format) }
