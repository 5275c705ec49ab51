package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"linekeeper/test/rig"
)

func sizeBinary(_ context.Context, b *bench) ([]figure, error) {
	info, err := os.Stat(b.binary)
	if err != nil {
		return nil, err
	}
	return []figure{{"binary", fmt.Sprintf("%.1f", float64(info.Size())/1e6), "MB", "static, stripped, client and prompts inside, linux/amd64"}}, nil
}

// sizeClient lets Chromium load the sign-in page and the desk with an empty cache and adds up what
// came over the wire.
func sizeClient(ctx context.Context, b *bench) ([]figure, error) {
	data := filepath.Join(b.folder, "size")
	if err := os.MkdirAll(data, 0o755); err != nil {
		return nil, err
	}
	center := rig.Center{Users: []rig.User{{Login: "anna", Name: "Anna", Role: "agent", Password: rig.Password}}}
	s, err := rig.Start(ctx, rig.Options{Binary: b.binary, Data: data, Center: center.YAML()})
	if err != nil {
		return nil, err
	}
	defer s.Kill()
	cmd := exec.CommandContext(ctx, "node", filepath.Join(rig.Root(), "web", "e2e", "weigh.mjs"), "http://"+s.Ready.HTTP, "anna", rig.Password)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("weighing the client: %w", err)
	}
	var w struct {
		SignIn, Desk int64
		Files        int
	}
	if err := json.Unmarshal(out, &w); err != nil {
		return nil, err
	}
	how := "bytes over the wire in Chromium with an empty cache, fonts, headers and API answers included"
	return []figure{
		{"client's first load, sign-in page", fmt.Sprintf("%.0f", float64(w.SignIn)/1000), "kB compressed", how},
		{"client's first load, up to the desk", fmt.Sprintf("%.0f", float64(w.Desk)/1000), "kB compressed", how + fmt.Sprintf("; %d files", w.Files)},
	}, nil
}
