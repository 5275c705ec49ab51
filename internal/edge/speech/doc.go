// Package speech turns text into sound: engines behind flow.Speaker, and a cache on disk in front of
// them. An engine is espeak-ng as a process, where it is installed, or any HTTP service that takes
// text and gives WAV or raw samples. What is spoken when, and in which language, is decided by flow.
package speech
