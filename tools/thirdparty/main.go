// Command thirdparty writes docs/third-party.md: the Go modules linked into the product and the npm
// packages built into the client, with their licences. A licence it does not know is an error.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

const out = "docs/third-party.md"

type item struct{ name, version, licence string }

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "thirdparty:", err)
		os.Exit(1)
	}
}

func run() error {
	modules, err := goModules()
	if err != nil {
		return err
	}
	packages, err := npmPackages()
	if err != nil {
		return err
	}
	var b bytes.Buffer
	b.WriteString("# Third-party software\n\nWritten by `go run ./tools/thirdparty`. What is inside the binary besides our own code; tools for building and testing are not.\n")
	table := func(title string, all []item) {
		fmt.Fprintf(&b, "\n## %s\n\n| name | version | licence |\n| --- | --- | --- |\n", title)
		for _, i := range all {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", i.name, i.version, i.licence)
		}
	}
	table("Go modules", modules)
	table("npm packages in the client", packages)
	return os.WriteFile(out, b.Bytes(), 0o644)
}

// goModules are those with a package in the binary.
func goModules() ([]item, error) {
	text, err := exec.Command("go", "list", "-deps", "-f",
		"{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", "./cmd/linekeeper").Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w", err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	slices.Sort(lines)
	var all []item
	for _, line := range slices.Compact(lines) {
		f := strings.Split(line, "\t")
		if len(f) != 3 {
			continue
		}
		licence, err := licenceOf(f[2])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f[0], err)
		}
		all = append(all, item{f[0], f[1], licence})
	}
	return all, nil
}

// licenceOf reads a module's licence file and names it by words only it has.
func licenceOf(dir string) (string, error) {
	files, err := filepath.Glob(filepath.Join(dir, "LICEN[SC]E*"))
	if more, err2 := filepath.Glob(filepath.Join(dir, "COPYING*")); err == nil && err2 == nil {
		files = append(files, more...)
	}
	if err != nil || len(files) == 0 {
		return "", errors.New("no licence file")
	}
	b, err := os.ReadFile(files[0])
	if err != nil {
		return "", err
	}
	text := strings.Join(strings.Fields(string(b)), " ")
	for _, known := range []struct{ words, name string }{
		{"Apache License", "Apache-2.0"},
		{"Mozilla Public License", "MPL-2.0"},
		{"Permission is hereby granted, free of charge", "MIT"},
		{"Permission to use, copy, modify", "ISC"},
		{"Neither the name", "BSD-3-Clause"},
		{"may be used to endorse or promote products", "BSD-3-Clause"},
		{"Redistribution and use in source and binary forms", "BSD-2-Clause"},
	} {
		if strings.Contains(text, known.words) {
			return known.name, nil
		}
	}
	return "", fmt.Errorf("%s is a licence we do not know", files[0])
}

// npmPackages are the client's dependencies and theirs, not those for development.
func npmPackages() ([]item, error) {
	b, err := os.ReadFile("web/package-lock.json")
	if err != nil {
		return nil, err
	}
	var lock struct {
		Packages map[string]struct {
			Version string `json:"version"`
			License string `json:"license"`
			Dev     bool   `json:"dev"`
			Opt     bool   `json:"optional"`
			DevOpt  bool   `json:"devOptional"`
		} `json:"packages"`
	}
	if err := json.Unmarshal(b, &lock); err != nil {
		return nil, err
	}
	var all []item
	for path, p := range lock.Packages {
		if path == "" || p.Dev || p.Opt || p.DevOpt {
			continue
		}
		if p.License == "" {
			return nil, fmt.Errorf("%s has no licence", path)
		}
		all = append(all, item{path[strings.LastIndex(path, "node_modules/")+len("node_modules/"):], p.Version, p.License})
	}
	slices.SortFunc(all, func(a, b item) int { return strings.Compare(a.name+a.version, b.name+b.version) })
	return slices.Compact(all), nil
}
