package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A plan says which cells to run, and how.
type plan struct {
	systems []string
	sizes   []size
	callers []int
	rounds  int
	pace    pace
}

func run(args []string) error {
	p, err := parsePlan(args)
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

func parsePlan(args []string) (*plan, error) {
	var p plan
	f := flag.NewFlagSet("run", flag.ExitOnError)
	systems := f.String("systems", systemNames(), "the `systems` to measure")
	sizes := f.String("sizes", strings.Join(sizeNames[:], ","), "the `sizes` of messages")
	callers := f.String("callers", "1,16,256", "how `many` call at once")
	f.IntVar(&p.rounds, "rounds", 5, "how often everything is measured")
	p.pace.flags(f)
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	for name := range strings.SplitSeq(*systems, ",") {
		if _, err := findSystem(name); err != nil {
			return nil, err
		}
		p.systems = append(p.systems, name)
	}
	for name := range strings.SplitSeq(*sizes, ",") {
		s, err := parseSize(name)
		if err != nil {
			return nil, err
		}
		p.sizes = append(p.sizes, s)
	}
	for number := range strings.SplitSeq(*callers, ",") {
		n, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("callers: %w", err)
		}
		p.callers = append(p.callers, n)
	}
	return &p, nil
}

// A round is every cell once.
type round map[cell]result

// round runs every cell once. Cells that are compared run one after the other, in a random
// order, since the other load on the machine changes. A cell that fails is reported and left
// out.
func (p *plan) round() round {
	r := make(round)
	for _, s := range p.sizes {
		for _, n := range p.callers {
			order := slices.Clone(p.systems)
			rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			for _, name := range order {
				c := p.cell(name, s, n)
				result, err := c.start(p.pace)
				if err != nil {
					fmt.Fprintln(os.Stderr, "bench:", err)
					continue
				}
				r[c] = result
			}
		}
	}
	return r
}
