package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A streamPlan says which streams to run, and how.
type streamPlan struct {
	systems []streamer
	forms   []form
	sizes   []string
	streams []int
	rounds  int
	pace    pace
}

func runStreams(args []string) error {
	p, err := parseStreamPlan(args)
	if err != nil {
		return err
	}
	var results []round
	for n := range p.rounds {
		results = append(results, p.round())
		fmt.Fprintf(os.Stderr, "%s: round %d of %d is done\n", time.Now().Format(time.TimeOnly), n+1, p.rounds)
	}
	p.print(os.Stdout, results)
	return nil
}

func parseStreamPlan(args []string) (*streamPlan, error) {
	var p streamPlan
	f := flag.NewFlagSet("streams", flag.ExitOnError)
	systems := f.String("systems", streamerNames(), "the `systems` to measure")
	names := f.String("forms", strings.Join(formNames(), ","), "the `forms` of streams")
	sizes := f.String("sizes", strings.Join(chunkNames, ","), "the `sizes` of items")
	streams := f.String("streams", "1,16", "how `many` streams there are at once")
	f.IntVar(&p.rounds, "rounds", 5, "how often everything is measured")
	p.pace.flags(f)
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	for name := range strings.SplitSeq(*systems, ",") {
		s, err := findStreamer(name)
		if err != nil {
			return nil, err
		}
		p.systems = append(p.systems, s)
	}
	for name := range strings.SplitSeq(*names, ",") {
		if !slices.Contains(forms, form(name)) {
			return nil, fmt.Errorf("unknown form %q: there are %s", name, strings.Join(formNames(), ","))
		}
		p.forms = append(p.forms, form(name))
	}
	for name := range strings.SplitSeq(*sizes, ",") {
		if _, err := parseChunk(name); err != nil {
			return nil, err
		}
		p.sizes = append(p.sizes, name)
	}
	for number := range strings.SplitSeq(*streams, ",") {
		n, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("streams: %w", err)
		}
		p.streams = append(p.streams, n)
	}
	return &p, nil
}

// round runs every cell once, as the round of a plan does.
func (p *streamPlan) round() round {
	r := make(round)
	for _, size := range p.sizes {
		for _, n := range p.streams {
			for _, f := range p.forms {
				for _, c := range p.cells(f, size, n, true) {
					result, err := c.start(p.pace)
					if err != nil {
						fmt.Fprintln(os.Stderr, "bench:", err)
						continue
					}
					r[c] = result
				}
			}
		}
	}
	return r
}

// cells returns the cells of one form, of the systems that have it.
func (p *streamPlan) cells(f form, size string, n int, shuffled bool) []cell {
	var cells []cell
	for _, s := range p.systems {
		if s.opens(f) {
			cells = append(cells, cell{s.name, f, size, n})
		}
	}
	if shuffled {
		rand.Shuffle(len(cells), func(i, j int) { cells[i], cells[j] = cells[j], cells[i] })
	}
	return cells
}

func (p *streamPlan) print(w io.Writer, rounds []round) {
	fmt.Fprintf(w, "%s, GOMAXPROCS %d, %d rounds of %v. Medians; a ratio is the median of each round's.\n",
		runtime.Version(), runtime.GOMAXPROCS(0), p.rounds, p.pace.count)
	for _, f := range p.forms {
		fmt.Fprintf(w, "\n## %s\n\n", f)
		if f.waits() {
			fmt.Fprintln(w, "| system | size × streams | p50 µs | × grpc | × unary | p99 µs | CPU µs |")
			fmt.Fprintln(w, "|---|---|--:|--:|--:|--:|--:|")
		} else {
			fmt.Fprintln(w, "| system | size × streams | items/s | × grpc | × grpc+tls | CPU µs: client | server | × grpc | writes: client | server | allocations: client | server |")
			fmt.Fprintln(w, "|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
		}
		for _, size := range p.sizes {
			for _, n := range p.streams {
				for _, c := range p.cells(f, size, n, false) {
					p.printCell(w, c, rounds)
				}
			}
		}
	}
}

func (p *streamPlan) printCell(w io.Writer, c cell, rounds []round) {
	m := func(f func(result) float64) float64 { return median(rounds, c, f) }
	fmt.Fprintf(w, "| %s | %s × %d |", c.system, c.size, c.callers)
	if p50 := func(r result) float64 { return micros(r.P50) }; c.form.waits() {
		call := c
		call.form = unary
		fmt.Fprintf(w, " %.0f | %.2f | %.2f | %.0f | %.1f |\n",
			m(p50), ratio(rounds, c, field, p50), ratioTo(rounds, c, call, p50),
			m(func(r result) float64 { return micros(r.P99) }), m(result.cpu))
		return
	}
	fmt.Fprintf(w, " %.0f | %.2f | %.2f | %.2f | %.2f | %.2f | %.4f | %.4f | %.1f | %.1f |\n",
		m(result.perSecond), ratio(rounds, c, field, result.perSecond), ratio(rounds, c, field+"+tls", result.perSecond),
		m(func(r result) float64 { return r.per(uint64(r.Client.CPU)) / 1e3 }),
		m(func(r result) float64 { return r.per(uint64(r.Server.CPU)) / 1e3 }),
		ratio(rounds, c, field, result.cpu),
		m(func(r result) float64 { return r.per(r.Client.Writes) }),
		m(func(r result) float64 { return r.per(r.Server.Writes) }),
		m(func(r result) float64 { return r.per(r.Client.Mallocs) }),
		m(func(r result) float64 { return r.per(r.Server.Mallocs) }))
}
