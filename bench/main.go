// Command bench compares Greenroom with PocketBase's own way of doing the same, with a floor (the least that the same
// driver, data and machine can do), and with the system that Greenroom replaces. The variants of a comparison run by
// turns in one go, so that other work on the machine affects all alike: trust the ratios, not the absolute figures.
//
//	go run ./bench                          all of it, without the system that it replaces
//	go run ./bench -only page,cascade       some of it
//	go run ./bench peer                     beside the system that it replaces: see peer.go; ends with a table in Markdown
//	go run ./bench -json                    for programs
//	go run ./bench -profile DIR             CPU profiles instead: see profile.go; -only chooses some of them
//
// Each variant is a process of its own: the release binary, or this program started again as one of the servers below.
// The load comes from one address and is as high as possible, so the rate limits in the settings are off; everything
// else has its default.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// servers are what this program can be started again as: `bench <server> <data directory> <address>`.
var servers = map[string]func(dir, address string) error{
	"serve-floor": serveFloor,
	"serve-plain": servePlain,
	"serve-hooks": serveHooks,
}

// subject is one thing that can be measured.
type subject struct {
	name    string
	measure func(*bench) error
}

// modes are the subjects in the order of the report, by the first word of the command line.
var modes = map[string][]subject{
	"": {
		{"page", measurePages},
		{"beside", measureBeside},
		{"live", measureLive},
		{"cascade", measureCascade},
		{"growth", measureGrowth},
		{"files", measureFiles},
		{"process", measureProcess},
	},
	"peer": {
		{"start", besidePeer(peerStart)},
		{"memory", besidePeer(peerMemory)},
		{"page", besidePeer(peerPage)},
		{"unchanged", besidePeer(peerUnchanged)},
		{"changed", besidePeer(peerChanged)},
		{"list", besidePeer(peerList)},
		{"comment", besidePeer(peerComment)},
		{"cascade", besidePeer(peerCascade)},
		{"disk", besidePeer(peerDisk)},
		{"growth", measureGrowth},
		{"live", measureLive},
	},
}

// options are the flags.
type options struct {
	only      string
	seconds   time.Duration
	rounds    int
	asJSON    bool
	profileTo string
	system    string // the directory of the system that Greenroom replaces
	kept      string // the directory in which that system is installed, reused by later runs
}

func main() {
	if len(os.Args) == 4 && servers[os.Args[1]] != nil {
		exit(servers[os.Args[1]](os.Args[2], os.Args[3]))
	}
	mode, arguments := "", os.Args[1:]
	if len(arguments) > 0 && modes[arguments[0]] != nil {
		mode, arguments = arguments[0], arguments[1:]
	}
	o := readOptions(mode, arguments)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	exit(run(ctx, mode, o))
}

func readOptions(mode string, arguments []string) (o options) {
	flags := flag.NewFlagSet(strings.TrimSpace("bench "+mode), flag.ExitOnError)
	flags.StringVar(&o.only, "only", "", "what to measure, separated by commas: "+strings.Join(names(modes[mode]), ", ")+" (default all)")
	seconds := flags.Float64("seconds", 2, "how long one measurement runs")
	flags.IntVar(&o.rounds, "rounds", 3, "how many turns each variant gets; the report gives medians")
	flags.BoolVar(&o.asJSON, "json", false, "print JSON for programs")
	if mode == "peer" {
		flags.StringVar(&o.system, "system", filepath.Join("bench", "peer"), "the directory of the system that Greenroom replaces")
		flags.StringVar(&o.kept, "kept", filepath.Join(os.TempDir(), "greenroom-peer"), "where that system is installed and stays for the next run")
	} else {
		flags.StringVar(&o.profileTo, "profile", "", "write CPU profiles to this directory instead of measuring")
	}
	_ = flags.Parse(arguments) // it exits if the flags are wrong
	o.seconds = time.Duration(*seconds * float64(time.Second))
	if flags.NArg() > 0 {
		exit(fmt.Errorf("what is %q? Flags begin with a dash, and the one mode is peer", flags.Arg(0)))
	}
	return o
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
	options
	ctx    context.Context
	temp   string  // removed at the end
	binary string  // the release build of Greenroom
	studio *studio // for subjects without the other system
	peer   *peer   // nil until needed
	report *report
}

func run(ctx context.Context, mode string, o options) (err error) {
	var chosen []subject
	if o.profileTo == "" {
		if chosen, err = choose(modes[mode], o.only); err != nil {
			return err
		}
	}
	if o.rounds < 1 || o.seconds <= 0 {
		return errors.New("-rounds and -seconds have to be more than nothing")
	}
	temp, err := os.MkdirTemp("", "greenroom-bench")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temp)) }()

	b := &bench{options: o, ctx: ctx, temp: temp, report: &report{asJSON: o.asJSON, asTables: mode == "peer", machine: lookAtMachine()}}
	defer func() { err = errors.Join(err, b.peer.end()) }()
	if b.studio, err = seedStudio(b.newDir("seed")); err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	if o.profileTo != "" {
		return profile(b, o.profileTo)
	}
	if b.binary, err = build(ctx, temp); err != nil {
		return err
	}
	for _, s := range chosen {
		if failure := s.measure(b); failure != nil { // the other subjects' results are kept
			err = errors.Join(err, fmt.Errorf("%s: %w", s.name, failure))
		}
		b.report.machine.look()
	}
	return errors.Join(err, b.report.end())
}

// choose parses -only.
func choose(known []subject, only string) (chosen []subject, err error) {
	if only == "" {
		return known, nil
	}
	for name := range strings.SplitSeq(only, ",") {
		name = strings.TrimSpace(name)
		i := slices.IndexFunc(known, func(s subject) bool { return s.name == name })
		if i < 0 {
			return nil, fmt.Errorf("-only knows %s, not %q", strings.Join(names(known), ", "), name)
		}
		chosen = append(chosen, known[i])
	}
	return chosen, nil
}

func names(subjects []subject) (out []string) {
	for _, s := range subjects {
		out = append(out, s.name)
	}
	return out
}

// inTurns runs every variant in each round, beginning with another one each time, so that none is always first.
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
