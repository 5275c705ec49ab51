package linekeeper

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"linekeeper/internal/app"
	"linekeeper/internal/flow"
	"linekeeper/internal/report"
)

var update = flag.Bool("update", false, "write the generated parts of the guides anew")

// guides are the documents people read; each is held to what the product has.
func guides(t *testing.T) map[string]string {
	t.Helper()
	names := []string{"README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "GLOSSARY.md"}
	for _, pattern := range []string{"docs/*/*.md", "docs/*.md"} {
		more, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, more...)
	}
	all := make(map[string]string)
	for _, name := range names {
		all[name] = read(t, name)
	}
	return all
}

func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestDocsGenerated holds the tables of nodes and figures to the code; -update writes them.
func TestDocsGenerated(t *testing.T) {
	const name = "docs/using/README.md"
	text := read(t, name)
	want := part(part(text, "kinds", kindsTable()), "metrics", metricsTable())
	if *update {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if text != want {
		t.Errorf("%s is not what the code says: run go test . -run TestDocs -update", name)
	}
}

// part replaces what stands between the marks of a generated part.
func part(text, name, table string) string {
	open, end := "<!-- "+name+":", "<!-- /"+name+" -->"
	head, rest, _ := strings.Cut(text, open)
	line, _, _ := strings.Cut(rest, "\n")
	_, tail, _ := strings.Cut(rest, end)
	return head + open + line + "\n\n" + table + "\n" + end + tail
}

func metricsTable() string {
	var b strings.Builder
	b.WriteString("| figure | meaning | rows |\n| --- | --- | --- |\n")
	for _, m := range report.Metrics() {
		var by []string
		for _, k := range m.By {
			by = append(by, string(k))
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", m.Names["en"], m.Formula["en"], strings.Join(by, ", "))
	}
	return b.String()
}

func kindsTable() string {
	var b strings.Builder
	b.WriteString("| node | does | parameters | ways out |\n| --- | --- | --- | --- |\n")
	for _, k := range flow.Kinds() {
		var params, ways []string
		for _, p := range k.Params {
			text := "`" + p.Name + "` " + string(p.Type) + ": " + p.Doc
			switch d := p.Default.(type) {
			case nil:
				if p.Required {
					text += " (required)"
				}
			case float64:
				text += " (" + strconv.FormatFloat(d, 'g', -1, 64) + ")"
			default:
				text += fmt.Sprintf(" (%v)", d)
			}
			params = append(params, text)
		}
		if k.Next {
			ways = append(ways, "`next`")
		}
		if k.Keys {
			ways = append(ways, "a key: `0`-`9`, `*`, `#`")
		}
		for _, e := range k.Edges {
			text := "`" + e.Name + "`: " + e.Doc
			if e.Optional {
				text += " (may be missing)"
			}
			ways = append(ways, text)
		}
		if len(ways) == 0 {
			ways = []string{"none"}
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.Name, k.Doc, strings.Join(params, "<br>"), strings.Join(ways, "<br>"))
	}
	return b.String()
}

// TestDocsLinks: every relative link leads to a file, and every fragment to a heading.
func TestDocsLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for name, text := range guides(t) {
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			path, fragment, _ := strings.Cut(m[1], "#")
			target := name
			if path != "" {
				target = filepath.Join(filepath.Dir(name), path)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: the link %s leads nowhere", name, m[1])
				continue
			}
			if fragment != "" && !slices.Contains(anchors(read(t, target)), fragment) {
				t.Errorf("%s: the link %s leads to no heading", name, m[1])
			}
		}
	}
}

// anchors are the fragments of the headings, as GitHub makes them.
func anchors(text string) []string {
	var all []string
	for _, line := range strings.Split(text, "\n") {
		title, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " ")
		if !ok || !strings.HasPrefix(line, "#") {
			continue
		}
		title = regexp.MustCompile(`[^\p{L}\p{N} -]`).ReplaceAllString(strings.ToLower(title), "")
		all = append(all, strings.ReplaceAll(title, " ", "-"))
	}
	return all
}

