// Package speech turns text into sound: named engines behind flow.Speaker, each with its own turns, time and
// rest, which stand in for each other, and a cache on disk in front of them. An engine is espeak-ng as a
// process, or any HTTP service that takes text and gives WAV or raw samples. Which one speaks is decided by the
// project's voices and the order of the configuration (decision 24); what is spoken when, by flow.
package speech
