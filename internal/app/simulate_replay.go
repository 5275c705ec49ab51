package app

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linekeeper/internal/kit/db"
	"linekeeper/internal/project"
	"linekeeper/internal/simulate"
	"linekeeper/internal/tenant"
)

func simulateReplayCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "replay --day DAY", Short: "Play a past day of this center again, as it is set up now and after changes", Args: cobra.NoArgs,
		Long: "Play a past day of this center again: the same customers come at the same times to the agents who were there, and are served by the decision\n" +
			"that serves real customers. Told are what really happened, what the engine makes of the present settings, and of changes. Nothing is written.\n" +
			"A data folder is read while its server is stopped; for a running one there is the screen What if.",
	}
	var cfg Config
	load := withConfig(cmd, &cfg)
	var o replaying
	cmd.Flags().StringVar(&o.day, "day", "", "The day, such as 2026-11-20, by the center's time zone.")
	cmd.Flags().StringVar(&o.project, "project", "", "Key of the project whose queues are told; empty: all. All are played: they may share agents.")
	cmd.Flags().StringArrayVar(&o.changes, "change", nil, `What is changed, such as "support agents +1 10:00-14:00"; may be given several times. docs/operating has all of them.`)
	cmd.Flags().IntVar(&o.runs, "runs", 20, "How often the day is played, each time with other chances of what is not known.")
	cmd.Flags().Uint64Var(&o.seed, "seed", 1, "Makes these chances: with the same one everything comes out the same again.")
	cmd.Flags().BoolVar(&o.json, "json", false, "Print JSON instead of tables.")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := load(); err != nil {
			return err
		}
		if err := o.check(); err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
		defer stop()
		return onFolder(ctx, cfg, func(d *db.DB) error { return o.play(ctx, cmd, d, time.Now()) })
	}
	return cmd
}

// replaying is what is asked of `simulate replay`.
type replaying struct {
	day, project string
	changes      []string
	runs         int
	seed         uint64
	json         bool

	parsed []simulate.Change
}

// maxRuns keeps a mistake from running for hours.
const maxRuns = 1000

func (o *replaying) check() error {
	switch {
	case o.day == "":
		return errors.New("name the day by --day, such as --day 2026-11-20")
	case o.runs < 1 || o.runs > maxRuns:
		return fmt.Errorf("--runs must be from 1 to %d", maxRuns)
	}
	for _, text := range o.changes {
		c, err := simulate.ParseChange(text)
		if err != nil {
			return err
		}
		o.parsed = append(o.parsed, c)
	}
	return nil
}

// replayed is what comes out.
type replayed struct {
	Day      string             `json:"day"`
	TimeZone string             `json:"time_zone"`
	Happened *simulate.Result   `json:"happened"`
	Runs     []simulate.Run     `json:"runs"` // as now, and after the changes
	Changes  []string           `json:"changes,omitempty"`
	Learned  []simulate.Learned `json:"learned"` // of the classes

	shown []bool // of the classes
	hours float64
}

func (o *replaying) play(ctx context.Context, cmd *cobra.Command, d *db.DB, now time.Time) error {
	told := replayed{Day: o.day, Changes: o.changes}
	var records simulate.Records
	var only project.Project
	err := d.Read(ctx, func(tx *db.Tx) error {
		home, err := tenant.First(tx)
		if err != nil {
			return err
		}
		told.TimeZone = home.TimeZone
		from, to, err := simulate.DayOf(o.day, home.Location(), now)
		if err != nil {
			return err
		}
		told.hours = to.Sub(from).Hours()
		if o.project != "" {
			if only, err = project.ByKey(tx, home.ID, o.project); err != nil {
				return fmt.Errorf("--project %s: %w", o.project, err)
			}
		}
		records, err = simulate.ReadDay(tx, home.ID, from, to, home.Location())
		return err
	})
	if err != nil {
		return err
	}
	past, err := simulate.Learn([]simulate.Records{records})
	if err != nil {
		return fmt.Errorf("%s: %w", o.day, err)
	}
	for i, q := range past.Queues {
		told.shown = append(told.shown, past.Learned[i].Customers > 0 && (only.ID == "" || q.ProjectID == only.ID))
	}
	told.Learned = past.Learned
	if told.Happened, err = past.Happened(); err != nil {
		return err
	}
	base, err := past.Case("as now", o.seed, nil)
	if err != nil {
		return err
	}
	cases := []simulate.Case{base}
	if len(o.parsed) > 0 {
		changed, err := past.Case("changed", o.seed, o.parsed)
		if err != nil {
			return err
		}
		cases = append(cases, changed)
	}
	if told.Runs, err = simulate.Compare(ctx, cases, o.runs, progress(cmd.ErrOrStderr())); err != nil {
		return err
	}
	if o.json {
		enc := json.NewEncoder(cmd.OutOrStdout())
		enc.SetIndent("", "  ")
		return enc.Encode(told)
	}
	told.tell(cmd.OutOrStdout())
	return nil
}

