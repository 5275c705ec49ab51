// Package api is the HTTP edge: it decodes a request, knows who is asking, lets access say yes or no,
// calls the noun, engine or reader, and encodes the answer. It holds no rule of the business: what is
// allowed in a field is said by the nouns' Validate, what a viewer may see by the readers.
//
// routes.go is the list of all routes; from it come the mux, the permission checks, docs/openapi.json
// (tools/genopenapi), the client's types, and the test that walks every route with every role. One
// file per noun holds its wire types and handlers; they go no further than this package.
//
// Instants on the wire are UTC milliseconds, 0 for none, in fields ending in _ms, as are durations.
// Unknown fields of a body are refused, so that a misspelt setting is seen. Errors are
// application/problem+json, see Problem.
package api
