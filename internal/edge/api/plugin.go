package api

import (
	"context"
	"net/http"

	"linekeeper/internal/access"
	"linekeeper/internal/kit/db"
	"linekeeper/internal/kit/fault"
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/plugin"
	"linekeeper/internal/tenant"
)

// PluginFields are what an administrator sets of a plug-in.
type PluginFields struct {
	Key       string       `json:"key" maxLength:"64" doc:"Short name; flows name it"`
	Name      string       `json:"name" maxLength:"200"`
	URL       string       `json:"url" maxLength:"1000" doc:"Asked by POST; URL/manifest tells what it offers"`
	TimeoutMs int64        `json:"timeout_ms,omitempty" doc:"For its answers; 0: 2000"`
	Kinds     []PluginKind `json:"kinds,omitempty" maxItems:"50" doc:"What it offers; absent when changing one: as it was"`
}

// PluginKind is one thing a plug-in offers, as a node of flows.
type PluginKind struct {
	Kind       string            `json:"kind" maxLength:"64"`
	Label      map[string]string `json:"label" doc:"By language"`
	Doc        map[string]string `json:"doc,omitempty"`
	Talks      bool              `json:"talks,omitempty" doc:"It speaks with the customer"`
	Parameters []PluginParameter `json:"parameters,omitempty" maxItems:"30"`
	Results    []PluginItem      `json:"results,omitempty" maxItems:"30" doc:"What it may set"`
	Branches   []PluginItem      `json:"branches,omitempty" maxItems:"30" doc:"Ways by which it may finish, beside the plain one"`
	Wants      []string          `json:"wants,omitempty" maxItems:"30" doc:"Values it is told: call.number, customer.name, a variable of the flow"`
}

// PluginParameter is what a node tells a plug-in.
type PluginParameter struct {
	Name     string            `json:"name" maxLength:"40"`
	Type     string            `json:"type" enum:"text,number,boolean,choice"`
	Label    map[string]string `json:"label,omitempty" doc:"By language; absent: its name"`
	Required bool              `json:"required,omitempty"`
	Default  any               `json:"default,omitempty"`
	Options  []string          `json:"options,omitempty" maxItems:"30" doc:"Of a choice"`
}

// PluginItem is a result or a branch of a plug-in.
type PluginItem struct {
	Name  string            `json:"name" maxLength:"40"`
	Type  string            `json:"type,omitempty" enum:",text,number,boolean" doc:"Of a result"`
	Label map[string]string `json:"label,omitempty" doc:"By language; absent: its name"`
}

// PluginInput is PluginFields with a secret, which is never given back.
type PluginInput struct {
	PluginFields
	Secret string `json:"secret,omitempty" maxLength:"1000" doc:"Signs what it is asked. Empty: stays as it is. It is never shown again."`

	sealed secret.Sealed // of the secret, made before the transaction
}

// Plugin is a program outside that leads parts of flows.
type Plugin struct {
	ID string `json:"id"`
	PluginFields
	HasSecret bool `json:"has_secret"`
}

func (s *server) plugins() kept[plugin.Plugin, Plugin, PluginInput] {
	return kept[plugin.Plugin, Plugin, PluginInput]{
		kind: "plugin", title: "Plugin", titles: "Plugins", path: "/plugins", read: may(access.SeeSetup), write: may(access.ChangeSetup),
		list: plugin.List, after: func(n plugin.Plugin) string { return n.Key },
		get: byID(plugin.Get), create: plugin.Create, change: plugin.Change, remove: removeByID(plugin.Delete),
		show: showPlugin,
		take: func(id string, f PluginInput) plugin.Plugin {
			return plugin.Plugin{ID: plugin.ID(id), Key: f.Key, Name: f.Name, URL: f.URL, TimeoutMS: f.TimeoutMs, Secret: f.sealed, Kinds: takeKinds(f.Kinds)}
		},
		before: func(_ context.Context, f *PluginInput) (err error) {
			if f.Secret != "" {
				f.sealed, err = s.deps.Seal(f.Secret)
			}
			return err
		},
	}
}

