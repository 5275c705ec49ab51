package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"linekeeper/internal/edge/api"
	"linekeeper/internal/interaction"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/seal"
	"linekeeper/internal/recording"
	"linekeeper/internal/transcript"
)

// keyRing is the recordings' keys, opened when they are first needed.
type keyRing struct {
	mu   sync.Mutex
	ring *seal.Ring
}

// keyFile is where the recordings' keys are: never in the data folder, so that a copy of that alone is
// noise.
func (c Config) keyFile() string {
	if c.RecordingKeys != "" {
		return c.RecordingKeys
	}
	return filepath.Join(filepath.Clean(c.Data)+"-keys", "recordings.txt")
}

// recordingKeys gives the keys; at the very first time it makes them. Where sealed recordings are known
// and the file is gone it does not: the file is to be brought back.
func (a *App) recordingKeys() (*seal.Ring, error) {
	a.keys.mu.Lock()
	defer a.keys.mu.Unlock()
	if a.keys.ring != nil {
		return a.keys.ring, nil
	}
	path := a.cfg.keyFile()
	ring, err := seal.Open(path, a.cfg.RecordingPassphrase)
	if errors.Is(err, seal.ErrNoKeys) {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		sealed, dbErr := a.recorder.AnySealed(ctx)
		if dbErr != nil {
			return nil, dbErr
		}
		if sealed {
			return nil, fmt.Errorf("%w, but there are sealed recordings: bring the file back from its copy", err)
		}
		if ring, err = seal.Create(path, a.cfg.RecordingPassphrase, time.Now()); err == nil {
			a.log.Warn("keys for recordings were made: keep a copy of the file in a safe place", "file", path)
		}
	}
	if err != nil {
		return nil, err
	}
	a.keys.ring = ring
	return ring, nil
}

// keepRecordings rotates the keys and removes the recordings whose time is over.
func (a *App) keepRecordings(ctx context.Context) {
	now := time.Now()
	if ring, err := a.recordingKeys(); err != nil {
		a.log.Error("recordings cannot be sealed", "error", err)
	} else if rotated, err := ring.RotateAfter(a.cfg.RecordingKeyAge, now); err != nil {
		a.log.Error("the key of recordings is not rotated", "error", err)
	} else if rotated {
		a.log.Info("recordings have a new key: keep a copy of the file", "file", a.cfg.keyFile())
	}
	n, err := a.recorder.Expire(ctx, now)
	if n > 0 {
		a.log.Info("recordings removed, their time is over", "count", n)
	}
	if err != nil && ctx.Err() == nil {
		a.log.Error("recordings past their time not removed", "error", err)
	}
}

func keysCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "keys", Short: "Keys recordings are sealed with", Args: cobra.NoArgs}
	var cfg Config
	list := &cobra.Command{Use: "list", Short: "List the keys, the current one last; nothing secret is shown", Args: cobra.NoArgs}
	rotate := &cobra.Command{
		Use: "rotate", Short: "Make a new key for new recordings; earlier ones stay", Args: cobra.NoArgs,
		Long: "Make a new key for new recordings, also while the server runs. Earlier keys stay in the file: they open what was sealed with them.",
	}
	for _, c := range []*cobra.Command{list, rotate} {
		load := withConfig(c, &cfg)
		turn := c == rotate
		c.RunE = func(cmd *cobra.Command, _ []string) error {
			if err := load(); err != nil {
				return err
			}
			return showKeys(cmd.OutOrStdout(), cfg, turn)
		}
	}
	cmd.AddCommand(list, rotate)
	return cmd
}

func showKeys(w io.Writer, cfg Config, rotate bool) error {
	path := cfg.keyFile()
	ring, err := seal.Open(path, cfg.RecordingPassphrase)
	if err != nil {
		return err
	}
	if rotate {
		if _, err := ring.Rotate(time.Now()); err != nil {
			return err
		}
	}
	keys, err := ring.Keys()
	if err != nil {
		return err
	}
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for i, k := range keys {
		use := ""
		if i == len(keys)-1 {
			use = "current"
		}
		fmt.Fprintf(out, "%s\t%s\t%s\n", k.ID, k.Created.Format(time.RFC3339), use)
	}
	fmt.Fprintf(out, "\nKeep a copy of %s in a safe place.\n", path)
	return out.Flush()
}

func recordingsCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "recordings", Short: "Recordings kept", Args: cobra.NoArgs}
	expire := &cobra.Command{
		Use: "expire", Short: "Remove the recordings that are past their project's days and not held", Args: cobra.NoArgs,
		Long: "Remove the recordings that are past their project's days and not held. A running server does it every hour; with --dry-run\nand --server the list is of what it takes next.",
	}
	var cfg Config
	var server remote
	load := withConfig(expire, &cfg)
	dryRun := expire.Flags().Bool("dry-run", false, "Only list them.")
	server.register(expire)
	expire.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := load(); err != nil {
			return err
		}
		switch {
		case server.url != "" && !*dryRun:
			return errors.New("a running server removes them by itself every hour; add --dry-run to see which")
		case server.url != "":
			answer, err := server.do(cmd.Context(), http.MethodGet, "/api/v1/recordings/overdue", nil)
			if err != nil {
				return err
			}
			var list api.Overdue
			if err := json.Unmarshal(answer, &list); err != nil {
				return fmt.Errorf("reading the server's answer: %w", err)
			}
			return printOverdue(cmd.OutOrStdout(), list.Items)
		}
		return onFolder(cmd.Context(), cfg, func(d *db.DB) error { return expireFolder(cmd, cfg, d, *dryRun) })
	}
	cmd.AddCommand(expire, moveCommand())
	return cmd
}

// expireFolder works on a stopped server's data.
func expireFolder(cmd *cobra.Command, cfg Config, d *db.DB, dryRun bool) error {
	ctx := cmd.Context()
	all, err := recording.Overdue(ctx, d, time.Now())
	if err != nil {
		return err
	}
	var list []api.OverdueRecording
	for _, x := range all {
		list = append(list, api.OverdueRecording{ID: x.ID, InteractionID: string(x.Interaction), ProjectID: string(x.Project),
			StartedMs: x.Started.UnixMilli(), Bytes: x.Bytes, Days: x.Days})
	}
	if err := printOverdue(cmd.OutOrStdout(), list); err != nil || dryRun {
		return err
	}
	registry := interaction.NewRegistry(d, interaction.Ports{}, newLog(os.Stderr, cfg.Log))
	defer registry.Close()
	keeping, err := cfg.keeping(recording.Config{DB: d, Folder: cfg.Data, Note: registry.Note, Removed: transcript.Drop,
		Log: newLog(os.Stderr, cfg.Log)})
	if err != nil {
		return err
	}
	e := recording.New(keeping)
	defer e.Close()
	n, err := e.Expire(ctx, time.Now())
	fmt.Fprintf(cmd.OutOrStdout(), "%d removed.\n", n)
	return err
}

func printOverdue(w io.Writer, all []api.OverdueRecording) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	sum := int64(0)
	for _, x := range all {
		sum += x.Bytes
		fmt.Fprintf(out, "%s\t%s\t%s\t%d bytes\tkept for %d days\n",
			time.UnixMilli(x.StartedMs).UTC().Format(time.RFC3339), x.InteractionID, x.ID, x.Bytes, x.Days)
	}
	fmt.Fprintf(out, "%d recordings, %d MB\n", len(all), sum>>20)
	return out.Flush()
}