func (r replayed) tell(out io.Writer) {
	fmt.Fprintf(out, "%s, %s, %g hours; played %d times\n", r.Day, cmp.Or(r.TimeZone, "UTC"), r.hours, r.Runs[0].Days)
	for _, c := range r.Changes {
		fmt.Fprintf(out, "  change: %s\n", c)
	}
	pooled := 0
	for i, shown := range r.shown {
		if !shown {
			continue
		}
		was, l := r.Happened.Classes[i], r.Learned[i]
		fmt.Fprintf(out, "\n%s\n  %-16s %8s %8s %9s %8s %8s %7s %7s %7s %7s\n", was.Name,
			"", "offered", "answered", "abandoned", "short", "in time", "mean", "50 %", "90 %", "95 %")
		tellClass(out, "what happened", was)
		for k, run := range r.Runs {
			now := run.Result.Classes[i]
			tellClass(out, run.Rule, now)
			if k == 0 {
				fmt.Fprintf(out, "    %-14s %8.1f %8.1f %9.1f %8.1f %+6.1f %% %+6.0fs\n", "error", now.Offered-was.Offered, now.Answered-was.Answered,
					now.Abandoned-was.Abandoned, now.Short-was.Short, 100*(now.Level-was.Level), now.MeanWait-was.MeanWait)
			}
		}
		if l.Pooled {
			pooled++
		}
	}
	fmt.Fprintf(out, "\n  %-20s %10s %10s %10s %10s\n", "all queues", "in time", "mean wait", "abandoned", "occupancy")
	tellAll(out, "what happened", r.Happened)
	for _, run := range r.Runs {
		tellAll(out, run.Rule, run.Result)
	}
	if len(r.Runs) > 1 && r.Runs[1].Against != nil {
		d := r.Runs[1].Against
		fmt.Fprintf(out, "    %-18s %10s %10s %10s\n", "differs by", "", differs(d.MeanWait, 1), differs(d.Abandoned, 100))
	}
	fmt.Fprint(out, "\n", strings.Join(r.notes(pooled), "\n"), "\n")
}

func tellClass(out io.Writer, name string, c simulate.ClassResult) {
	fmt.Fprintf(out, "  %-16s %8.1f %8.1f %9.1f %8.1f %6.1f %% %6.0fs %6.0fs %6.0fs %6.0fs\n",
		name, c.Offered, c.Answered, c.Abandoned, c.Short, 100*c.Level, c.MeanWait, c.P50, c.P90, c.P95)
}

func tellAll(out io.Writer, name string, r *simulate.Result) {
	inTime, counted := 0.0, 0.0
	for _, c := range r.Classes {
		inTime, counted = inTime+c.InTarget, counted+c.Offered-c.Short
	}
	level := math.NaN()
	if counted > 0 {
		level = 100 * inTime / counted
	}
	fmt.Fprintf(out, "  %-20s %8.1f %% %9.1fs %8.2f %% %8.1f %%\n", name, level, r.MeanWait, 100*r.Abandoned, 100*r.Occupancy)
}

// notes say what the figures rest on.
func (r replayed) notes(pooled int) []string {
	gave, of := 0, 0
	for _, l := range r.Learned {
		gave, of = gave+l.GaveUp, of+l.Customers
	}
	notes := []string{
		"The error is the engine's figure less what happened: judge the changes with it in mind.",
		fmt.Sprintf("Patience: %d of %d customers gave up and keep their own. How long the others would have waited nobody knows: it is drawn from", gave, of),
		"the estimate of Kaplan and Meier over the day, given that they waited as long as they did.",
	}
	if gave == 0 {
		notes[1], notes[2] = fmt.Sprintf("Patience: none of %d customers gave up, so that here everybody waits without end.", of), "Longer waits would make some leave."
	} else if pooled > 0 {
		notes = append(notes, fmt.Sprintf("In %d queues too few gave up: there it is the estimate over all queues.", pooled))
	}
	return append(notes, "Not played: skills and agents that flows or languages ask for, last agents, caps, rings; queues and skills of agents are those of now.")
}
