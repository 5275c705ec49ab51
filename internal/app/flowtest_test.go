package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"linekeeper/internal/flow"
)

// TestFlowTest rehearses the flows of a center file, which run each other, ask its calendars and say
// its prompts.
func TestFlowTest(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "center.yaml")
	text := `
tenant: {name: Test, time_zone: Asia/Bangkok, language: th}
projects: [{key: p, name: P}]
hours: [{key: office, name: Office, week: {mon: ["09:00-18:00"]}}]
queues: [{key: sales, name: Sales, project: p}]
prompts: [{key: hello, name: Hello, texts: {en: Hello}}]
flows:
  - key: main
    name: Main
    program:
      schema: 1
      start: open
      nodes:
        open: {kind: hours, hours: office, edges: {open: hello, closed: other}}
        hello: {kind: say, prompt: hello, next: line}
        line: {kind: enqueue, queue: sales, edges: {failed: bye}}
        other: {kind: run, flow: night, next: bye}
        bye: {kind: hangup}
      tests:
        - {name: on Monday, at: "2026-11-23T03:00:00Z", expect: {end: queue, queue: sales, hears: [hello]}}
        - {name: on Sunday, at: "2026-11-22T03:00:00Z", expect: {end: ended, hears: [closed]}}
        - {name: never right, expect: {end: gone}}
  - key: night
    name: Night
    program:
      schema: 1
      start: say
      nodes:
        say: {kind: say, prompt: closed, next: back}
        back: {kind: return}
`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	cmd := Command("test")
	cmd.SetOut(&out)
	cmd.SetArgs([]string{"flow", "test", file})
	err := cmd.ExecuteContext(t.Context())
	if err == nil || err.Error() != "1 tests have failed" {
		t.Errorf("got %v, want 1 failed test", err)
	}
	for _, want := range []string{
		"ok     main: on Monday (queue sales, ", "ok     main: on Sunday (ended, ", "FAILED main: never right (",
		"main: 3 tests, 5 of 5 nodes and 4 of 5 ways passed", "not passed: line.failed", "night: 0 tests, 0 of 2 nodes",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in\n%s", want, out.String())
		}
	}

	cmd = Command("test")
	cmd.SetOut(&out)
	cmd.SetArgs([]string{"flow", "test", "--flow", "nothing", file})
	if err := cmd.ExecuteContext(t.Context()); err == nil || !strings.Contains(err.Error(), `there is no flow "nothing"`) {
		t.Errorf("an unknown flow: got %v", err)
	}
}

// TestFlowTestOfAFlowsFile rehearses a flow as the editor exports it.
func TestFlowTestOfAFlowsFile(t *testing.T) {
	t.Parallel()
	name := filepath.Join(t.TempDir(), "main.zip")
	file, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	program := `{"schema":1,"start":"a","nodes":{"a":{"kind":"say","prompt":"hello","next":"b"},"b":{"kind":"hangup"}},"tests":[{"name":"ends","expect":{"end":"ended","hears":["hello"]}}]}`
	flows := flow.File{Program: []byte(program), Prompts: []flow.Prompt{{Key: "hello", Name: "Hello", Texts: map[string]string{"en": "Hello"}}}}
	if err := errors.Join(flows.Write(file), file.Close()); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	cmd := Command("test")
	cmd.SetOut(&out)
	cmd.SetArgs([]string{"flow", "test", name})
	if err := cmd.ExecuteContext(t.Context()); err != nil || !strings.Contains(out.String(), "ok     main: ends (ended, ") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
