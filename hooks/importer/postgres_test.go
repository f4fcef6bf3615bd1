package importer

import (
	"context"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// cluster is a real PostgreSQL server of this test program, on a socket in its own folder.
type cluster struct {
	dir     string
	process *exec.Cmd
	n       int
}

const password = "Pa$word/with#signs"

var old struct {
	sync.Once
	cluster *cluster
	failed  error
}

func TestMain(m *testing.M) {
	status := m.Run()
	if c := old.cluster; c != nil {
		_ = c.process.Process.Signal(os.Interrupt)
		_ = c.process.Wait() // how it ended does not matter
		_ = os.RemoveAll(c.dir)
	}
	os.Exit(status)
}

// start makes the cluster. PostgreSQL refuses to run as root.
func start() (*cluster, error) {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	if len(found) == 0 {
		return nil, os.ErrNotExist
	}
	bin := found[len(found)-1]
	dir, err := os.MkdirTemp("", "greenroom-postgres")
	if err != nil {
		return nil, err
	}
	c := &cluster{dir: dir}
	secret := filepath.Join(dir, "secret")
	if err := os.WriteFile(secret, []byte(password), 0o644); err != nil {
		return nil, err
	}
	as := func(program string, args ...string) *exec.Cmd {
		command := exec.Command(filepath.Join(bin, program), args...)
		command.Dir = dir
		return command
	}
	if os.Geteuid() == 0 {
		u, err := user.Lookup("postgres")
		if err != nil {
			return nil, err
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			return nil, err
		}
		inner := as
		as = func(program string, args ...string) *exec.Cmd {
			command := inner(program, args...)
			command.SysProcAttr = credentials(uint32(uid), uint32(gid))
			return command
		}
	}
	data := filepath.Join(dir, "data")
	if said, err := as("initdb", "-D", data, "-U", "portal", "-A", "scram-sha-256", "--pwfile", secret, "-E", "UTF8", "--locale=C.UTF-8", "-N").CombinedOutput(); err != nil {
		return nil, &startError{string(said), err}
	}
	c.process = as("postgres", "-D", data, "-c", "listen_addresses=", "-c", "unix_socket_directories="+dir, "-c", "fsync=off", "-c", "max_wal_size=4GB")
	if err := c.process.Start(); err != nil {
		return nil, err
	}
	return c, nil
}

type startError struct {
	said string
	err  error
}

func (e *startError) Error() string { return e.err.Error() + ": " + e.said }

// oldStudio makes a database with the old system's schema and returns its address, which contains no password.
func oldStudio(t *testing.T, statements ...string) (address string) {
	t.Helper()
	old.Do(func() { old.cluster, old.failed = start() })
	if old.failed != nil {
		t.Fatalf("these tests need PostgreSQL (apt-get install postgresql): %v", old.failed)
	}
	t.Setenv("PGPASSWORD", password)
	c := old.cluster
	c.n++
	name := "studio" + strconv.Itoa(c.n)
	address = "postgres://portal@/" + name + "?host=" + c.dir
	admin := connect(t, strings.Replace(address, name, "postgres", 1))
	execute(t, admin, "CREATE DATABASE "+name)
	schema, err := os.ReadFile("../../bench/peer/prisma/schema.sql") // as the replaced system makes it
	if err != nil {
		t.Fatal(err)
	}
	execute(t, connect(t, address), append([]string{string(schema)}, statements...)...)
	return address
}

// connect waits until the server accepts connections.
func connect(t *testing.T, address string) *pgx.Conn {
	t.Helper()
	for {
		conn, err := pgx.Connect(context.Background(), address)
		if err == nil {
			t.Cleanup(func() { conn.Close(context.Background()) })
			return conn
		}
		if !strings.Contains(err.Error(), "no such file") && !strings.Contains(err.Error(), "refused") && !strings.Contains(err.Error(), "starting up") {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func execute(t *testing.T, conn *pgx.Conn, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := conn.Exec(context.Background(), statement); err != nil {
			t.Fatalf("%v in %.200s", err, statement)
		}
	}
}
