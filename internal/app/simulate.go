package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linekeeper/internal/simulate"
)

// realRule is the name of the rule that serves real customers.
const realRule = "linekeeper"

func driveCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "drive", Short: "Let programs outside drive parts of Linekeeper in virtual time"}
	cmd.AddCommand(&cobra.Command{
		Use: "routing", Short: "Route the customers of a simulator outside, by JSON lines on standard input and output", Args: cobra.NoArgs,
		Long: "Route the customers of a simulator outside, by JSON lines on standard input and output, in virtual time: by the decision that serves real customers, with its expected waits.\n" +
			"docs/operating has the protocol. A line that is not understood is answered {} and told on standard error; the exit code is then 1.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			complain := func(line int, err error) { fmt.Fprintf(cmd.ErrOrStderr(), "line %d: %v\n", line, err) }
			bad, err := simulate.Drive(cmd.InOrStdin(), cmd.OutOrStdout(), complain, new(simulate.Router))
			if err == nil && bad > 0 {
				err = fmt.Errorf("%d lines were not understood", bad)
			}
			return err
		},
	})
	return cmd
}

func simulateCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "simulate", Short: "Try in virtual time how a center would do"}
	cmd.AddCommand(simulateRoutingCommand(), simulateReplayCommand())
	return cmd
}

func simulateRoutingCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "routing --instance FILE", Short: "Play days of a center that a file describes, and print service levels, waits and occupancy", Args: cobra.NoArgs,
		Long: "Play days of a center that a file describes (YAML or JSON; docs/operating says what is in it): customers come at random, agents serve them by the decision that serves real customers.\n" +
			"With --change or --against the same customers are served once more by other agents or by another rule, and what differs is told with its 95 % interval.",
	}
	var o simulation
	cmd.Flags().StringVar(&o.instance, "instance", "", "File that describes the center.")
	cmd.Flags().StringVar(&o.change, "change", "", "File with the center after a change, to be compared with the first.")
	cmd.Flags().StringSliceVar(&o.against, "against", nil, "Simple rules to compare with: "+strings.Join(simulate.Rivals(), ", ")+"; or all.")
	cmd.Flags().IntVar(&o.days, "days", 0, "How many days are played; 0: as the file says, else 20.")
	cmd.Flags().BoolVar(&o.agents, "agents", false, "List the occupancy of each agent; of one day (--days 1).")
	asJSON := cmd.Flags().Bool("json", false, "Print JSON instead of tables.")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		cases, err := o.cases()
		if err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt)
		defer stop()
		runs, err := simulate.Compare(ctx, cases, o.days, progress(cmd.ErrOrStderr()))
		if err != nil {
			return err
		}
		if *asJSON {
			return tellJSON(cmd.OutOrStdout(), runs)
		}
		tellRuns(cmd.OutOrStdout(), cases[0].Center, runs)
		if o.agents {
			tellAgents(cmd.OutOrStdout(), cases, runs)
		}
		return nil
	}
	return cmd
}

// simulation is what is asked of `simulate routing`.
type simulation struct {
	instance, change string
	against          []string
	days             int
	agents           bool
}

// cases checks what is asked and reads the files.
func (o simulation) cases() ([]simulate.Case, error) {
	switch {
	case o.instance == "":
		return nil, errors.New("name the file that describes the center by --instance")
	case o.days < 0:
		return nil, errors.New("--days must not be below 0")
	case o.agents && o.days != 1:
		return nil, errors.New("--agents lists the agents of one day: add --days 1")
	}
	center, err := simulate.Load(o.instance)
	if err != nil {
		return nil, err
	}
	router := func() simulate.Rule { return new(simulate.Router) }
	cases := []simulate.Case{{Name: realRule, Center: &center, Rule: router}}
	if o.change != "" {
		after, err := simulate.Load(o.change)
		if err != nil {
			return nil, err
		}
		cases[0].Name = filepath.Base(o.instance)
		cases = append(cases, simulate.Case{Name: filepath.Base(o.change), Center: &after, Rule: router})
	}
	if slices.Contains(o.against, "all") {
		o.against = simulate.Rivals()
	}
	for _, name := range o.against {
		if simulate.Rival(name) == nil {
			return nil, fmt.Errorf("--against %s: there is no such rule; there are %s", name, strings.Join(simulate.Rivals(), ", "))
		}
		cases = append(cases, simulate.Case{Name: name, Center: &center, Rule: func() simulate.Rule { return simulate.Rival(name) }})
	}
	return cases, nil
}

