package linekeeper

import (
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// floors says on which floor of ARCHITECTURE.md each package of the product lives; a package below a
// listed path lives with it. A new package is listed here before its first import.
func floors() map[string]int {
	return map[string]int{
		"internal/kit": 0, "internal/wire": 0, "internal/media": 0, "internal/schema": 0,
		"internal/access": 1, "internal/tenant": 1, "internal/project": 1, "internal/agent": 1, "internal/queue": 1,
		"internal/entry": 1, "internal/trunk": 1, "internal/disposition": 1, "internal/hours": 1, "internal/customer": 1,
		"internal/audit": 1, "internal/phone": 1, "internal/skill": 1, "internal/shift": 1, "internal/notice": 1, "internal/wait": 1, "internal/plugin": 1,
		"internal/interaction": 2,
		"internal/flow":        3, "internal/routing": 3, "internal/callback": 3, "internal/voicemail": 3, "internal/task": 3, "internal/overflow": 3, "internal/trigger": 3, "internal/recording": 3, "internal/ladder": 3,
		"internal/transcript": 3,
		"internal/sound":      3,
		"internal/outgoing":   3,
		"internal/alert":      3,
		"internal/live":       4, "internal/report": 4, "internal/center": 4, "internal/repair": 4,
		"internal/simulate": 4,
		"internal/edge":     5, "web": 5,
		"internal/app": 6, "internal/demo": 6,
		"cmd": 7, "tools": 8, "test": 8, "": 8,
	}
}

// place finds a package's floor and the part of the product it belongs to: the listed path, or one
// step below it where the list names a whole floor's folder.
func place(path string) (floor int, part string, listed bool) {
	rel := strings.TrimPrefix(strings.TrimPrefix(path, "linekeeper"), "/")
	for at := rel; ; {
		if floor, ok := floors()[at]; ok && (at != "" || rel == "") {
			below, _, _ := strings.Cut(strings.TrimPrefix(strings.TrimPrefix(rel, at), "/"), "/")
			if at == "internal/edge" || at == "internal/demo" {
				at += "/" + below
			}
			return floor, at, true
		}
		if at == "" {
			return 0, "", false
		}
		at = at[:max(0, strings.LastIndexByte(at, '/'))]
	}
}

// TestImportsGoDown holds the dependency rule: imports go down, and on floors 3, 4 and 5
// never sideways. Tests may also use test/ and the fake carrier, which the product must not know.
func TestImportsGoDown(t *testing.T) {
	out, err := exec.Command("go", "list", "-e", "-json=ImportPath,Imports,TestImports,XTestImports", "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			ImportPath, Dir                    string
			Imports, TestImports, XTestImports []string
		}
		if err := dec.Decode(&p); err == io.EOF {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		from, part, listed := place(p.ImportPath)
		if !listed {
			t.Errorf("%s is on no floor: list it in floors() of arch_test.go and in ARCHITECTURE.md", p.ImportPath)
			continue
		}
		for _, fault := range faults(from, part, p.Imports, false) {
			t.Errorf("%s (floor %d) must not import %s", p.ImportPath, from, fault)
		}
		for _, fault := range faults(from, part, append(p.TestImports, p.XTestImports...), true) {
			t.Errorf("the tests of %s (floor %d) must not import %s", p.ImportPath, from, fault)
		}
	}
}

// faults lists the imports a package may not have.
func faults(from int, part string, imports []string, test bool) (bad []string) {
	for _, path := range imports {
		if path != "linekeeper" && !strings.HasPrefix(path, "linekeeper/") {
			continue
		}
		to, target, _ := place(path)
		rel := strings.TrimPrefix(path, "linekeeper/")
		switch {
		case target == part, test && (target == "test" || target == "internal/demo/carrier"):
		case target == "test" && from < 8:
			bad = append(bad, rel+": the product must not know its tests")
		case to > from, to == from && 3 <= from && from <= 5:
			bad = append(bad, fmt.Sprintf("%s (floor %d)", rel, to))
		}
	}
	return bad
}
