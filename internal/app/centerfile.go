package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"linekeeper/internal/audit"
	"linekeeper/internal/center"
	"linekeeper/internal/edge/api"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/schema"
	"linekeeper/internal/tenant"
)

// hashesAtOnce limits parallel password hashes: each takes 19 MiB for 45 ms.
const hashesAtOnce = 2

// sealing seals with the key of the configuration or of the data folder, which is made when it is
// needed.
func sealing(cfg Config) func(string) (secret.Sealed, error) {
	return func(plain string) (secret.Sealed, error) {
		b, err := openBox(cfg)
		if err != nil {
			return "", err
		}
		return b.Seal(plain), nil
	}
}

// openBox opens the box for secrets that must be read again.
func openBox(cfg Config) (*secret.Box, error) {
	if cfg.SecretKey != "" {
		return secret.NewBox(cfg.SecretKey)
	}
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return nil, fmt.Errorf("making the data folder: %w", err)
	}
	return secret.OpenBox(cfg.Data)
}

// ApplyFile brings the center in a database to what a file says; for the start of the product.
func ApplyFile(ctx context.Context, cfg Config, d *db.DB, f center.File) error {
	_, err := center.New(d, secret.NewHasher(hashesAtOnce)).Sealing(sealing(cfg)).Apply(ctx, audit.Author{Source: "file"}, f)
	return err
}

// centerFile is the center as a file for the API.
type centerFile struct{ a *App }

// Apply implements api.Center.
func (c centerFile) Apply(ctx context.Context, by audit.Author, text []byte, dryRun bool) (api.CenterDiff, error) {
	f, err := center.Parse(text)
	if err != nil {
		return api.CenterDiff{}, err
	}
	all := center.New(c.a.db, c.a.hasher).Sealing(sealing(c.a.cfg))
	do := all.Apply
	if dryRun {
		do = all.Plan
	}
	diff, err := do(ctx, by, f)
	if err != nil {
		return api.CenterDiff{}, err
	}
	out := api.CenterDiff{DryRun: dryRun, Changes: []api.CenterChange{}}
	for _, ch := range diff.Changes {
		change := api.CenterChange{Action: string(ch.Action), Kind: ch.Kind, Key: ch.Key, Fields: []api.CenterFieldChange{}}
		for _, f := range ch.Fields {
			change.Fields = append(change.Fields, api.CenterFieldChange(f))
		}
		out.Changes = append(out.Changes, change)
	}
	return out, nil
}

// Export implements api.Center.
func (c centerFile) Export(ctx context.Context, t tenant.ID, w io.Writer) error {
	text, err := exportText(ctx, center.New(c.a.db, c.a.hasher), t, false)
	if err != nil {
		return err
	}
	_, err = w.Write(text)
	return err
}

func exportText(ctx context.Context, c *center.Center, t tenant.ID, secrets bool) ([]byte, error) {
	f, err := c.Export(ctx, t, secrets)
	if err != nil {
		return nil, err
	}
	return f.YAML()
}

// remote is a running server spoken to over HTTP.
type remote struct{ url, token string }

func (r *remote) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&r.url, "server", "", "Address of a running server, such as http://127.0.0.1:8080; empty: work on the data folder of a stopped one.")
	cmd.Flags().StringVar(&r.token, "token", "", "API token (lk_...) for --server; empty: LINEKEEPER_TOKEN.")
}

// do sends a request to the server and gives the answer's body.
func (r *remote) do(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	token := r.token
	if token == "" {
		token = os.Getenv("LINEKEEPER_TOKEN")
	}
	if token == "" {
		return nil, errors.New("a running server needs a token: give --token or set LINEKEEPER_TOKEN")
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(r.url, "/")+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		req.Header.Set("Content-Type", "application/yaml")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking the server: %w", err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return nil, fmt.Errorf("reading the server's answer: %w", err)
	}
	if res.StatusCode >= 300 {
		return nil, problemText(res.StatusCode, answer)
	}
	return answer, nil
}

// problemText makes an error of problem+json, with each field on its line.
func problemText(status int, answer []byte) error {
	var p struct {
		Detail string `json:"detail"`
		Title  string `json:"title"`
		Errors []struct {
			Location string `json:"location"`
			Message  string `json:"message"`
		} `json:"errors"`
	}
	if json.Unmarshal(answer, &p) != nil || p.Detail+p.Title == "" {
		return fmt.Errorf("the server answered %d", status)
	}
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	for _, e := range p.Errors {
		text += "\n  " + strings.TrimPrefix(e.Location+": ", ": ") + e.Message
	}
	return errors.New(text)
}

