package durable

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// A connection can be swallowed: what is sent on it arrives nowhere, and no answer ever comes. Each request is
// therefore bounded by what it does, not by what it might take: while it sends, something has to be taken from it every
// few seconds; then, after as long as what is still on its way may need on the slowest line that is bearable, the
// answer has to begin; and while that arrives, something has to arrive. A request that waits longer ends, with its
// connection and all idle ones, for they went the same way; whoever repeats it gets a new one.
//
// A line that is gone is asked again as quickly as ever, so that little time is lost when it is back. One that answers
// late is given more: a probe beside the request that was ended tells the two apart, and how late.
const (
	answerWithin    = 2500 * time.Millisecond
	answerAtMost    = 30 * time.Second
	answerFactor    = 3         // how many times the usual time an answer may take
	slowestLine     = 256 << 10 // bytes a second
	onItsWay        = 128 << 10 // bytes that the system takes at once, before the other side has them; it doubles what it is told
	probesAtOnce    = 4
	dialWithin      = 5 * time.Second
	idleConnections = 30 * time.Second
)

// errSwallowed ends a request.
var errSwallowed error = swallowed{}

type swallowed struct{}

func (swallowed) Error() string   { return "nothing came back on this connection" }
func (swallowed) Timeout() bool   { return true } // the S3 client repeats it
func (swallowed) Temporary() bool { return true }

// patience is the way of all requests to a bucket.
type patience struct {
	base *http.Transport
	wait time.Duration // answerWithin; tests have less of it

	mu     sync.Mutex
	within time.Duration // what an answer may take now
	probes int           // under way
}

func newPatience(wait time.Duration) *patience {
	dialer := &net.Dialer{Timeout: dialWithin, KeepAlive: 5 * time.Second}
	base := &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: uploadsAtOnce + 2, IdleConnTimeout: idleConnections, TLSHandshakeTimeout: dialWithin,
		Protocols: new(http.Protocols)}
	base.Protocols.SetHTTP1(true) // a request of HTTP/2 that is ended leaves its connection to the next one
	base.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := dialer.DialContext(ctx, network, address)
		if tcp, ok := connection.(*net.TCPConn); ok {
			_ = tcp.SetWriteBuffer(onItsWay) // more would hide for longer that nothing is taken
		}
		return connection, err
	}
	return &patience{base: base, wait: wait, within: wait}
}

// transport is the one of this process.
var transport = newPatience(answerWithin)

func (p *patience) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(request.Context())
	within := p.now()
	alarm := time.AfterFunc(within, func() { cancel(errSwallowed) })
	body := &watched{within: within, alarm: alarm, sent: time.Now()}
	request = request.Clone(ctx)
	if request.Body != nil && request.Body != http.NoBody {
		body.ReadCloser = request.Body
		request.Body = body
	}
	response, err := p.base.RoundTrip(request)
	if err != nil {
		alarm.Stop()
		ended := context.Cause(ctx) == errSwallowed
		cancel(nil)
		p.base.CloseIdleConnections()
		if ended {
			p.probe(request)
			return nil, errSwallowed
		}
		return nil, err
	}
	p.answered(body.sinceSent())
	alarm.Stop() // whoever asked may take their time to read
	response.Body = &arriving{ReadCloser: response.Body, within: within, alarm: alarm, ctx: ctx, cancel: cancel}
	return response, nil
}

func (p *patience) now() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.within
}

// answered learns from an answer how long the next may take.
func (p *patience) answered(took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.within = min(max(p.wait, answerFactor*took), max(answerAtMost, p.wait))
}

// probe asks the bucket's server for anything at all, beside what goes on. When it answers, the line is there and the
// request that was ended was only slow: the next ones may take longer.
func (p *patience) probe(of *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.probes >= probesAtOnce {
		return
	}
	p.probes++
	before := p.within
	go func() {
		took, err := p.ask(of)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.probes--
		if err == nil && p.within <= before {
			p.within = min(max(2*before, answerFactor*took), max(answerAtMost, p.wait))
		}
	}()
}

// ask needs no signature, for a refusal is an answer.
func (p *patience) ask(of *http.Request) (took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), answerAtMost)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, of.URL.Scheme+"://"+of.URL.Host+"/", nil)
	if err != nil {
		return 0, err
	}
	request.Close = true // and so on a connection of its own, unless one is idle
	started := time.Now()
	response, err := p.base.RoundTrip(request)
	if err != nil {
		return 0, err
	}
	return time.Since(started), response.Body.Close()
}

// watched is a body that is being sent.
type watched struct {
	io.ReadCloser
	within time.Duration
	alarm  *time.Timer

	mu   sync.Mutex
	n    int64     // bytes
	sent time.Time // the last of them, or the beginning
	full time.Time // when the system had taken as much as it takes at once
	rest int64     // bytes since then
}

func (w *watched) Read(p []byte) (n int, err error) {
	n, err = w.ReadCloser.Read(p)
	w.mu.Lock()
	defer w.mu.Unlock()
	w.n, w.sent = w.n+int64(n), time.Now()
	if w.n > 2*onItsWay {
		if w.full.IsZero() {
			w.full = w.sent
		}
		w.rest += int64(n)
	}
	if err == nil || err == io.EOF {
		w.alarm.Reset(w.within + w.tail())
	}
	return n, err
}

// tail is how long what the system has taken may still be on its way: as long as what came before it took, and where
// too little came to tell, as long as on the slowest line.
func (w *watched) tail() time.Duration {
	waiting := min(w.n, 2*onItsWay)
	atWorst := time.Duration(waiting) * time.Second / slowestLine
	if took := w.sent.Sub(w.full); !w.full.IsZero() && w.rest > 2*onItsWay {
		return min(atWorst, 2*took*time.Duration(waiting)/time.Duration(w.rest))
	}
	return atWorst
}

// sinceSent is how long the other side has had everything.
func (w *watched) sinceSent() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Since(w.sent)
}

// arriving is the body of an answer.
type arriving struct {
	io.ReadCloser
	within time.Duration
	alarm  *time.Timer
	ctx    context.Context
	cancel context.CancelCauseFunc
}

// Read lets the alarm run while it waits, not while what it has read is used.
func (a *arriving) Read(p []byte) (n int, err error) {
	a.alarm.Reset(a.within)
	n, err = a.ReadCloser.Read(p)
	a.alarm.Stop()
	if err != nil && err != io.EOF && context.Cause(a.ctx) == errSwallowed {
		err = errSwallowed
	}
	return n, err
}

func (a *arriving) Close() error {
	a.alarm.Stop()
	err := a.ReadCloser.Close()
	a.cancel(nil)
	return err
}
