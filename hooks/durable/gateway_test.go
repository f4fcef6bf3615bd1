package durable_test

import (
	"io"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// gateway is an S3 server behind a connection that tests can slow down, stall or cut.
type gateway struct {
	*testkit.Gateway
	line *line
}

const (
	bucketName = testkit.BucketName
	accessKey  = testkit.AccessKey
	secretKey  = testkit.SecretKey
)

func newGateway(t testing.TB) *gateway {
	t.Helper()
	g := testkit.NewGateway(t)
	return &gateway{g, newLine(t, g.Address)}
}

// environment configures a studio whose replica is in the gateway. more holds further variables, as names and values in
// turn.
func (g *gateway) environment(more ...string) map[string]string {
	environment := map[string]string{"REPLICA_URL": "s3://" + bucketName + "/studio", "REPLICA_ENDPOINT": "http://" + g.line.address,
		"REPLICA_ACCESS_KEY_ID": accessKey, "REPLICA_SECRET_ACCESS_KEY": secretKey}
	for i := 0; i+1 < len(more); i += 2 {
		environment[more[i]] = more[i+1]
	}
	return environment
}

// line is a TCP proxy.
type line struct {
	address, to string

	mu     sync.Mutex
	cut    bool
	stalls bool
	delay  time.Duration // added to everything that is sent
	open   map[net.Conn]*atomic.Bool
}

func newLine(t testing.TB, to string) *line {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	l := &line{address: listener.Addr().String(), to: to, open: map[net.Conn]*atomic.Bool{}}
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			go l.pass(near)
		}
	}()
	return l
}

func (l *line) pass(near net.Conn) {
	defer near.Close()
	if l.isCut() {
		return
	}
	far, err := net.Dial("tcp", l.to)
	if err != nil {
		return
	}
	defer far.Close()
	stalled := new(atomic.Bool)
	l.mu.Lock()
	stalled.Store(l.stalls)
	l.open[near] = stalled
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		delete(l.open, near)
		l.mu.Unlock()
	}()
	go func() {
		_, _ = io.Copy(throat{near, stalled}, far)
		if !stalled.Load() { // a stalled connection does not report its end either
			near.Close()
		}
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := near.Read(buffer)
		if err != nil || l.isCut() {
			return
		}
		l.mu.Lock()
		delay := l.delay
		l.mu.Unlock()
		time.Sleep(delay)
		if _, err := (throat{far, stalled}).Write(buffer[:n]); err != nil && !stalled.Load() {
			return
		}
	}
}

// throat reads everything from one side, and passes it on until the line is stalled.
type throat struct {
	net.Conn
	stalled *atomic.Bool
}

func (t throat) Write(p []byte) (int, error) {
	if t.stalled.Load() {
		return len(p), nil
	}
	return t.Conn.Write(p)
}

func (l *line) isCut() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cut
}

// stall stalls the line: connections that are open, and those opened until comeBack, stay open, and nothing that is
// sent on them arrives.
func (l *line) stall() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stalls = true
	for _, stalled := range l.open {
		stalled.Store(true)
	}
}

// goDown closes all connections and accepts no new ones.
func (l *line) goDown() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
	for connection := range l.open {
		connection.Close()
		delete(l.open, connection)
	}
}

func (l *line) comeBack() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut, l.stalls = false, false
}

func (l *line) slow(delay time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.delay = delay
}
