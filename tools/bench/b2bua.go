package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"linekeeper/internal/kit/network"
	"linekeeper/internal/wire/sip"
	"linekeeper/test/rig"
)

// b2buaTo is set for the process that b2bua measures: the address of the callee.
const b2buaTo = "LINEKEEPER_BENCH_B2BUA"

// description is what the calls offer and answer; nobody sends sound.
const description = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 0 101\r\n" +
	"a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"

// b2buaChild connects every call it gets with a call to the callee, and does nothing else.
func b2buaChild() {
	callee, err := netip.ParseAddrPort(os.Getenv(b2buaTo))
	if err != nil {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	var calls atomic.Pointer[sip.Stack]
	stack, err := newStack(sip.Config{TraceBytes: 32 << 10}, func(_ context.Context, in *sip.Call) {
		out, err := calls.Load().Dial(ctx, sip.DialRequest{Target: "sip:callee@" + callee.String(), From: "caller", Offer: []byte(description)})
		if err != nil {
			_ = in.Reject(503, "")
			return
		}
		_ = in.Ring()
		select {
		case _, ok := <-out.Answered():
			if ok {
				_ = in.Answer(ctx, []byte(description))
			}
		case <-in.Done():
		}
		select {
		case <-in.Done():
			_ = out.Hangup(ctx, "")
		case <-out.Done():
			_ = in.Hangup(ctx, "")
		}
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	calls.Store(stack)
	fmt.Println(stack.UDPAddr())
	go func() { _ = stack.Run(ctx) }()
	_, _ = io.Copy(io.Discard, os.Stdin) // the end of who measures is ours
	stop()
	_ = stack.Close()
	os.Exit(0)
}

func newStack(c sip.Config, f sip.HandlerFunc) (*sip.Stack, error) {
	conn, err := (network.Machine{}).ListenUDP(netip.MustParseAddrPort("127.0.0.1:0"))
	if err != nil {
		return nil, err
	}
	c.UDP = conn
	c.Limits.Rate, c.Limits.Burst = 1e6, 1e6
	return sip.New(c, f)
}

// b2bua measures what connecting two calls costs the SIP layer alone: messages, transactions and dialogs
// on both sides, with the ladder kept and nothing else of the product. Callers and callees are here.
func b2bua(ctx context.Context, b *bench) ([]figure, error) {
	const rate = 200 // a second
	total := pick(b, 4000, 400)
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	callee, err := newStack(sip.Config{}, func(_ context.Context, c *sip.Call) {
		_ = c.Ring()
		_ = c.Answer(ctx, []byte(description))
	})
	if err != nil {
		return nil, err
	}
	defer callee.Close()
	caller, err := newStack(sip.Config{}, func(_ context.Context, c *sip.Call) { _ = c.Reject(403, "") })
	if err != nil {
		return nil, err
	}
	defer caller.Close()
	for _, s := range []*sip.Stack{caller, callee} {
		go func() { _ = s.Run(ctx) }()
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	between := exec.CommandContext(ctx, self)
	between.Env = append(os.Environ(), b2buaTo+"="+callee.UDPAddr().String())
	between.Stderr = os.Stderr
	end, err := between.StdinPipe()
	if err != nil {
		return nil, err
	}
	said, err := between.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := between.Start(); err != nil {
		return nil, err
	}
	defer func() { _ = end.Close(); _ = between.Wait() }()
	line, err := bufio.NewReader(said).ReadString('\n')
	if err != nil {
		return nil, fmt.Errorf("starting the process in between: %w", err)
	}
	target := strings.TrimSpace(line)
	var answered atomic.Int64
	var wg sync.WaitGroup
	pace := time.NewTicker(time.Second / rate)
	defer pace.Stop()
	before, err := rig.CPU(between.Process.Pid)
	if err != nil {
		return nil, err
	}
	for range total {
		<-pace.C
		wg.Go(func() {
			c, err := caller.Dial(ctx, sip.DialRequest{Target: "sip:number@" + target, From: "caller", Offer: []byte(description)})
			if err != nil {
				return
			}
			if _, ok := <-c.Answered(); ok {
				answered.Add(1)
			}
			_ = c.Hangup(ctx, "")
			<-c.Done()
		})
	}
	wg.Wait()
	after, err := rig.CPU(between.Process.Pid)
	if err != nil {
		return nil, err
	}
	if answered.Load() < int64(total)*99/100 {
		return nil, fmt.Errorf("only %d of %d calls were answered", answered.Load(), total)
	}
	return []figure{{"connected calls, SIP layer alone", fmt.Sprintf("%.0f", float64(answered.Load())/(after-before).Seconds()), "per CPU-s",
		fmt.Sprintf("%d calls by UDP at %d a second, each connected with a second one: INVITE, 180, 200, ACK, BYE on both sides, messages kept for the ladder; no flow, queue, record or sound", total, rate)}}, nil
}
