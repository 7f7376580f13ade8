package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// A cell is one cell of the tables: a system, a form of streams ("" if calls are measured),
// the size of messages or items, and how many callers or streams there are at once.
type cell struct {
	system  string
	form    form
	size    string
	callers int
}

// A pace is how long calls are made, first uncounted and then counted.
type pace struct{ warm, count time.Duration }

func (p *pace) flags(f *flag.FlagSet) {
	f.DurationVar(&p.warm, "warm", 250*time.Millisecond, "how long to call before anything is counted")
	f.DurationVar(&p.count, "for", 700*time.Millisecond, "how long to count")
}

// A result is the result of one run of a cell.
type result struct {
	Calls          uint64
	Took           time.Duration
	P50, P99       time.Duration
	Client, Server usage
}

// What the tables show.
func (r result) perSecond() float64   { return float64(r.Calls) / r.Took.Seconds() }
func (r result) cpu() float64         { return r.per(uint64(r.Client.CPU+r.Server.CPU)) / 1e3 }
func (r result) per(n uint64) float64 { return float64(n) / float64(r.Calls) }
func micros(d time.Duration) float64  { return float64(d) / 1e3 }
func (c cell) String() string {
	if c.form != "" {
		return fmt.Sprintf("%s, %s of %s, %d at once", c.system, c.form, c.size, c.callers)
	}
	return fmt.Sprintf("%s, %s, %d callers", c.system, c.size, c.callers)
}
func (c cell) args(p pace) []string {
	return []string{"-system", c.system, "-form", string(c.form), "-size", c.size, "-callers", fmt.Sprint(c.callers), "-warm", p.warm.String(), "-for", p.count.String()}
}

// parseCell parses the command line that args returns. f may have further flags.
func parseCell(f *flag.FlagSet, args []string) (c cell, p pace, err error) {
	f.StringVar(&c.system, "system", "tpp", "the `system`: "+strings.ReplaceAll(systemNames(), ",", ", "))
	f.StringVar((*string)(&c.form), "form", "", "the `form` of the streams, instead of calls: "+strings.Join(formNames(), ", "))
	f.StringVar(&c.size, "size", small.String(), "the `size` of the messages: "+strings.Join(sizeNames[:], ", ")+"; of items: "+strings.Join(chunkNames, ", "))
	f.IntVar(&c.callers, "callers", 16, "how many calls or streams there are at once")
	p.flags(f)
	return c, p, f.Parse(args)
}

// start runs c in two new processes.
func (c cell) start(p pace) (r result, err error) {
	self, err := os.Executable()
	if err != nil {
		return r, err
	}
	cmd := exec.Command(self, append([]string{"cell"}, c.args(p)...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return r, fmt.Errorf("%v: %w", c, err)
	}
	return r, json.Unmarshal(out, &r)
}

// cellProcess is the main function of the client's process. It runs a cell and prints the
// result.
func cellProcess(args []string) error {
	c, p, err := parseCell(flag.NewFlagSet("cell", flag.ExitOnError), args)
	if err != nil {
		return err
	}
	r, err := c.run(p, func(*server) (func() error, error) { return func() error { return nil }, nil })
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

// run runs c in this process and one for the server. It calls watch when counting begins,
// and the function that watch returns when counting ends.
func (c cell) run(p pace, watch func(*server) (func() error, error)) (r result, err error) {
	s, err := findSystem(c.system)
	if err != nil {
		return r, err
	}
	v, err := startServer(s)
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, v.stop()) }()
	open, err := c.open(s, v)
	if err != nil {
		return r, err
	}
	crowd := newCrowd(open, c.callers)
	defer crowd.leave()
	time.Sleep(p.warm)

	unwatch, err := watch(v)
	if err != nil {
		return r, err
	}
	server, err := v.measure(false)
	if err != nil {
		return r, err
	}
	client, err := measure(false)
	if err != nil {
		return r, err
	}
	began := time.Now()
	crowd.counting.Store(true)
	time.Sleep(p.count)
	crowd.counting.Store(false)
	r.Took = time.Since(began)
	if r.Server, err = v.measure(false); err != nil {
		return r, err
	}
	if r.Client, err = measure(false); err != nil {
		return r, err
	}
	if err := unwatch(); err != nil {
		return r, err
	}
	r.Server, r.Client = r.Server.since(server), r.Client.since(client)

	calls, times, err := crowd.leave()
	r.Calls = calls
	r.P50, r.P99 = times.quantile(.50), times.quantile(.99)
	if err == nil && r.Calls == 0 {
		err = errors.New("no calls were made")
	}
	return r, err
}

