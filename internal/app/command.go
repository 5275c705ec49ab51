package app

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"linekeeper/internal/center"
	"linekeeper/internal/kit/db"
	"linekeeper/web"
)

// Command is the command line.
func Command(version string) *cobra.Command {
	root := &cobra.Command{
		Use: "linekeeper", Short: "A contact center in one program",
		SilenceUsage: true, SilenceErrors: true,
	}
	root.AddCommand(serveCommand(version), stopCommand(), demoCommand(version), applyCommand(), exportCommand(), doctorCommand(version), keysCommand(), recordingsCommand(), flowCommand(), driveCommand(), simulateCommand(),
		&cobra.Command{
			Use: "version", Short: "Print the version", Args: cobra.NoArgs,
			Run: func(cmd *cobra.Command, _ []string) { fmt.Fprintln(cmd.OutOrStdout(), versionText(version)) },
		},
		&cobra.Command{
			Use: "config", Short: "Print a commented sample of the configuration file", Args: cobra.NoArgs,
			Run: func(cmd *cobra.Command, _ []string) { fmt.Fprint(cmd.OutOrStdout(), Sample()) },
		})
	return root
}

func versionText(version string) string {
	text := "linekeeper " + version + " " + runtime.Version() + " " + runtime.GOOS + "/" + runtime.GOARCH
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				text += " " + s.Value
			}
		}
	}
	return text
}

// withConfig gives a command the options of Config and a file for them.
func withConfig(cmd *cobra.Command, cfg *Config) (load func() error) {
	*cfg = Defaults()
	cfg.Register(cmd.Flags())
	file := cmd.Flags().String("config", "", "Configuration file; linekeeper config prints a sample.")
	return func() error {
		text, err := ReadFile(*file)
		if err != nil {
			return fmt.Errorf("reading the configuration: %w", err)
		}
		return cfg.Load(func(flag string) bool { return cmd.Flags().Changed(flag) }, *file, text, os.LookupEnv)
	}
}

func serveCommand(version string) *cobra.Command {
	var cfg Config
	cmd := &cobra.Command{Use: "serve", Short: "Run the center", Args: cobra.NoArgs}
	load := withConfig(cmd, &cfg)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := load(); err != nil {
			return err
		}
		log := newLog(os.Stderr, cfg.Log)
		opt := Options{Config: cfg, Version: version, Client: web.Handler(web.Files()), Log: log}
		if cfg.Apply != "" {
			file, err := center.Load(cfg.Apply)
			if err != nil {
				return err
			}
			opt.Before = func(ctx context.Context, d *db.DB) error { return ApplyFile(ctx, cfg, d, file) }
		}
		return serve(cmd.Context(), opt, func(r Ready) error {
			if r.Setup != "" {
				fmt.Fprintln(os.Stderr, "Create the first administrator here (the link works once):", r.Setup)
			}
			return json.NewEncoder(cmd.OutOrStdout()).Encode(r)
		}, nil)
	}
	return cmd
}

// serve runs the product until a signal. The first drains, the second ends at once. Beside runs
// next to it, for the demo, until the end.
func serve(ctx context.Context, opt Options, ready func(Ready) error, beside func(context.Context, *App)) error {
	a, err := New(ctx, opt)
	if err != nil {
		return err
	}
	defer a.Close()
	// Before the ready line: who reads it may stop us at once.
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	leave := make(chan os.Signal, 4)
	notifyLeave(leave)
	defer signal.Stop(leave)
	failed := make(chan error, 4)
	if err := ready(a.Start(func(err error) { failed <- err })); err != nil {
		return err
	}
	besideCtx, stopBeside := context.WithCancel(ctx)
	defer stopBeside()
	besideDone := make(chan struct{})
	go func() {
		defer close(besideDone)
		if beside != nil {
			beside(besideCtx, a)
		}
	}()
	defer func() { stopBeside(); <-besideDone }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
		return nil
	case <-leave:
		leaveCalls(a)
		return nil
	case <-signals:
	}
	idle := a.Drain()
	if n := a.Running(); n > 0 {
		fmt.Fprintf(os.Stderr, "No new calls. Waiting for %d running; press Ctrl-C again to end them now.\n", n)
	}
	late := time.NewTimer(opt.Config.DrainTimeout)
	defer late.Stop()
	select {
	case <-idle:
	case <-signals:
		fmt.Fprintln(os.Stderr, "Ending now.")
	case <-leave:
		leaveCalls(a)
	case <-late.C:
		fmt.Fprintln(os.Stderr, "Waited long enough; ending what is left.")
	case err := <-failed:
		return err
	}
	return nil
}

// leaveCalls ends the process's part of the calls; the next process goes on with them.
func leaveCalls(a *App) {
	if n := a.Running(); n > 0 {
		fmt.Fprintf(os.Stderr, "Leaving %d running to the next process; start it within %s.\n", n, a.cfg.RestoreLimit)
	}
	a.Leave()
}

func newLog(w io.Writer, level string) *slog.Logger {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		l = slog.LevelInfo
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: l}))
}
