// Package rig runs the real binary for tests and measurements in real time, and is its user: an API
// client, an agent's desk over the WebSocket, a browser's audio. It knows the product only from
// outside; of its packages it uses the desk's protocol types, nothing else.
package rig