// open returns a function that makes the job of each caller.
func (c cell) open(s system, v *server) (func() job, error) {
	if c.form != "" {
		return c.openStreams(s, v)
	}
	z, err := parseSize(c.size)
	if err != nil {
		return nil, err
	}
	open, err := s.connect(v.peer(s, z))
	if err != nil {
		return nil, err
	}
	return func() job {
		do := open()
		return func(c *crowd, to *caller) error { return c.call(do, to) }
	}, nil
}

// openStreams is open for streams.
func (c cell) openStreams(s system, v *server) (func() job, error) {
	t, err := findStreamer(c.system)
	if err != nil {
		return nil, err
	}
	if !t.opens(c.form) {
		return nil, fmt.Errorf("%s has no form %q", c.system, c.form)
	}
	n, err := parseChunk(c.size)
	if err != nil {
		return nil, err
	}
	open, err := t.open(v.peer(s, small), c.form, chunk(n))
	if err != nil {
		return nil, err
	}
	return func() job {
		run := open()
		if c.form.waits() {
			return func(c *crowd, to *caller) error { return c.time(run, to) }
		}
		return func(c *crowd, to *caller) error { return c.stream(run, to) }
	}, nil
}

// A job is what a caller does until its crowd has left.
type job func(*crowd, *caller) error

// A crowd is a number of goroutines that make calls in a loop, or have a stream each.
type crowd struct {
	counting, left atomic.Bool
	wait           sync.WaitGroup
	callers        []caller
}

// A caller is one of a crowd.
type caller struct {
	calls uint64 // while they are counted
	times histogram
	err   error
}

func newCrowd(open func() job, n int) *crowd {
	c := &crowd{callers: make([]caller, n)}
	for i := range c.callers {
		do := open()
		c.wait.Go(func() { c.callers[i].err = do(c, &c.callers[i]) })
	}
	return c
}

// timed means that one of so many calls is timed. Timing all of them would be a large part
// of the cost of the fastest calls.
const timed = 4

func (c *crowd) call(do call, to *caller) error {
	var began time.Time
	for n := 0; !c.left.Load(); n++ {
		if n%timed == 0 {
			began = time.Now()
		}
		if err := do(); err != nil {
			return err
		}
		if !c.counting.Load() {
			continue
		}
		to.calls++
		if n%timed == 0 {
			to.times.add(time.Since(began))
		}
	}
	return nil
}

// stream counts items.
func (c *crowd) stream(run stream, to *caller) error {
	return run(func() bool {
		if c.counting.Load() {
			to.calls++
		}
		return !c.left.Load()
	})
}

// time counts items that come one after the other, and times all of them.
func (c *crowd) time(run stream, to *caller) error {
	began := time.Now()
	return run(func() bool {
		now := time.Now()
		if c.counting.Load() {
			to.calls++
			to.times.add(now.Sub(began))
		}
		began = now
		return !c.left.Load()
	})
}

// leave ends the calls. It returns the number of counted calls and their times.
func (c *crowd) leave() (calls uint64, times *histogram, err error) {
	c.left.Store(true)
	c.wait.Wait()
	times = new(histogram)
	for i := range c.callers {
		calls += c.callers[i].calls
		times.addAll(&c.callers[i].times)
		err = errors.Join(err, c.callers[i].err)
	}
	return calls, times, err
}
