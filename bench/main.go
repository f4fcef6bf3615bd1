// Command bench measures Greenroom beside PocketBase's own way of doing the same and beside a floor, the least that the
// same driver, data and machine can do. All of one comparison runs in one go, in turns, so that whatever else the
// machine does hits all alike: trust the ratios, not the absolute figures.
//
//	go run ./bench                          all of it
//	go run ./bench -only page,cascade       some of it
//	go run ./bench -json                    for programs
//	go run ./bench -profile DIR             CPU profiles of the project page and of a cascade instead
//
// Each variant is a process of its own: the binary as it is built for release, or this program started again as one of
// the servers below.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"
)

// servers are what this program becomes when it is started again: `bench <server> <data directory> <address>`.
var servers = map[string]func(dir, address string) error{
	"serve-floor": serveFloor,
	"serve-plain": servePlain,
	"serve-hooks": serveHooks,
}

// subjects are what can be measured, in the order of the report.
var subjects = []struct {
	name    string
	measure func(*bench) error
}{
	{"page", measurePages},
	{"live", measureLive},
	{"cascade", measureCascade},
	{"files", measureFiles},
	{"process", measureProcess},
}

func main() {
	if len(os.Args) == 4 && servers[os.Args[1]] != nil {
		exit(servers[os.Args[1]](os.Args[2], os.Args[3]))
	}
	only := flag.String("only", "", "what to measure, separated by commas: page, live, cascade, files, process (default all)")
	seconds := flag.Float64("seconds", 2, "how long one measurement runs")
	rounds := flag.Int("rounds", 3, "how many turns each variant gets; the report gives medians")
	asJSON := flag.Bool("json", false, "print JSON for programs")
	profileTo := flag.String("profile", "", "write CPU profiles to this directory instead of measuring")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(run(ctx, *only, time.Duration(*seconds*float64(time.Second)), *rounds, *asJSON, *profileTo))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: "+err.Error())
		os.Exit(1)
	}
	os.Exit(0)
}

// bench is one run.
type bench struct {
	ctx     context.Context
	seconds time.Duration
	rounds  int
	temp    string // removed at the end
	binary  string // Greenroom, built for release
	studio  *studio
	report  *report
}

func run(ctx context.Context, only string, seconds time.Duration, rounds int, asJSON bool, profileTo string) (err error) {
	chosen, err := choose(only)
	if err != nil {
		return err
	}
	if rounds < 1 || seconds <= 0 {
		return errors.New("-rounds and -seconds have to be more than nothing")
	}
	temp, err := os.MkdirTemp("", "greenroom-bench")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()

	b := &bench{ctx: ctx, seconds: seconds, rounds: rounds, temp: temp, report: &report{asJSON: asJSON}}
	if b.studio, err = seedStudio(b.newDir("seed")); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	if profileTo != "" {
		return profile(b, profileTo)
	}
	if b.binary, err = build(ctx, temp); err != nil {
		return err
	}
	for _, s := range subjects {
		if !slices.Contains(chosen, s.name) {
			continue
		}
		if failure := s.measure(b); failure != nil { // what else was measured still counts
			err = errors.Join(err, fmt.Errorf("%s: %w", s.name, failure))
		}
	}
	return errors.Join(err, b.report.end())
}

// choose reads -only.
func choose(only string) (chosen []string, err error) {
	var known []string
	for _, s := range subjects {
		known = append(known, s.name)
	}
	if only == "" {
		return known, nil
	}
	for name := range strings.SplitSeq(only, ",") {
		if name = strings.TrimSpace(name); !slices.Contains(known, name) {
			return nil, fmt.Errorf("-only knows %s, not %q", strings.Join(known, ", "), name)
		}
		chosen = append(chosen, name)
	}
	return chosen, nil
}

// inTurns gives every variant its turn in every round, each round from another start, so that no one always goes first.
func (b *bench) inTurns(variants int, turn func(round, variant int) error) error {
	for round := range b.rounds {
		for i := range variants {
			if err := b.ctx.Err(); err != nil {
				return err
			}
			if err := turn(round, (i+round)%variants); err != nil {
				return err
			}
		}
	}
	return nil
}
