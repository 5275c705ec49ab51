package flow

import (
	"maps"
	"sync"
	"time"
)

// Counter counts how often today's runs have left each node by each way. It is safe for concurrent
// use; Passed is for RunnerConfig. After a restart it begins anew.
type Counter struct {
	today func() time.Time // the beginning of the day

	mu     sync.Mutex // guards what follows
	day    time.Time
	counts map[ID]map[string]int64
}

// NewCounter makes one; today tells when the present day began.
func NewCounter(today func() time.Time) *Counter {
	return &Counter{today: today, counts: map[ID]map[string]int64{}}
}

// Passed counts one node that is left by a way; "" is the end of the run, or going into another flow.
func (c *Counter) Passed(flow ID, node, way string) {
	if flow == "" {
		return // built in
	}
	day := c.today()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !day.Equal(c.day) {
		c.day, c.counts = day, map[ID]map[string]int64{}
	}
	of := c.counts[flow]
	if of == nil {
		of = map[string]int64{}
		c.counts[flow] = of
	}
	of[node]++
	if way != "" {
		of[node+"."+way]++
	}
}

// Counts are today's of a flow: by node, and by way as node.way. Since is where they begin.
func (c *Counter) Counts(flow ID) (counts map[string]int64, since time.Time) {
	day := c.today()
	c.mu.Lock()
	defer c.mu.Unlock()
	if !day.Equal(c.day) {
		return map[string]int64{}, day
	}
	counts = maps.Clone(c.counts[flow])
	if counts == nil {
		counts = map[string]int64{}
	}
	return counts, day
}
