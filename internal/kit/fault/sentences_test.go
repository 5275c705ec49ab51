package fault_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"linekeeper/internal/kit/fault"
)

// TestSentences looks for refusals of flows, prompts and triggers that have no code, for codes that nobody says, and for
// each of them with its parameters in the client's three languages.
func TestSentences(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	codes := fault.Sentences()
	files := []string{filepath.Join("check.go")}
	for _, name := range []string{"flow", "prompt", "trigger", "replay", "notice"} {
		files = append(files, filepath.Join(root, "edge", "api", name+".go"))
	}
	files = append(files, filepath.Join(root, "app", "line.go"), filepath.Join(root, "app", "agentchange.go"), filepath.Join(root, "app", "notices.go"), filepath.Join(root, "edge", "api", "leader.go"), filepath.Join(root, "interaction", "decide_moved.go"), filepath.Join(root, "edge", "api", "line.go"))
	for _, folder := range []string{"flow", "trigger", "notice"} {
		all, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
		if err != nil || len(all) == 0 {
			t.Fatal(folder, err)
		}
		files = append(files, all...)
	}
	said := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if text, ok := literal(n); ok {
				said[text] = true
			}
			if call, ok := n.(*ast.CallExpr); ok {
				if format, ok := refusal(call); ok && codes[format] == "" {
					t.Errorf("%s refuses with %q, which has no code: add it to sentences.go and to web/src/i18n/{en,ru,th}/refusals.ts", file, format)
				}
			}
			return true
		})
	}
	holes := map[string]int{}
	for format, code := range codes {
		if !said[format] {
			t.Errorf("nobody says %q", format)
		}
		if _, twice := holes[code]; twice {
			t.Errorf("the code %s is given twice", code)
		}
		holes[code] = len(regexp.MustCompile(`%[a-z]`).FindAllString(format, -1))
	}
	for _, language := range []string{"en", "ru", "th"} {
		words := refusals(t, language)
		for code, most := range holes {
			text, there := words[code]
			if !there {
				t.Errorf("%s: refusal.%s is missing", language, code)
			}
			for _, hole := range regexp.MustCompile(`\{\{(\w+)\}\}`).FindAllStringSubmatch(text, -1) {
				if len(hole[1]) != 1 || int(hole[1][0]-'a') >= most {
					t.Errorf("%s: refusal.%s wants %s of %d parameters", language, code, hole[1], most)
				}
			}
			delete(words, code)
		}
		for code := range words {
			t.Errorf("%s: nobody says refusal.%s", language, code)
		}
	}
}

func literal(n ast.Node) (string, bool) {
	lit, ok := n.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// refusal is the format of a call that makes a fault.
func refusal(call *ast.CallExpr) (string, bool) {
	fun, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return "", false
	}
	ofFault := func(e ast.Expr) bool {
		s, ok := e.(*ast.SelectorExpr)
		return ok && isFault(s.X)
	}
	at := -1
	switch {
	case fun.Sel.Name == "New" && ofFault(fun.X):
		at = 0
	case fun.Sel.Name == "Wrap" && ofFault(fun.X):
		at = 1
	case fun.Sel.Name == "OneField" && isFault(fun.X), fun.Sel.Name == "Add" && len(call.Args) > 2 && ofFault(call.Args[1]):
		at = 2
	}
	if at < 0 || at >= len(call.Args) {
		return "", false
	}
	return literal(call.Args[at])
}

func isFault(e ast.Expr) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == "fault"
}

// refusals are the client's sentences in a language, by code.
func refusals(t *testing.T, language string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "web", "src", "i18n", language, "refusals.ts"))
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	for _, line := range regexp.MustCompile(`(?m)^\s+(\w+):\s+'((?:[^'\\]|\\.)*)',$`).FindAllStringSubmatch(string(text), -1) {
		words[line[1]] = line[2]
	}
	if len(words) == 0 {
		t.Fatalf("no sentences in %s", language)
	}
	return words
}

func TestCodes(t *testing.T) {
	t.Parallel()
	var f fault.Fields
	f.Add("key", fault.TooLong, "must have at most %d characters", 63)
	f.Add("other", fault.Malformed, "nobody knows %q", "this")
	if f[0].Code != "too_many_characters" || !slices.EqualFunc(f[0].Params, []string{"63"}, func(s fault.Said, want string) bool { return s.Text == want }) || f[0].Message != "must have at most 63 characters" {
		t.Errorf("got %+v", f[0])
	}
	if f[1].Code != "" || f[1].Params != nil || f[1].Message != `nobody knows "this"` {
		t.Errorf("got %+v", f[1])
	}
	err := fault.Conflict.New("This flow has no version %d.", 7)
	if s := fault.SaidOf(err); s.Code != "flow_no_version" || s.Params[0].Text != "7" || s.Text != "This flow has no version 7." {
		t.Errorf("got %+v", s)
	}
	if s := fault.SaidOf(f.Err()); s.Code != "" || s.Empty() {
		t.Errorf("got %+v", s)
	}
}