func applyCommand() *cobra.Command {
	var cfg Config
	var server remote
	cmd := &cobra.Command{
		Use: "apply -f center.yaml", Short: "Bring the center to what a file says, and show what changes", Args: cobra.NoArgs,
		Long: "Bring the center to what a file says. Applying twice changes nothing the second time; on any error nothing is changed.\nWithout --server it works on the data folder of a stopped server.",
	}
	load := withConfig(cmd, &cfg)
	file := cmd.Flags().StringP("file", "f", "", "The center file; a sample is in docs/using/center.sample.yaml.")
	dryRun := cmd.Flags().Bool("dry-run", false, "Only show what would change.")
	server.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if *file == "" {
			return errors.New("name the center file: linekeeper apply -f center.yaml")
		}
		if err := load(); err != nil {
			return err
		}
		f, err := center.Load(*file)
		if err != nil {
			return err
		}
		ctx := cmd.Context()
		if server.url != "" {
			text, err := os.ReadFile(*file)
			if err != nil {
				return err
			}
			answer, err := server.do(ctx, http.MethodPost, "/api/v1/center/apply?"+url.Values{"dry_run": {fmt.Sprint(*dryRun)}}.Encode(), text)
			if err != nil {
				return err
			}
			var d center.Diff
			if err := json.Unmarshal(answer, &d); err != nil {
				return fmt.Errorf("reading the server's answer: %w", err)
			}
			fmt.Fprint(cmd.OutOrStdout(), d)
			return nil
		}
		return onFolder(ctx, cfg, func(d *db.DB) error {
			c := center.New(d, secret.NewHasher(hashesAtOnce)).Sealing(sealing(cfg))
			do := c.Apply
			if *dryRun {
				do = c.Plan
			}
			diff, err := do(ctx, audit.Author{Source: "file"}, f)
			if err != nil {
				return err
			}
			fmt.Fprint(cmd.OutOrStdout(), diff)
			return nil
		})
	}
	return cmd
}

func exportCommand() *cobra.Command {
	var cfg Config
	var server remote
	cmd := &cobra.Command{Use: "export", Short: "Write the whole center as a file that apply takes", Args: cobra.NoArgs}
	load := withConfig(cmd, &cfg)
	out := cmd.Flags().StringP("output", "o", "", "File to write; empty: standard output.")
	secrets := cmd.Flags().Bool("secrets", false, "With hashes of passwords and tokens, to move a center; only without --server.")
	server.register(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if err := load(); err != nil {
			return err
		}
		ctx := cmd.Context()
		var text []byte
		var err error
		if server.url != "" {
			if *secrets {
				return errors.New("a running server does not give out secrets; export from the data folder")
			}
			text, err = server.do(ctx, http.MethodGet, "/api/v1/center/export", nil)
		} else {
			err = onFolder(ctx, cfg, func(d *db.DB) error {
				var t tenant.Tenant
				if err := d.Read(ctx, func(tx *db.Tx) (err error) { t, err = tenant.First(tx); return err }); err != nil {
					return err
				}
				text, err = exportText(ctx, center.New(d, secret.NewHasher(hashesAtOnce)), t.ID, *secrets)
				return err
			})
		}
		if err != nil {
			return err
		}
		if *out == "" {
			_, err = cmd.OutOrStdout().Write(text)
			return err
		}
		return os.WriteFile(*out, text, 0o600)
	}
	return cmd
}

// onFolder opens the database of a stopped server.
func onFolder(ctx context.Context, cfg Config, do func(*db.DB) error) error {
	if cfg.Database == "" {
		if _, err := os.Stat(filepath.Clean(cfg.Data)); err != nil {
			if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
				return fmt.Errorf("making the data folder: %w", err)
			}
		}
	}
	d, err := db.Open(ctx, db.Config{URL: cfg.Database, Folder: cfg.Data})
	if err != nil {
		return err
	}
	if err := d.Migrate(ctx, schema.Files()); err != nil {
		return errors.Join(err, d.Close())
	}
	return errors.Join(do(d), d.Close())
}
