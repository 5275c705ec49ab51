package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"linekeeper/internal/edge/api"
	"linekeeper/internal/flow"
	"linekeeper/internal/kit/fault"
)

func replayCommand() *cobra.Command {
	var server remote
	cmd := &cobra.Command{
		Use: "replay KEY [FILE]", Short: "Play past calls of a flow through another program, and say what would change", Args: cobra.RangeArgs(1, 2),
		Long: "Play past calls of the flow with this key on a running server through a program (a JSON file, or else the flow's draft), with the keys the callers pressed then, and say what would change.\n" +
			"Nobody is called and nothing is written.",
	}
	from := cmd.Flags().String("from", "", "First day, such as 2026-11-21, by this machine's clock; empty: yesterday.")
	days := cmd.Flags().Int("days", 1, "How many days, 31 at the most.")
	verbose := cmd.Flags().BoolP("verbose", "v", false, "List the calls that would end otherwise.")
	server.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if server.url == "" {
			return errors.New("name the running server by --server")
		}
		begin, err := firstDay(*from, time.Now())
		if err != nil {
			return err
		}
		ask := api.FlowReplay{From: begin, To: begin.AddDate(0, 0, *days)}
		if len(args) > 1 {
			if ask.Program, err = os.ReadFile(args[1]); err != nil {
				return err
			}
		}
		all, err := server.replay(cmd.Context(), args[0], ask, cmd.ErrOrStderr())
		if err == nil {
			tellReplay(cmd.OutOrStdout(), all, *verbose)
		}
		return err
	}
	return cmd
}

// firstDay is the midnight a day begins with; empty: yesterday's.
func firstDay(day string, now time.Time) (time.Time, error) {
	if day == "" {
		return time.Date(now.Year(), now.Month(), now.Day()-1, 0, 0, 0, 0, now.Location()), nil
	}
	at, err := time.ParseInLocation(time.DateOnly, day, now.Location())
	if err != nil {
		return at, fmt.Errorf("--from %s: write a day as 2026-11-21", day)
	}
	return at, nil
}

// replay asks page after page and adds them up.
func (r *remote) replay(ctx context.Context, key string, ask api.FlowReplay, progress io.Writer) (flow.Replayed, error) {
	all := flow.NewReplayed()
	id, err := r.flowID(ctx, key)
	if err != nil {
		return all, err
	}
	for {
		body, err := json.Marshal(ask)
		if err != nil {
			return all, err
		}
		text, err := r.do(ctx, http.MethodPost, "/api/v1/flows/"+url.PathEscape(id)+"/replay", body)
		if err != nil {
			return all, err
		}
		var page api.FlowReplayed
		if err := json.Unmarshal(text, &page); err != nil {
			return all, fmt.Errorf("reading the server's answer: %w", err)
		}
		all.Add(page.Replayed)
		if ask.Cursor = page.Cursor; ask.Cursor == "" {
			return all, nil
		}
		fmt.Fprintf(progress, "%d calls, up to %s\n", all.Calls, page.UpTo.Local().Format(time.DateTime))
	}
}

func (r *remote) flowID(ctx context.Context, key string) (string, error) {
	for cursor := ""; ; {
		text, err := r.do(ctx, http.MethodGet, "/api/v1/flows?cursor="+url.QueryEscape(cursor), nil)
		if err != nil {
			return "", err
		}
		var page api.List[api.Flow]
		if err := json.Unmarshal(text, &page); err != nil {
			return "", fmt.Errorf("reading the server's flows: %w", err)
		}
		for _, f := range page.Items {
			if f.Key == key {
				return f.ID, nil
			}
		}
		if cursor = page.Next; cursor == "" {
			return "", fault.NotFound.New("The server has no flow with the key %q.", key)
		}
	}
}

func tellReplay(out io.Writer, r flow.Replayed, verbose bool) {
	fmt.Fprintf(out, "%d calls, %d of them would end otherwise\n", r.Calls, r.Different)
	line := func(name string, was, now int) {
		if was+now > 0 {
			fmt.Fprintf(out, "  %-32s %8d %8d\n", name, was, now)
		}
	}
	fmt.Fprintf(out, "  %-32s %8s %8s\n", "", "was", "now")
	line("ended without an agent", r.Was.Contained, r.Now.Contained)
	line("put in line", r.Was.Queued, r.Now.Queued)
	queues := maps.Clone(r.Was.Queues)
	maps.Copy(queues, r.Now.Queues)
	for _, key := range slices.Sorted(maps.Keys(queues)) {
		line("  "+key, r.Was.Queues[key], r.Now.Queues[key])
	}
	line("the queue was closed", r.Was.Closed, r.Now.Closed)
	line("promised a call", r.Was.Promised, r.Now.Promised)
	line("sent on", r.Was.Sent, r.Now.Sent)
	line("hung up in the flow", r.Was.Gone, r.Now.Gone)
	if known := r.Calls - r.Unknown; known > 0 {
		fmt.Fprintf(out, "  %-32s %8.1f %8.1f\n", "seconds in the flow, each", r.Was.Seconds/float64(known), r.Now.Seconds/float64(known))
	}
	for _, why := range slices.Sorted(maps.Keys(r.UnknownWhy)) {
		fmt.Fprintf(out, "  not counted, for %s: %d\n", whyText(why), r.UnknownWhy[why])
	}
	for _, node := range slices.Sorted(maps.Keys(r.UnknownAt)) {
		if node != "" {
			fmt.Fprintf(out, "    at %s: %d\n", node, r.UnknownAt[node])
		}
	}
	if r.Guessed > 0 {
		fmt.Fprintf(out, "  %d hang on how queues and agents stood, which is not kept: they are taken for empty\n", r.Guessed)
	}
	for _, c := range r.Changes {
		if verbose {
			fmt.Fprintf(out, "  %s %s: %s %s, now %s %s\n", c.At.Local().Format(time.DateTime), c.Interaction, c.Was.End, c.Was.Queue, c.Now.End, c.Now.Queue)
		}
	}
}

// whyText is why a call is not counted.
func whyText(why flow.Why) string {
	switch why {
	case flow.WhyUnasked:
		return "the customer would be asked what he was not asked then"
	case flow.WhyTogether:
		return "his keys ran into the answer that confirms them"
	case flow.WhyOutside:
		return "nobody knows what a service outside would have answered"
	case flow.WhyStuck:
		return "the program does not end"
	}
	return string(why)
}
