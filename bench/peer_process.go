package main

import (
	"io/fs"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
)

// sidesAlone returns functions that start each side by itself, Greenroom first, and wait until it has answered with a
// project's page.
func (b *bench) sidesAlone(p *peer, dir string) (out []func() (*server, error)) {
	v := p.ours[0]
	out = append(out, func() (*server, error) {
		address, err := freeAddress()
		if err != nil {
			return nil, err
		}
		return start(b.ctx, address, request("GET", "/api/portal/projects/"+v.project, v.token, ""),
			exec.Command(b.binary, "serve", "--dir", dir, "--http", address))
	})
	for i := range variants {
		out = append(out, func() (*server, error) { return p.serve(b, i) })
	}
	return out
}

func peerStart(b *bench, p *peer) error {
	dir, err := b.copyOf(p.studio.dir, "peer-start")
	if err != nil {
		return err
	}
	m := newMeasure("start to the first project page", "ms", false).atLeast("start to Next.js", 0, 6)
	begin := b.sidesAlone(p, dir)
	err = b.inTurns(len(begin), func(_, side int) error {
		for range 2 { // a start takes little time
			s, err := begin[side]()
			if err != nil {
				return err
			}
			m.add(side, ms(s.startUp))
			s.stop()
		}
		return nil
	})
	if err != nil {
		return err
	}
	b.compare(m)
	return nil
}

// peerMemory measures memory including the database: PostgreSQL's processes there, Greenroom's own process here. Each
// side runs alone.
func peerMemory(b *bench, p *peer) error {
	dir, err := b.copyOf(p.studio.dir, "peer-memory")
	if err != nil {
		return err
	}
	idle := newMeasure("memory, idle", "MB", false).atLeast("memory idle to Next.js", 0, 6)
	loaded := newMeasure("memory, most during project pages over 64 connections", "MB", false).atLeast("memory loaded to Next.js", 0, 3)
	all := make(sides, 1+len(variants))
	for i := range all {
		all[i] = &way{}
	}
	all.askForPages(p)
	for side, begin := range b.sidesAlone(p, dir) {
		if err := p.restartPostgres(b.ctx); err != nil {
			return err
		}
		s, err := begin()
		if err != nil {
			return err
		}
		footprint := func() float64 {
			if side == 0 {
				return s.footprint()
			}
			return s.footprint() + p.postgres.footprint()
		}
		time.Sleep(5 * time.Second)
		idle.add(side, footprint())
		most, err := highest(footprint, func() error {
			_, err := fire(b.ctx, s.address, 64, 5*b.seconds, all[side].pages)
			return err
		})
		s.stop()
		if err != nil {
			return err
		}
		loaded.add(side, most)
	}
	b.compare(idle, loaded)
	return nil
}

// highest returns the highest value of look while do runs.
func highest(look func() float64, do func() error) (most float64, err error) {
	done := make(chan error)
	go func() { done <- do() }()
	for {
		select {
		case err := <-done:
			return max(most, look()), err
		case <-time.After(250 * time.Millisecond): // often enough, and without cost to the servers
			most = max(most, look())
		}
	}
}

// peerDisk measures the least that has to be installed on a server: the binary here; there the smallest output of
// Next.js, Node and PostgreSQL; and each database with the same rows.
func peerDisk(b *bench, p *peer) error {
	programs := newMeasure("disk, programs", "MB", false)
	binary, err := weight(b.binary)
	if err != nil {
		return err
	}
	programs.add(0, binary)
	node, err := exec.LookPath("node")
	if err != nil {
		return err
	}
	theirs := 0.0
	for _, path := range []string{filepath.Join(p.app, ".next-standalone", "standalone"), node, "/usr/lib/postgresql", "/usr/share/postgresql"} {
		mb, err := weight(path)
		if err != nil {
			return err
		}
		theirs += mb
	}
	programs.add(1, theirs)

	rows := newMeasure("disk, the studio's rows", "MB", false)
	database, err := weight(filepath.Join(p.studio.dir, "data.db"))
	if err != nil {
		return err
	}
	rows.add(0, database)
	said, err := p.sql("SELECT pg_database_size('portal')")
	if err != nil {
		return err
	}
	bytes, err := strconv.ParseFloat(said, 64)
	for i := range variants {
		rows.add(1+i, bytes/(1<<20))
	}
	b.compare(programs, rows)
	return err
}

// weight returns the size in MB of a file, or of all files in a directory.
func weight(path string) (mb float64, err error) {
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return 0, err
	}
	err = filepath.WalkDir(path, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			mb += float64(info.Size()) / (1 << 20)
		}
		return err
	})
	return mb, err
}
