// Package access says who may do what: users and their roles, sessions of browsers, tokens of
// programs, the one-time link that makes the first administrator, and signing in. Storage works as
// in package tenant; Door is the service in front of it, which edges ask who somebody is.
package access
