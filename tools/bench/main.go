// Command bench measures the real binary from outside, one row at a time, and prints a table with
// units and how each figure was got; bench/results.md keeps it. The load comes from this process, the
// figures from the server's own entry in /proc, so that the load's cost is not counted.
//
// Usage: bench [-run REGEXP] [-list] [-out FILE]; BENCH_SHORT=1 makes everything smaller and says so.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"time"

	"linekeeper/test/rig"
)

// figure is one line of the table.
type figure struct {
	name, value, unit, how string
}

// row is a measurement; it may give several figures.
type row struct {
	name string
	run  func(context.Context, *bench) ([]figure, error)
}

func rows() []row {
	return []row{
		{"size-binary", sizeBinary}, {"size-client", sizeClient},
		{"start-empty", startEmpty}, {"start-million", startMillion},
		{"journal", journal}, {"routing", matching},
		{"ring-10", ringing(10)}, {"ring-200", ringing(200)}, {"ring-1000", ringing(1000)},
		{"b2bua", b2bua}, {"throughput", throughput},
		{"desks", desks},
		{"memory", memory},
		{"convert", converting}, {"flow-steps", flowSteps}, {"menus", crowded},
		{"plane-100", planes(100)}, {"plane-400", planes(400)}, {"plane-1000", planes(1000)},
		{"sip-sip-100", bridged(bridge{calls: 100})},
		{"sip-sip-100-recorded", bridged(bridge{calls: 100, recorded: true})},
		{"sip-sip-400", bridged(bridge{calls: 400})},
		{"sip-sip-400-recorded", bridged(bridge{calls: 400, recorded: true})},
		{"sip-browser-100", bridged(bridge{calls: 100, browser: true})},
		{"sip-browser-100-recorded", bridged(bridge{calls: 100, browser: true, recorded: true})},
		{"sip-browser-400", bridged(bridge{calls: 400, browser: true})},
		{"sip-browser-400-recorded", bridged(bridge{calls: 400, browser: true, recorded: true})},
	}
}

// bench is what rows share.
type bench struct {
	folder string // temporary
	binary string
	short  bool
	say    func(format string, args ...any)
}

// pick is the full figure, or the short one with BENCH_SHORT.
func pick[T any](b *bench, full, short T) T {
	if b.short {
		return short
	}
	return full
}

func main() {
	other()
	run := flag.String("run", "", "measure only rows whose name matches")
	list := flag.Bool("list", false, "name the rows")
	out := flag.String("out", "bench/results.md", "file for the table; written when all rows ran")
	flag.Parse()
	if *list {
		for _, r := range rows() {
			fmt.Println(r.name)
		}
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := measure(ctx, *run, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context, match, out string) error {
	want, err := regexp.Compile(match)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "linekeeper-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	b := &bench{folder: folder, short: os.Getenv("BENCH_SHORT") != ""}
	b.say = func(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
	if b.binary, err = rig.Build(ctx, folder); err != nil {
		return err
	}
	var table []figure
	failed := 0
	for _, r := range rows() {
		if !want.MatchString(r.name) {
			continue
		}
		began := time.Now()
		b.say("%s ...", r.name)
		figures, err := r.run(ctx, b)
		if ctx.Err() != nil { // what was measured until Ctrl-C is worth keeping
			failed++
			table = append(table, figure{r.name, "not measured", "", "interrupted here"})
			break
		}
		if err != nil {
			failed++
			b.say("  failed: %v", err)
			figures = append(figures, figure{r.name, "failed", "", firstLine(err)})
		}
		for _, f := range figures {
			b.say("  %s: %s %s", f.name, f.value, f.unit)
		}
		b.say("  (%s)", time.Since(began).Round(time.Second))
		table = append(table, figures...)
	}
	text := render(table, b.short)
	fmt.Print(text)
	if match == "" {
		if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(out, []byte(text), 0o644); err != nil {
			return err
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d rows failed", failed)
	}
	return nil
}

func firstLine(err error) string {
	text, _, _ := strings.Cut(err.Error(), "\n")
	return strings.ReplaceAll(text, "|", "/")
}

func render(table []figure, short bool) string {
	var t strings.Builder
	fmt.Fprintf(&t, "# What it costs\n\nMeasured %s on %s/%s, %d CPUs, %s, load average before the end %s, with `make bench`%s.\n\n",
		time.Now().Format("2006-01-02"), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), cpuModel(), loadAverage(),
		map[bool]string{true: " in its short form (BENCH_SHORT=1)"}[short])
	t.WriteString("| figure | value | unit | how |\n| --- | ---: | --- | --- |\n")
	for _, f := range table {
		fmt.Fprintf(&t, "| %s | %s | %s | %s |\n", f.name, f.value, f.unit, f.how)
	}
	return t.String()
}

func cpuModel() string {
	b, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return "unknown processor"
	}
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}

func loadAverage() string {
	b, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	return strings.Join(strings.Fields(string(b))[:3], " ")
}
