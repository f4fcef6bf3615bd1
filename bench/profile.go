package main

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// profile writes CPU profiles of the server while it answers project pages and while it deletes large projects. Read
// them with `go tool pprof`.
func profile(b *bench, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	length := max(b.seconds, time.Second).Truncate(time.Second)
	err := b.profileOne(b.studio, filepath.Join(to, "page.pprof"), length, func(s *server) error {
		_, err := fire(b.ctx, s.address, 16, length, b.studio.portalPages())
		return err
	})
	if err != nil {
		return err
	}
	const size = 50_000
	seeded, err := seedLarge(b.newDir("cascade-seed"), []int{size}, b.rounds)
	if err != nil {
		return err
	}
	return b.profileOne(seeded, filepath.Join(to, "cascade.pprof"), 2*time.Duration(b.rounds)*time.Second, func(s *server) error {
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
			fmt.Printf("cascade of %s: %s\n", count(size), span(time.Since(began)))
		}
		return nil
	})
}

// profileOne profiles a server with our hooks for a while, during which work is done.
func (b *bench) profileOne(s *studio, path string, length time.Duration, work func(*server) error) error {
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
	var profile []byte
	var failure error
	var profiler sync.WaitGroup
	profiler.Go(func() {
		profile, failure = w.do(request("GET", fmt.Sprintf("/debug/pprof/profile?seconds=%d", int(length.Seconds())), "", ""))
	})
	time.Sleep(50 * time.Millisecond) // it is on
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