// TestDocsCommands: every command, flag and make target that is named exists.
func TestDocsCommands(t *testing.T) {
	root := app.Command("test")
	flags := map[string]bool{"help": true}
	for _, c := range root.Commands() {
		for _, c := range append(c.Commands(), c) {
			for name := range flagsOf(c) {
				flags[name] = true
			}
		}
	}
	makefile := read(t, "Makefile")
	command := regexp.MustCompile("(?m)(?:`|^    (?:[A-Z_]+=\\S+ )?)linekeeper ([a-z]+(?: [a-z]+)?)([^`\n]*)")
	anyFlag := regexp.MustCompile(`--([a-z][a-z-]+)`)
	quotedFlag := regexp.MustCompile("`--([a-z][a-z-]+)")
	target := regexp.MustCompile("(?:`|^    )make ([a-z-]+)")
	for name, text := range guides(t) {
		if strings.HasPrefix(name, "docs/decisions/") || name == "docs/plan.md" {
			continue // of their time
		}
		for _, m := range command.FindAllStringSubmatch(text, -1) {
			c, _, err := root.Find(strings.Fields(m[1]))
			if err != nil {
				t.Errorf("%s: there is no command linekeeper %s", name, m[1])
				continue
			}
			for _, f := range anyFlag.FindAllStringSubmatch(m[2], -1) {
				if !flagsOf(c)[f[1]] {
					t.Errorf("%s: linekeeper %s has no --%s", name, m[1], f[1])
				}
			}
		}
		for _, m := range quotedFlag.FindAllStringSubmatch(text, -1) {
			if !flags[m[1]] {
				t.Errorf("%s: no command has --%s", name, m[1])
			}
		}
		for _, m := range target.FindAllStringSubmatch(text, -1) {
			if !regexp.MustCompile(`(?m)^` + m[1] + `:`).MatchString(makefile) {
				t.Errorf("%s: there is no make %s", name, m[1])
			}
		}
	}
}

func flagsOf(c *cobra.Command) map[string]bool {
	all := make(map[string]bool)
	for _, word := range regexp.MustCompile(`--([a-z][a-z-]+)`).FindAllStringSubmatch(c.Flags().FlagUsages(), -1) {
		all[word[1]] = true
	}
	return all
}

// TestDocsSettings: the operators' guide speaks of every setting, and every metric it names is there.
func TestDocsSettings(t *testing.T) {
	text := read(t, "docs/operating/README.md")
	config := reflect.TypeFor[app.Config]()
	for i := range config.NumField() {
		if name := config.Field(i).Tag.Get("name"); !strings.Contains(text, "`"+name+"`") {
			t.Errorf("the operators' guide does not speak of the setting %s", name)
		}
	}
	code := read(t, "internal/app/metrics.go") + read(t, "internal/app/sounds.go") + read(t, "internal/edge/api/outer.go")
	for _, m := range regexp.MustCompile(`linekeeper_([a-z_]+)`).FindAllStringSubmatch(text, -1) {
		if !strings.Contains(code, m[1]+`"`) {
			t.Errorf("the operators' guide names the metric linekeeper_%s, which is not there", m[1])
		}
	}
}

// TestDocsKeys: the users' guide has every key a command has.
func TestDocsKeys(t *testing.T) {
	text := read(t, "docs/using/README.md")
	files, err := filepath.Glob("web/src/commands/*.ts")
	if err != nil || len(files) == 0 {
		t.Fatal("no commands found: ", err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, ".test.ts") {
			continue
		}
		for _, m := range regexp.MustCompile(`shortcut: '([^']+)'`).FindAllStringSubmatch(read(t, name), -1) {
			if !strings.Contains(text, "| "+m[1]+" |") {
				t.Errorf("the users' guide lacks the key %s of %s", m[1], name)
			}
		}
	}
}
