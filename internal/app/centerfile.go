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
	"linekeeper/internal/flow"
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

// opening opens what sealing has sealed.
func opening(cfg Config) func(secret.Sealed) (string, error) {
	return func(sealed secret.Sealed) (string, error) {
		b, err := openBox(cfg)
		if err != nil {
			return "", err
		}
		return b.Open(sealed)
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
	_, err := onServer(cfg, d, secret.NewHasher(hashesAtOnce), flow.NewPromptFiles(d, cfg.Data)).Apply(ctx, audit.Author{Source: "file"}, f)
	return err
}

// onServer is the center of a database and a data folder.
func onServer(cfg Config, d *db.DB, hasher *secret.Hasher, sounds *flow.PromptFiles) *center.Center {
	return center.New(d, hasher).Sealing(sealing(cfg)).Keeping(sounds)
}

// centerFile is the center as a file for the API.
type centerFile struct{ a *App }

// Apply implements api.Center.
func (c centerFile) Apply(ctx context.Context, by audit.Author, text []byte, dryRun bool) (api.CenterDiff, error) {
	f, err := center.Parse(text)
	if err != nil {
		return api.CenterDiff{}, err
	}
	all := c.all()
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

func (c centerFile) all() *center.Center {
	return onServer(c.a.cfg, c.a.db, c.a.hasher, c.a.promptFiles)
}

// Export implements api.Center.
func (c centerFile) Export(ctx context.Context, t tenant.ID, recordings bool, w io.Writer) error {
	if recordings {
		missing, err := c.all().Pack(ctx, t, false, w)
		if len(missing) > 0 {
			c.a.log.Warn("recorded prompts are not in the data folder, nor in the exported file", "files", missing)
		}
		return err
	}
	text, err := exportText(ctx, c.all(), t, false)
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
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(r.url, "/")+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if center.Packed(body) {
		req.Header.Set("Content-Type", "application/zip")
	} else if body != nil {
		req.Header.Set("Content-Type", "application/yaml")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking the server: %w", err)
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, center.MaxPacked+1))
	if err != nil {
		return nil, fmt.Errorf("reading the server's answer: %w", err)
	}
	if len(answer) > center.MaxPacked {
		return nil, fmt.Errorf("the server's answer has more than %d MB", center.MaxPacked>>20)
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
		Long: "Bring the center to what a file says. Applying twice changes nothing the second time; on any error nothing is changed.\n" +
			"Recorded prompts are taken out of a .zip file, as export writes it, or from the folder prompts beside a .yaml file.\n" +
			"Without --server it works on the data folder of a stopped server.",
	}
	load := withConfig(cmd, &cfg)
	file := cmd.Flags().StringP("file", "f", "", "The center file (.yaml, or .zip with recorded prompts); a sample is in docs/using/center.sample.yaml.")
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
			if err == nil {
				text, err = f.Repack(text)
			}
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
			c := onServer(cfg, d, secret.NewHasher(hashesAtOnce), flow.NewPromptFiles(d, cfg.Data))
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
	cmd := &cobra.Command{
		Use: "export", Short: "Write the whole center as a file that apply takes", Args: cobra.NoArgs,
		Long: "Write the whole center as a file that apply takes. A file that ends in .zip carries the recorded prompts along, for another server.",
	}
	load := withConfig(cmd, &cfg)
	out := cmd.Flags().StringP("output", "o", "", "File to write (.yaml, or .zip with the recorded prompts); empty: standard output.")
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
			text, err = server.do(ctx, http.MethodGet, "/api/v1/center/export?"+url.Values{"recordings": {fmt.Sprint(packed(*out))}}.Encode(), nil)
		} else {
			err = onFolder(ctx, cfg, func(d *db.DB) error {
				var t tenant.Tenant
				if err := d.Read(ctx, func(tx *db.Tx) (err error) { t, err = tenant.First(tx); return err }); err != nil {
					return err
				}
				c := onServer(cfg, d, secret.NewHasher(hashesAtOnce), flow.NewPromptFiles(d, cfg.Data))
				text, err = exportFrom(ctx, cmd.ErrOrStderr(), c, t.ID, *secrets, packed(*out))
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

// packed says that a file is to carry recorded prompts.
func packed(name string) bool { return filepath.Ext(name) == ".zip" }

// exportFrom writes the center, and says which recordings are not in the file.
func exportFrom(ctx context.Context, say io.Writer, c *center.Center, t tenant.ID, secrets, packed bool) ([]byte, error) {
	if packed {
		var b bytes.Buffer
		missing, err := c.Pack(ctx, t, secrets, &b)
		for _, name := range missing {
			fmt.Fprintf(say, "The recorded prompt %s is not in the data folder, nor in the file.\n", name)
		}
		return b.Bytes(), err
	}
	f, err := c.Export(ctx, t, secrets)
	if err != nil {
		return nil, err
	}
	if n := f.Recordings(); n > 0 {
		fmt.Fprintf(say, "%d recorded prompts are not in the file; a file that ends in .zip takes them along to another server.\n", n)
	}
	return f.YAML()
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
