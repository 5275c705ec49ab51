package center

import (
	"linekeeper/internal/kit/secret"
	"linekeeper/internal/tenant"
)

// Plugin is a program outside that leads parts of flows; docs/plugins has its contract.
type Plugin struct {
	Key  string `yaml:"key"`
	Name string `yaml:"name"` // missing: the key
	URL  string `yaml:"url"`
	// Secret signs what it is asked; it is sealed when it is read. Missing, with SecretSealed missing too: left as it is.
	Secret string `yaml:"secret,omitempty"`
	// SecretSealed is, in place of Secret, what export --secrets writes; it needs the same secret.key.
	SecretSealed secret.Sealed `yaml:"secret_sealed,omitempty"`
	Timeout      Duration      `yaml:"timeout,omitempty"` // for its answers; missing: 2s
	// Kinds are what it offers, as in its manifest; missing: left as they are, for the screen reads the manifest.
	Kinds []PluginKind `yaml:"kinds,omitempty"`
}

// PluginKind is one thing a plug-in offers, as a node of flows.
type PluginKind struct {
	Kind       string            `yaml:"kind"`
	Label      tenant.Names      `yaml:"label"`
	Doc        tenant.Names      `yaml:"doc,omitempty"`
	Talks      bool              `yaml:"talks,omitempty"`
	Parameters []PluginParameter `yaml:"parameters,omitempty"`
	Results    []PluginItem      `yaml:"results,omitempty"`
	Branches   []PluginItem      `yaml:"branches,omitempty"`
	Wants      []string          `yaml:"wants,omitempty"` // values it is told: call.number, customer.name, a variable
}

// PluginParameter is what a node tells a plug-in.
type PluginParameter struct {
	Name     string       `yaml:"name"`
	Type     string       `yaml:"type"` // text, number, boolean or choice
	Label    tenant.Names `yaml:"label,omitempty"`
	Required bool         `yaml:"required,omitempty"`
	Default  any          `yaml:"default,omitempty"`
	Options  []string     `yaml:"options,omitempty"` // of a choice
}

// PluginItem is a result or a branch of a plug-in.
type PluginItem struct {
	Name  string       `yaml:"name"`
	Type  string       `yaml:"type,omitempty"` // of a result: text, number or boolean
	Label tenant.Names `yaml:"label,omitempty"`
}
