package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The peer is the system that Greenroom replaces: Next.js, Prisma and PostgreSQL, in bench/peer. It is measured as
// people deploy it (`next`) and as the same code without a framework (`plain`), the fastest that Node could be made, on
// the same machine, with the same rows and ids and the same load.
//
// The directory has:
//
//	run.sh install                     dependencies, the build of Next.js, dist/plain.mjs
//	run.sh start seed                  a fresh PostgreSQL cluster in $DIR/pgdata on $PGPORT, and rows as CSV in $DIR/data
//	GET /api/projects                  a client's projects
//	GET, DELETE /api/projects/:id      a project's page; deletion is its owner's
//	POST /api/comments                 {sessionId, body}
//
// Tokens are in data/ids.txt (project, session and its client's token in each line) and in data/tokens.json. It needs
// root (PostgreSQL's programs only run as their own user), Node, npm and the Debian package postgresql.
//
// Both sides write with full durability: synchronous_commit=on there, synchronous=FULL here. When the start is
// measured, PostgreSQL keeps running, as databases do. Its memory is counted, because Greenroom's process contains the
// database too.
type peer struct {
	app      string // its sources, dependencies and build
	dir      string // its cluster, and the rows for both systems
	port     string // of PostgreSQL
	postgres *server
	owner    string  // a token that may delete
	visits   []visit // for the load
	ours     []visit // the same for Greenroom
	rows     *rows
	studio   *studio // Greenroom with the same rows
	table    *table
}

// visit is a line of ids.txt: a project, one of its sessions, and its client's token.
type visit struct{ project, session, token string }

// variants are the forms of the other system with their start scripts.
var variants = []struct {
	name    string
	command func(port string) []string
}{
	{"next", func(port string) []string {
		return []string{"node_modules/next/dist/bin/next", "start", "-H", "127.0.0.1", "-p", port}
	}},
	{"plain", func(string) []string { return []string{"dist/plain.mjs"} }},
}

// besidePeer runs a measurement once the other system is ready.
func besidePeer(measure func(*bench, *peer) error) func(*bench) error {
	return func(b *bench) error {
		if b.peer == nil {
			p, err := b.newPeer()
			if err != nil {
				return errors.Join(err, p.end())
			}
			b.peer = p
		}
		return measure(b, b.peer)
	}
}

// newPeer installs the other system unless an earlier run did, fills both databases, and starts PostgreSQL.
func (b *bench) newPeer() (p *peer, err error) {
	if _, err := os.Stat(filepath.Join(b.system, "run.sh")); err != nil {
		return nil, fmt.Errorf("the system that Greenroom replaces is not there; run this in the project's directory, or name another with -system: %w", err)
	}
	p = &peer{app: filepath.Join(b.kept, "app"), dir: filepath.Join(b.kept, "work")}
	address, err := freeAddress()
	if err != nil {
		return p, err
	}
	_, p.port, _ = strings.Cut(address, ":")
	if err := p.install(b.ctx, b.system); err != nil {
		return p, fmt.Errorf("install: %w", err)
	}
	if _, err := os.Stat(filepath.Join(p.cluster(), "postmaster.pid")); err == nil {
		return p, fmt.Errorf("the PostgreSQL of an earlier run seems to run still: stop it, then remove postmaster.pid from %s", p.cluster())
	}
	if err := p.run(b.ctx, "start", "seed"); err != nil {
		return p, fmt.Errorf("seed: %w", err)
	}
	if err := p.readKeys(); err != nil {
		return p, err
	}
	if p.studio, p.rows, err = seedAs(b.newDir("peer-seed"), filepath.Join(p.dir, "data")); err != nil {
		return p, fmt.Errorf("the same rows for Greenroom: %w", err)
	}
	p.ours = p.studio.visitsLike(p.visits)
	if err := p.startPostgres(b.ctx); err != nil {
		return p, err
	}
	p.table = besideTable()
	b.report.tables = append(b.report.tables, p.table)
	return p, b.sameRows(p)
}

