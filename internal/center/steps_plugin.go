package center

import (
	"fmt"

	"linekeeper/internal/kit/fault"
	"linekeeper/internal/plugin"
)

func (k Plugin) noun() plugin.Plugin {
	n := plugin.Plugin{Key: k.Key, Name: k.Name, URL: k.URL, Secret: k.SecretSealed, TimeoutMS: k.Timeout.Milliseconds()}
	for _, one := range k.Kinds {
		kind := plugin.Kind{Key: one.Kind, Label: one.Label, Doc: one.Doc, Talks: one.Talks, Wants: one.Wants}
		for _, p := range one.Parameters {
			kind.Parameters = append(kind.Parameters, plugin.Parameter{
				Key: p.Name, Type: plugin.Type(p.Type), Label: p.Label, Required: p.Required, Default: asJSON(p.Default), Options: p.Options,
			})
		}
		for _, r := range one.Results {
			kind.Results = append(kind.Results, plugin.Result{Key: r.Name, Type: plugin.Type(r.Type), Label: r.Label})
		}
		for _, b := range one.Branches {
			kind.Branches = append(kind.Branches, plugin.Branch{Key: b.Name, Label: b.Label})
		}
		n.Kinds = append(n.Kinds, kind)
	}
	return n
}

// asJSON is a value of YAML as JSON has it, where every number is a float64.
func asJSON(v any) any {
	switch v := v.(type) {
	case int:
		return float64(v)
	case int64:
		return float64(v)
	case uint64:
		return float64(v)
	case string, bool, float64, nil:
		return v
	}
	return fmt.Sprint(v) // a date is a text
}

func pluginFrom(n plugin.Plugin) Plugin {
	k := Plugin{Key: n.Key, Name: n.Name, URL: n.URL, SecretSealed: n.Secret, Timeout: fromMillis(n.TimeoutMS)}
	for _, one := range n.Kinds {
		kind := PluginKind{Kind: one.Key, Label: one.Label, Doc: one.Doc, Talks: one.Talks, Wants: one.Wants}
		for _, p := range one.Parameters {
			kind.Parameters = append(kind.Parameters, PluginParameter{
				Name: p.Key, Type: string(p.Type), Label: p.Label, Required: p.Required, Default: p.Default, Options: p.Options,
			})
		}
		for _, r := range one.Results {
			kind.Results = append(kind.Results, PluginItem{Name: r.Key, Type: string(r.Type), Label: r.Label})
		}
		for _, b := range one.Branches {
			kind.Branches = append(kind.Branches, PluginItem{Name: b.Key, Label: b.Label})
		}
		k.Kinds = append(k.Kinds, kind)
	}
	return k
}

func (r *run) plugins(have File) error {
	had := make(map[string]Plugin)
	for _, k := range have.Plugins {
		had[k.Key] = k
	}
	for i := range r.f.Plugins {
		k := &r.f.Plugins[i]
		if k.Secret == "" && k.SecretSealed == "" {
			k.SecretSealed = had[k.Key].SecretSealed
		}
		if k.Kinds = pluginFrom(k.noun()).Kinds; k.Kinds == nil {
			k.Kinds = had[k.Key].Kinds
		}
		if k.Secret != "" {
			if r.seal == nil {
				return fault.Unavailable.New("Secrets of plug-ins cannot be sealed here; set them on the screen.")
			}
			var err error
			if k.SecretSealed, err = r.seal(k.Secret); err != nil {
				return err
			}
			k.Secret = ""
		}
	}
	return bring(r, step[Plugin]{
		kind: "plugin", want: r.f.Plugins, have: have.Plugins, path: in("plugins"),
		key: func(k Plugin) string { return k.Key },
		create: func(_ string, k Plugin) (string, error) {
			n, err := plugin.Create(r.tx, r.by, k.noun())
			return string(n.ID), err
		},
		change: func(_, id string, k Plugin) error {
			n := k.noun()
			n.ID = plugin.ID(id)
			_, err := plugin.Change(r.tx, r.by, n)
			return err
		},
		remove: func(id string) error { return plugin.Delete(r.tx, r.by, plugin.ID(id)) },
	})
}
