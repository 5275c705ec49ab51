// Package g711 converts between linear samples and G.711 (ITU-T G.711) by table. Samples are 16 bit;
// mu-law uses the upper 14 bits, A-law the upper 13.
package g711
