package main

import (
	"fmt"
	"io"
	"runtime"
	"slices"
)

// This file prints results as tables of Markdown. Everything is a median over
// the rounds; a ratio is the median of the ratios within each round.

// The systems that others are compared with.
const (
	field = "grpc"
	limit = "raw"
)

func (p *plan) print(w io.Writer, rounds []round) {
	fmt.Fprintf(w, "%s, GOMAXPROCS %d, %d rounds of %v. Medians; a ratio is the median of each round's.\n",
		runtime.Version(), runtime.GOMAXPROCS(0), p.rounds, p.pace.count)
	p.printSummary(w, "Requests per second, × "+field, rounds, result.perSecond)
	p.printSummary(w, "CPU of a request on both sides, × "+field, rounds, result.cpu)
	for _, s := range p.sizes {
		for _, n := range p.callers {
			p.printCells(w, s, n, rounds)
		}
	}
}

func (p *plan) cell(system string, s size, callers int) cell {
	return cell{system: system, size: s.String(), callers: callers}
}

// printSummary prints one ratio of every cell.
func (p *plan) printSummary(w io.Writer, title string, rounds []round, of func(result) float64) {
	if !slices.Contains(p.systems, field) {
		return
	}
	fmt.Fprintf(w, "\n## %s\n\n|", title)
	for _, s := range p.sizes {
		for _, n := range p.callers {
			fmt.Fprintf(w, " | %s × %d", s, n)
		}
	}
	fmt.Fprint(w, " |\n|---")
	for range len(p.sizes) * len(p.callers) {
		fmt.Fprint(w, "|--:")
	}
	fmt.Fprintln(w, "|")
	for _, name := range p.systems {
		fmt.Fprintf(w, "| %s", name)
		for _, s := range p.sizes {
			for _, n := range p.callers {
				fmt.Fprintf(w, " | %.2f", ratio(rounds, p.cell(name, s, n), field, of))
			}
		}
		fmt.Fprintln(w, " |")
	}
}

// printCells prints all cells of one size and number of callers, the fastest system first.
func (p *plan) printCells(w io.Writer, s size, callers int, rounds []round) {
	fmt.Fprintf(w, "\n## %s, callers: %d\n\n", s, callers)
	fmt.Fprintln(w, "| system | requests/s | × grpc | × raw | p50 µs | p99 µs | CPU µs: client | server | × grpc | writes: client | server | reads: client | server | allocations: client | server |")
	fmt.Fprintln(w, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
	of := func(name string) cell { return p.cell(name, s, callers) }
	order := slices.Clone(p.systems)
	slices.SortStableFunc(order, func(a, b string) int {
		return int(median(rounds, of(b), result.perSecond) - median(rounds, of(a), result.perSecond))
	})
	for _, name := range order {
		m := func(f func(result) float64) float64 { return median(rounds, of(name), f) }
		fmt.Fprintf(w, "| %s | %.0f | %.2f | %.2f | %.0f | %.0f | %.1f | %.1f | %.2f | %.2f | %.2f | %.2f | %.2f | %.1f | %.1f |\n", name,
			m(result.perSecond),
			ratio(rounds, of(name), field, result.perSecond),
			ratio(rounds, of(name), limit, result.perSecond),
			m(func(r result) float64 { return micros(r.P50) }),
			m(func(r result) float64 { return micros(r.P99) }),
			m(func(r result) float64 { return r.per(uint64(r.Client.CPU)) / 1e3 }),
			m(func(r result) float64 { return r.per(uint64(r.Server.CPU)) / 1e3 }),
			ratio(rounds, of(name), field, result.cpu),
			m(func(r result) float64 { return r.per(r.Client.Writes) }),
			m(func(r result) float64 { return r.per(r.Server.Writes) }),
			m(func(r result) float64 { return r.per(r.Client.Reads) }),
			m(func(r result) float64 { return r.per(r.Server.Reads) }),
			m(func(r result) float64 { return r.per(r.Client.Mallocs) }),
			m(func(r result) float64 { return r.per(r.Server.Mallocs) }))
	}
}

// median returns the median of c over the rounds that have it, or 0.
func median(rounds []round, c cell, of func(result) float64) float64 {
	var all []float64
	for _, r := range rounds {
		if result, ok := r[c]; ok {
			all = append(all, of(result))
		}
	}
	return middle(all)
}

// ratio returns the median of the ratios to the system base in the same round.
func ratio(rounds []round, c cell, base string, of func(result) float64) float64 {
	b := c
	b.system = base
	return ratioTo(rounds, c, b, of)
}

// ratioTo is ratio to any cell.
func ratioTo(rounds []round, c, b cell, of func(result) float64) float64 {
	var all []float64
	for _, r := range rounds {
		result, ok := r[c]
		if to, also := r[b]; ok && also {
			all = append(all, of(result)/of(to))
		}
	}
	return middle(all)
}

func middle(all []float64) float64 {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	n := len(all)
	return (all[(n-1)/2] + all[n/2]) / 2
}
