package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/blob"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/seal"
	"linekeeper/internal/recording"
)

// The places recordings are kept in.
const (
	placeFolder = "folder"
	placeS3     = "s3"
)

// recordingStore is the bucket of the settings; nil: none is set up. It does not talk to it.
func (c Config) recordingStore() (*blob.S3, error) {
	if c.S3Endpoint == "" && c.RecordingPlace != placeS3 {
		return nil, nil
	}
	s, err := blob.New(blob.Config{
		Endpoint: c.S3Endpoint, Region: c.S3Region, Bucket: c.S3Bucket, Prefix: c.S3Prefix,
		KeyID: c.S3KeyID, Secret: c.S3Secret, Address: c.S3Address,
	})
	if err != nil {
		return nil, fmt.Errorf("recording-s3-endpoint: S3 for recordings: %w", err)
	}
	return s, nil
}

// keeping completes an engine's configuration with the place of recordings.
func (c Config) keeping(e recording.Config) (recording.Config, error) {
	s, err := c.recordingStore()
	if err != nil {
		return e, err
	}
	if s != nil { // a nil *S3 is no nil Store
		e.Store = s
	}
	e.Upload, e.LocalDays = c.RecordingPlace == placeS3, c.RecordingLocalDays
	return e, nil
}

func (c Config) validateRecordings() error {
	if c.RecordingPlace != placeFolder && c.RecordingPlace != placeS3 {
		return fmt.Errorf("recording-place: %q is none of folder, s3", c.RecordingPlace)
	}
	if c.RecordingLocalDays < 0 || c.RecordingLocalDays > 100_000 {
		return fmt.Errorf("recording-local-days: %d is not a number from 0 to 100000", c.RecordingLocalDays)
	}
	_, err := c.recordingStore()
	return err
}

// examineStore puts something into the bucket, reads it and removes it.
func examineStore(ctx context.Context, cfg Config) []finding {
	s, err := cfg.recordingStore()
	switch {
	case err != nil:
		return []finding{{false, err.Error(), "Correct the settings that begin with recording-s3."}}
	case s == nil:
		return nil
	}
	began := time.Now()
	if err := s.Check(ctx); err != nil {
		return []finding{{false, fmt.Sprintf("recordings at S3 (%s): %v", s, err),
			"Check address, bucket, key and its rights (get, put and delete objects). Until it works recordings stay in the data folder."}}
	}
	return []finding{{true, fmt.Sprintf("recordings at S3 (%s): written, read in parts and removed in %d ms", s, time.Since(began).Milliseconds()), ""}}
}

func moveCommand() *cobra.Command {
	move := &cobra.Command{
		Use: "move", Short: "Move all sealed recordings between the data folder and S3, while the server is stopped", Args: cobra.NoArgs,
		Long: "Move all sealed recordings between the data folder and S3, while the server is stopped. A running server with recording-place s3\n" +
			"brings all of them to S3 by itself. May be stopped and run again.",
	}
	var cfg Config
	load := withConfig(move, &cfg)
	to := move.Flags().String("to", "", "s3 or folder.")
	move.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := load(); err != nil {
			return err
		}
		switch {
		case *to != placeS3 && *to != placeFolder:
			return errors.New("say --to s3 or --to folder")
		case *to == placeFolder && cfg.RecordingPlace == placeS3:
			return errors.New("recording-place is s3: the server would bring them back there; set it to folder first, and leave the other settings of S3")
		}
		return onFolder(cmd.Context(), cfg, func(d *db.DB) error { return moveRecordings(cmd, cfg, d, *to) })
	}
	return move
}

func moveRecordings(cmd *cobra.Command, cfg Config, d *db.DB, to string) error {
	log := newLog(os.Stderr, cfg.Log)
	registry := interaction.NewRegistry(d, interaction.Ports{}, log)
	defer registry.Close()
	c, err := cfg.keeping(recording.Config{
		DB: d, Folder: cfg.Data, Note: registry.Note, Log: log,
		Keys: func() (*seal.Ring, error) { return seal.Open(cfg.keyFile(), cfg.RecordingPassphrase) },
	})
	if err != nil {
		return err
	}
	c.LocalDays = 0
	e := recording.New(c)
	defer e.Close()
	run := e.MoveToFolder
	if to == placeS3 {
		run = e.MoveToStore
	}
	n, err := run(cmd.Context())
	fmt.Fprintf(cmd.OutOrStdout(), "%d moved.\n", n)
	return err
}