// install takes a minute or two, and is done once.
func (p *peer) install(ctx context.Context, system string) error {
	done := filepath.Join(p.dir, "installed")
	if _, err := os.Stat(done); err == nil {
		return nil
	}
	if err := errors.Join(os.RemoveAll(p.app), os.MkdirAll(p.dir, 0o755)); err != nil { // PostgreSQL's user needs access
		return err
	}
	if err := os.CopyFS(p.app, os.DirFS(system)); err != nil {
		return err
	}
	if err := p.run(ctx, "install"); err != nil {
		return err
	}
	return os.WriteFile(done, nil, 0o644)
}

// run runs steps of the other system's script.
func (p *peer) run(ctx context.Context, steps ...string) error {
	command := exec.CommandContext(ctx, filepath.Join(p.app, "run.sh"), steps...)
	command.Env = append(os.Environ(), "DIR="+p.dir, "PGPORT="+p.port)
	// The script stops what it has started.
	command.Cancel = func() error { return command.Process.Signal(syscall.SIGTERM) }
	if out, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("run.sh %s: %w\n%s", strings.Join(steps, " "), err, out)
	}
	return nil
}

func (p *peer) cluster() string { return filepath.Join(p.dir, "pgdata") }

// startPostgres starts the cluster as the user to whom it belongs.
func (p *peer) startPostgres(ctx context.Context) error {
	programs, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(programs) == 0 {
		return errors.Join(errors.New("there is no PostgreSQL in /usr/lib/postgresql"), err)
	}
	whose, err := user.Lookup("postgres")
	if err != nil {
		return err
	}
	uid, _ := strconv.ParseUint(whose.Uid, 10, 32) // user ids are numbers on Linux
	gid, _ := strconv.ParseUint(whose.Gid, 10, 32)
	cluster := p.cluster()
	command := exec.Command(programs[len(programs)-1], "-D", cluster, "-p", p.port,
		"-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories="+cluster, "-c", "log_min_messages=fatal")
	command.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}
	command.Dir = cluster
	if err := command.Start(); err != nil {
		return err
	}
	p.postgres = &server{command: command}
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		_, err := p.sql("SELECT 1")
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || time.Since(began) > patience {
			return errors.Join(fmt.Errorf("PostgreSQL does not answer: %w", err), ctx.Err())
		}
	}
}

// restartPostgres empties its caches.
func (p *peer) restartPostgres(ctx context.Context) error {
	p.postgres.stop()
	p.postgres = nil
	return p.startPostgres(ctx)
}

// sql runs statements and returns their output.
func (p *peer) sql(statements ...string) (string, error) {
	arguments := []string{"-qAtX", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", p.port, "-U", "postgres"}
	for _, s := range statements {
		arguments = append(arguments, "-c", s)
	}
	out, err := exec.Command("psql", append(arguments, "portal")...).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("psql: %w: %s", err, out)
	}
	return strings.TrimSpace(string(out)), nil
}

// end stops what is still running.
func (p *peer) end() error {
	if p != nil && p.postgres != nil {
		p.postgres.stop()
		p.postgres = nil
	}
	return nil
}

// serve starts one variant of the other system and waits until it answers a project's page.
func (p *peer) serve(b *bench, variant int) (*server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	_, port, _ := strings.Cut(address, ":")
	command := exec.Command("node", variants[variant].command(port)...)
	command.Dir = p.app
	command.Env = []string{"NODE_ENV=production", "NEXT_TELEMETRY_DISABLED=1", "PORT=" + port, "JWT_SECRET=peer-secret",
		"DATABASE_URL=postgresql://portal:portal@127.0.0.1:" + p.port + "/portal"}
	v := p.visits[0]
	return start(b.ctx, address, request("GET", "/api/projects/"+v.project, v.token, ""), command)
}
