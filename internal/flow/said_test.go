package flow

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestSentences finds sentences of the package that have no code, and codes that nobody says, and looks for each
// of them with its parameters in the flow editor's Russian and Thai. English is what the server says.
func TestSentences(t *testing.T) {
	t.Parallel()
	said := map[string]bool{}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			at := formatOf(call)
			if at < 0 {
				return true
			}
			literal, ok := call.Args[at].(*ast.BasicLit)
			if !ok {
				return true // add and warn hand on what they were given
			}
			format, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			said[format] = true
			if sentences[format] == "" {
				t.Errorf("%s says %q, which has no code: add it to sentences.go and to problem in web/src/i18n/{ru,th}/flows.ts", file, format)
			}
			return true
		})
	}
	codes := map[string]int{paramDocCode: -1, edgeDocCode: -1} // said by the texts of parameters and ways
	for format, code := range sentences {
		if !said[format] {
			t.Errorf("nobody says %q", format)
		}
		if _, twice := codes[code]; twice {
			t.Errorf("the code %s is given twice", code)
		}
		codes[code] = len(regexp.MustCompile(`%[a-z]`).FindAllString(format, -1))
	}
	for _, language := range []string{"ru", "th"} {
		words := problemTexts(t, language)
		for _, code := range slices.Sorted(maps.Keys(codes)) {
			text, there := words[code]
			want := codes[code]
			if want < 0 {
				continue
			}
			if !there {
				t.Errorf("%s: problem.%s is missing", language, code)
				continue
			}
			var holes []string
			for i := range want {
				holes = append(holes, string(rune('a'+i)))
			}
			got := regexp.MustCompile(`\{\{(\w+)\}\}`).FindAllStringSubmatch(text, -1)
			has := map[string]bool{}
			for _, g := range got {
				has[g[1]] = true
			}
			if g := slices.Sorted(maps.Keys(has)); !slices.Equal(g, holes) {
				t.Errorf("%s: problem.%s has the parameters %v, want %v", language, code, g, holes)
			}
			delete(words, code)
		}
		for code := range words {
			t.Errorf("%s: nobody says problem.%s", language, code)
		}
	}
}

// formatOf is where a call has its format; -1: it says nothing.
func formatOf(call *ast.CallExpr) int {
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		if fun.Name == "saidf" {
			return 0
		}
	case *ast.SelectorExpr:
		if on, ok := fun.X.(*ast.Ident); ok && on.Name == "found" && (fun.Sel.Name == "add" || fun.Sel.Name == "warn") && len(call.Args) >= 3 {
			return 2
		}
	}
	return -1
}

// problemTexts are the sentences of a language of the flow editor, by code.
func problemTexts(t *testing.T, language string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "web", "src", "i18n", language, "problems.ts"))
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	for _, line := range regexp.MustCompile(`(?m)^\s+(\w+):\s+'((?:[^'\\]|\\.)*)',$`).FindAllStringSubmatch(string(text), -1) {
		words[line[1]] = strings.ReplaceAll(line[2], `\'`, `'`)
	}
	if len(words) == 0 {
		t.Fatalf("no sentences in %s", language)
	}
	return words
}

func TestSaidCarriesSentences(t *testing.T) {
	t.Parallel()
	_, err := Compile([]byte(program(`"tally":{"type":"number","default":0}`, "a", `"a":{"kind":"set","values":{"tally":"taly"},"next":"end"}`+end)))
	problems, ok := err.(Problems)
	if !ok || len(problems) != 1 {
		t.Fatalf("got %v", err)
	}
	got := problems[0].Said
	if got.Code != "of" || len(got.Params) != 2 || got.Params[1].Code != "expression_name" || got.Params[1].Params[2].Code != "meant" ||
		got.Params[1].Params[2].Params[0].Text != "tally" {
		t.Errorf("got %+v", got)
	}
}
