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

// gateway is an S3 server behind a line that tests can make slow or cut.
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

// environment configures a studio with a replica in the gateway, and more.
func (g *gateway) environment(more ...string) map[string]string {
	environment := map[string]string{"REPLICA_URL": "s3://" + bucketName + "/studio", "REPLICA_ENDPOINT": "http://" + g.line.address,
		"REPLICA_ACCESS_KEY_ID": accessKey, "REPLICA_SECRET_ACCESS_KEY": secretKey}
	for i := 0; i+1 < len(more); i += 2 {
		environment[more[i]] = more[i+1]
	}
	return environment
}

// line passes connections on.
type line struct {
	address, to string

	mu       sync.Mutex
	cut      bool
	swallows bool
	delay    time.Duration // of everything that is sent
	open     map[net.Conn]*atomic.Bool
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
	swallowed := new(atomic.Bool)
	l.mu.Lock()
	swallowed.Store(l.swallows)
	l.open[near] = swallowed
	l.mu.Unlock()
	defer func() {
		l.mu.Lock()
		delete(l.open, near)
		l.mu.Unlock()
	}()
	go func() {
		_, _ = io.Copy(throat{near, swallowed}, far)
		if !swallowed.Load() { // nobody hears of its end either
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
		if _, err := (throat{far, swallowed}).Write(buffer[:n]); err != nil && !swallowed.Load() {
			return
		}
	}
}

// throat takes everything, and passes it on until it is swallowed.
type throat struct {
	net.Conn
	swallowed *atomic.Bool
}

func (t throat) Write(p []byte) (int, error) {
	if t.swallowed.Load() {
		return len(p), nil
	}
	return t.Conn.Write(p)
}

func (l *line) isCut() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.cut
}

// swallow lets all connections that there are, and those that are made until comeBack, stay open for good with nothing
// arriving on either side.
func (l *line) swallow() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.swallows = true
	for _, swallowed := range l.open {
		swallowed.Store(true)
	}
}

// goDown cuts what is open and takes nothing more.
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
	l.cut, l.swallows = false, false
}

func (l *line) slow(delay time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.delay = delay
}

// eventually waits for what has to become true.
func eventually(t testing.TB, what string, check func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !check(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it never came true that %s", what)
		}
	}
}
