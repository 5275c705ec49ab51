package flow

import (
	"encoding/json"
	"maps"
	"slices"
)

// JSONSchema is the JSON Schema (2020-12) of the program format, made from the table of nodes. It
// cannot say everything Compile checks, such as where edges lead.
func JSONSchema() []byte {
	type object = map[string]any
	name := object{"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}
	defs := object{}
	var refs []any
	for _, k := range Kinds() {
		props := object{
			"kind":    object{"const": k.Name},
			"comment": object{"type": "string"},
		}
		required := []string{"kind"}
		for _, p := range k.Params {
			props[p.Name] = paramSchema(p)
			if p.Required {
				required = append(required, p.Name)
			}
		}
		if k.Next {
			props["next"] = object{"$ref": "#/$defs/node_name", "description": "the node that follows"}
			required = append(required, "next")
		}
		if len(k.Edges) > 0 || k.Keys || k.Ways {
			edges := object{"type": "object", "additionalProperties": false}
			named, must := object{}, []string{}
			for _, e := range k.Edges {
				named[e.Name] = object{"$ref": "#/$defs/node_name", "description": e.Doc}
				if !e.Optional {
					must = append(must, e.Name)
				}
			}
			edges["properties"] = named
			if len(must) > 0 {
				edges["required"] = must
				required = append(required, "edges")
			}
			if k.Keys {
				edges["patternProperties"] = object{"^[0-9*#]$": object{"$ref": "#/$defs/node_name"}}
			}
			if k.Ways || k.Free {
				edges["additionalProperties"] = object{"$ref": "#/$defs/node_name"}
			}
			props["edges"] = edges
		}
		defs[k.Name] = object{
			"type": "object", "description": k.Doc, "properties": props, "required": required, "additionalProperties": false,
		}
		refs = append(refs, object{"$ref": "#/$defs/" + k.Name})
	}
	defs["node_name"] = name
	schema := object{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"title":   "A Linekeeper flow",
		"type":    "object",
		"properties": object{
			"$schema": object{"type": "string"},
			"schema":  object{"const": SchemaVersion},
			"comment": object{"type": "string"},
			"start":   object{"$ref": "#/$defs/node_name", "description": "the first node"},
			"nodes": object{
				"type": "object", "minProperties": 1, "maxProperties": maxNodes, "propertyNames": name,
				"additionalProperties": object{"oneOf": refs},
			},
			"channels":  object{"type": "array", "items": object{"enum": slices.Sorted(maps.Keys(abilities()))}, "description": "the media it is for; absent: voice"},
			"variables": object{"type": "object", "propertyNames": object{"pattern": variableName.String()}, "additionalProperties": variableSchema()},
			"tests":     object{"type": "array", "maxItems": maxScripts, "items": object{"type": "object", "required": []string{"name"}}, "description": "rehearsals and what is to come of them"},
			"layout":    object{"description": "where an editor draws the nodes; not looked at here"},
		},
		"required":             []string{"schema", "start", "nodes"},
		"additionalProperties": false,
		"$defs":                defs,
	}
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		panic(err) // maps and strings only
	}
	return append(text, '\n')
}

func variableSchema() map[string]any {
	text := map[string]any{"type": "boolean"}
	return map[string]any{
		"type": "object", "required": []string{"type"}, "additionalProperties": false,
		"properties": map[string]any{
			"type": map[string]any{"enum": VarTypes()}, "doc": map[string]any{"type": "string"}, "default": map[string]any{},
			"secret": text, "input": text, "output": text,
		},
	}
}

func paramSchema(p Param) map[string]any {
	s := map[string]any{"description": p.Doc}
	if p.Default != nil {
		s["default"] = p.Default
	}
	text := map[string]any{"type": "string", "minLength": 1, "maxLength": maxText}
	switch p.Type {
	case PromptParam, QueueParam, HoursParam:
		s["type"], s["minLength"], s["maxLength"] = "string", 1, maxName
	case LanguageParam:
		s["enum"] = Languages()
	case TextParam:
		s["oneOf"] = []any{text, map[string]any{"type": "object", "minProperties": 1, "additionalProperties": text}}
	case SecondsParam:
		s["type"], s["minimum"], s["maximum"] = "number", p.Min, p.Max
	case IntegerParam:
		s["type"], s["minimum"], s["maximum"] = "integer", p.Min, p.Max
	case BooleanParam:
		s["type"] = "boolean"
	case ChoiceParam:
		s["enum"] = p.Options
	case FlowParam, VariableParam, PluginParam, OfferParam:
		s["type"], s["minLength"], s["maxLength"] = "string", 1, maxName
	case ExpressionParam:
		s["type"], s["minLength"], s["maxLength"] = "string", 1, maxExpression
	case TemplateParam:
		s["type"], s["minLength"], s["maxLength"] = "string", 1, maxText
	case TemplatesParam, LabelsParam, AssignParam:
		s["type"], s["maxProperties"] = "object", maxItems
	case CasesParam, SharesParam:
		s["type"], s["minItems"], s["maxItems"] = "array", 1, maxItems
	}
	return s
}
