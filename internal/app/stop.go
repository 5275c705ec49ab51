package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
)

const (
	// stopLook is how often it is looked whether the server has ended.
	stopLook = 50 * time.Millisecond
	// stopTell is how often somebody who waits is told so.
	stopTell = 5 * time.Second
)

func stopCommand() *cobra.Command {
	var cfg Config
	var how stopping
	cmd := &cobra.Command{
		Use: "stop", Short: "Stop the server that uses a data folder", Args: cobra.NoArgs,
		Long: "Stop the server that uses a data folder, and wait until it is gone. Running calls finish first (no new ones are taken), or, with --keep-calls, " +
			"are left to the next process, which goes on with them if it starts within restore-limit.",
	}
	load := withConfig(cmd, &cfg)
	cmd.Flags().BoolVar(&how.keep, "keep-calls", false, "Leave running calls to the next process: callers hear nothing until it is up.")
	cmd.Flags().DurationVar(&how.wait, "wait", 0, "How long to wait until the server is gone. 0: as long as it takes.")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := load(); err != nil {
			return err
		}
		how.folder, how.limit = cfg.Data, cfg.RestoreLimit
		return how.run(cmd.Context(), cmd.ErrOrStderr())
	}
	return cmd
}

// stopping is what a stop command is to do.
type stopping struct {
	folder string
	keep   bool
	wait   time.Duration
	limit  time.Duration // within which the next process goes on with calls
}

// errNoServer is what a stop command ends with that finds nothing to stop.
var errNoServer = errors.New("no server runs on this data folder")

func (s stopping) run(ctx context.Context, out io.Writer) error {
	pid, err := serving(s.folder)
	if err != nil {
		return fmt.Errorf("looking for the server of %s: %w", s.folder, err)
	}
	if pid == 0 {
		return fmt.Errorf("%w: %s (name another one with --data)", errNoServer, s.folder)
	}
	if err := askToStop(pid, s.keep); err != nil {
		return fmt.Errorf("stopping process %d: %w", pid, err)
	}
	doing := "its calls finish first; stop --keep-calls leaves them to the next process instead"
	if s.keep {
		doing = "its calls are left to the next process"
	}
	fmt.Fprintf(out, "Stopping process %d: %s.\n", pid, doing)
	began := time.Now()
	told := began
	look := time.NewTicker(stopLook)
	defer look.Stop()
	for {
		now, err := serving(s.folder)
		took := time.Since(began)
		switch {
		case err == nil && now == 0:
			fmt.Fprintf(out, "Process %d is gone after %.1f s.\n", pid, took.Seconds())
			if s.keep {
				fmt.Fprintf(out, "Start the next one within %s; callers wait in silence until then.\n", s.limit)
			}
			return nil
		case err == nil && now != pid: // something has started the next one at once
			fmt.Fprintf(out, "Process %d is gone after %.1f s, and process %d runs already.\n", pid, took.Seconds(), now)
			return nil
		case s.wait > 0 && took >= s.wait:
			return fmt.Errorf("process %d still runs after %s; it has been asked and goes on ending", pid, s.wait)
		case time.Since(told) >= stopTell:
			told = time.Now()
			fmt.Fprintf(out, "Process %d still runs after %.0f s.\n", pid, took.Seconds())
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