// progress tells of long runs how far they are, every other second.
func progress(out io.Writer) func(done, of int) {
	last := time.Now()
	return func(done, of int) {
		if now := time.Now(); now.Sub(last) >= 2*time.Second && done < of {
			last = now
			fmt.Fprintf(out, "%d of %d days\n", done, of)
		}
	}
}

func tellJSON(out io.Writer, runs []simulate.Run) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	return enc.Encode(struct {
		Runs []simulate.Run `json:"runs"`
	}{runs})
}

func tellRuns(out io.Writer, c *simulate.Center, runs []simulate.Run) {
	fmt.Fprintf(out, "%s, %s to %s, %d days\n", c.Name, c.Opens, c.Closes, runs[0].Days)
	for _, r := range runs {
		fmt.Fprintf(out, "\n%s\n", r.Rule)
		fmt.Fprintf(out, "  %-16s %9s %9s %9s %9s %7s %7s %7s %7s %7s\n", "class", "offered", "answered", "abandoned", "in time", "mean", "50 %", "90 %", "95 %", "99 %")
		for _, k := range r.Result.Classes {
			fmt.Fprintf(out, "  %-16s %9.1f %9.1f %9.1f %7.1f %% %6.0fs %6.0fs %6.0fs %6.0fs %6.0fs\n",
				k.Name, k.Offered, k.Answered, k.Abandoned, 100*k.Level, k.MeanWait, k.P50, k.P90, k.P95, k.P99)
		}
		if w := r.Result.Waits; w.Of > 0 {
			fmt.Fprintf(out, "  expected waits: off by %.1f s in the mean (bias %+.1f s, RRSE %.2f) over %d who were answered after %.0f s", w.MAE, w.Bias, w.RRSE, w.Of, w.Mean)
			simple := r.Result.Simple
			fmt.Fprintf(out, "; head of line %.1f s, last served %.1f s, queue length %.1f s\n", simple["head_of_line"].MAE, simple["last_served"].MAE, simple["queue_length"].MAE)
		}
	}
	tellSummary(out, runs)
}

// tellSummary compares the runs line by line.
func tellSummary(out io.Writer, runs []simulate.Run) {
	fmt.Fprintf(out, "\n  %-20s %10s %10s %10s %10s %10s %10s\n", "", "loss", "mean wait", "abandoned", "occupancy", "unfair", "spread")
	for _, r := range runs {
		m := r.Result
		fmt.Fprintf(out, "  %-20s %8.2f %% %9.1fs %8.2f %% %8.1f %% %8.2f %% %8.2f %%\n", r.Rule, 100*m.Loss, m.MeanWait, 100*m.Abandoned, 100*m.Occupancy, 100*m.Unfair, 100*m.Spread)
		if d := r.Against; d != nil {
			fmt.Fprintf(out, "    %-18s %10s %10s %10s %10s %10s %10s\n", "differs by",
				differs(d.Loss, 100), differs(d.MeanWait, 1), differs(d.Abandoned, 100), "", differs(d.Unfair, 100), differs(d.Spread, 100))
		}
		if m.Wrong > 0 {
			fmt.Fprintf(out, "    %d assignments were refused\n", m.Wrong)
		}
	}
}

// differs says a difference with its interval.
func differs(d simulate.Interval, by float64) string {
	return fmt.Sprintf("%+.2f±%.2f", by*d.Mean, by*d.Half)
}

func tellAgents(out io.Writer, cases []simulate.Case, runs []simulate.Run) {
	for i, r := range runs {
		fmt.Fprintf(out, "\n%s: occupancy of each agent\n", r.Rule)
		next := 0
		for _, g := range cases[i].Center.Groups {
			fmt.Fprintf(out, "  %-20s", g.Name)
			for _, o := range r.Result.Agents[next : next+g.Agents] {
				if o < 0 {
					fmt.Fprint(out, "    -")
				} else {
					fmt.Fprintf(out, " %3.0f%%", 100*o)
				}
			}
			fmt.Fprintln(out)
			next += g.Agents
		}
	}
}