func showPlugin(n plugin.Plugin) Plugin {
	out := Plugin{ID: string(n.ID), HasSecret: n.Secret != "", PluginFields: PluginFields{Key: n.Key, Name: n.Name, URL: n.URL, TimeoutMs: n.TimeoutMS}}
	for _, k := range n.Kinds {
		one := PluginKind{Kind: k.Key, Label: plain(k.Label), Doc: plainOrNone(k.Doc), Talks: k.Talks, Wants: k.Wants}
		for _, p := range k.Parameters {
			one.Parameters = append(one.Parameters, PluginParameter{
				Name: p.Key, Type: string(p.Type), Label: plainOrNone(p.Label), Required: p.Required, Default: p.Default, Options: p.Options,
			})
		}
		for _, r := range k.Results {
			one.Results = append(one.Results, PluginItem{Name: r.Key, Type: string(r.Type), Label: plainOrNone(r.Label)})
		}
		for _, b := range k.Branches {
			one.Branches = append(one.Branches, PluginItem{Name: b.Key, Label: plainOrNone(b.Label)})
		}
		out.Kinds = append(out.Kinds, one)
	}
	return out
}

func takeKinds(given []PluginKind) (all []plugin.Kind) {
	for _, k := range given {
		one := plugin.Kind{Key: k.Kind, Label: named(k.Label), Doc: namedOrNone(k.Doc), Talks: k.Talks, Wants: k.Wants}
		for _, p := range k.Parameters {
			one.Parameters = append(one.Parameters, plugin.Parameter{
				Key: p.Name, Type: plugin.Type(p.Type), Label: namedOrNone(p.Label), Required: p.Required, Default: p.Default, Options: p.Options,
			})
		}
		for _, r := range k.Results {
			one.Results = append(one.Results, plugin.Result{Key: r.Name, Type: plugin.Type(r.Type), Label: namedOrNone(r.Label)})
		}
		for _, b := range k.Branches {
			one.Branches = append(one.Branches, plugin.Branch{Key: b.Name, Label: namedOrNone(b.Label)})
		}
		all = append(all, one)
	}
	return all
}

func plainOrNone(n tenant.Names) map[string]string {
	if len(n) == 0 {
		return nil
	}
	return plain(n)
}

func namedOrNone(m map[string]string) tenant.Names {
	if len(m) == 0 {
		return nil
	}
	return named(m)
}

// Manifests asks plug-ins what they offer.
type Manifests interface {
	Manifest(ctx context.Context, p plugin.Plugin) ([]plugin.Kind, error)
}

func (s *server) pluginRoutes() []route {
	return []route{
		rt(http.MethodPost, "/plugins/{id}/manifest", "readPluginManifest", may(access.ChangeSetup), "Ask a plug-in for its manifest and keep what it offers", s.readManifest),
	}
}

func (s *server) readManifest(ctx context.Context, in *idInput) (*oneOutput[Plugin], error) {
	v := viewerOf(ctx)
	var p plugin.Plugin
	err := s.deps.DB.Read(ctx, func(tx *db.Tx) (err error) {
		p, err = plugin.Get(tx, v.Tenant, plugin.ID(in.ID))
		return err
	})
	if err != nil {
		return nil, err
	}
	if s.deps.Manifests == nil {
		return nil, fault.Unavailable.New("Plug-ins cannot be asked here.")
	}
	kinds, err := s.deps.Manifests.Manifest(ctx, p)
	if err != nil {
		return nil, err
	}
	err = s.deps.DB.Write(ctx, func(tx *db.Tx) error {
		now, err := plugin.Get(tx, v.Tenant, p.ID)
		if err != nil {
			return err
		}
		now.Kinds = kinds
		p, err = plugin.Change(tx, v.author(), now)
		return err
	})
	return &oneOutput[Plugin]{showPlugin(p)}, s.changed("plugin", err)
}
