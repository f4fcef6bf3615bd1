package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// profiled are the names for -only with -profile: CPU profiles of the server while it answers project pages, while
// comments are made (alone and with connected clients), and while it deletes large projects. Read them with `go tool
// pprof`.
var profiled = []struct {
	name    string
	profile func(b *bench, to string) error
}{
	{"page", func(b *bench, to string) error { return b.profileLoad(to, 16, b.studio.portalPages()) }},
	{"comment", func(b *bench, to string) error { return b.profileLoad(to, 1, b.studio.newComments()) }},
	{"comments", func(b *bench, to string) error { return b.profileLoad(to, 16, b.studio.newComments()) }},
	{"live", profileLive},
	{"cascade", profileCascade},
}

// profile writes the profiles into a directory.
func profile(b *bench, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, p := range profiled {
		if b.only != "" && !slices.Contains(strings.Split(b.only, ","), p.name) {
			continue
		}
		if err := p.profile(b, filepath.Join(to, p.name+".pprof")); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	return nil
}

// length returns how long a profile runs, in whole seconds.
func (b *bench) length() time.Duration { return max(b.seconds, time.Second).Truncate(time.Second) }

func (b *bench) profileLoad(to string, connections int, pages [][][]byte) error {
	return b.profileOne(b.studio, to, b.length(), nil, func(s *server) error {
		_, err := fire(b.ctx, s.address, connections, b.length(), pages)
		return err
	})
}

// profileLive profiles comments while clients are connected.
func profileLive(b *bench, to string) error {
	a := &audience{name: "live", topic: "portal", listeners: liveClients}
	defer a.hangUp()
	return b.profileOne(b.studio, to, b.length(), func(s *server) error {
		a.server = s
		return a.connect(b.studio)
	}, func(*server) error {
		_, err := a.write(b.studio.clients[0], b.length())
		return err
	})
}

func profileCascade(b *bench, to string) error {
	const size = 50_000
	seeded, err := seedLarge(b.newDir("cascade-seed"), []int{size}, b.rounds)
	if err != nil {
		return err
	}
	return b.profileOne(seeded, to, max(b.length(), 2*time.Duration(b.rounds)*time.Second), nil, func(s *server) error {
		w, err := dial(s.address)
		if err != nil {
			return err
		}
		defer w.Close()
		for _, project := range seeded.large[size] {
			began := time.Now()
			if err := w.ignore(request("DELETE", "/api/collections/projects/records/"+project, seeded.owner, "")); err != nil {
				return err
			}
			if err := w.ignore(request("GET", someList, seeded.owner, "")); err != nil {
				return err
			}
			fmt.Printf("cascade of %s: %s\n", count(size), span(time.Since(began)))
		}
		return nil
	})
}

// profileOne profiles a server with Greenroom's hooks while work runs, after prepare.
func (b *bench) profileOne(s *studio, path string, length time.Duration, prepare, work func(*server) error) error {
	server, err := b.again("serve-hooks", s.dir)
	if err != nil {
		return err
	}
	defer server.stop()
	w, err := dial(server.address)
	if err != nil {
		return err
	}
	defer w.Close()
	if prepare != nil {
		if err := prepare(server); err != nil {
			return err
		}
	}
	var profile []byte
	var failure error
	var profiler sync.WaitGroup
	profiler.Go(func() {
		profile, failure = w.do(request("GET", fmt.Sprintf("/debug/pprof/profile?seconds=%d", int(length.Seconds())), "", ""))
	})
	time.Sleep(50 * time.Millisecond) // time for the profile to begin
	err = work(server)
	profiler.Wait()
	if err != nil {
		return err
	}
	if failure != nil {
		return failure
	}
	fmt.Println(path)
	return os.WriteFile(path, profile, 0o644)
}
