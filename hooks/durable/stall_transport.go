package durable

import (
	"context"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// A connection can stall: a router drops what is sent on it, and no error or answer ever comes. A fixed timeout for a
// request would either cut slow uploads off or wait far too long, so each phase is bounded: while the body is sent, the
// socket must accept something every few seconds; once it is sent, the answer must begin after the time that the send
// buffer may need on the slowest line that is supported; and while the answer arrives, something must arrive. A request
// that exceeds this ends, together with its connection and all idle ones, which took the same route; whoever repeats it
// gets a new connection.
//
// The timeout stays short while the server cannot be reached at all, so that little time is lost when it is back. For a
// server that is merely slow it grows: a probe sent beside the request that was ended tells the two cases apart.
const (
	answerWithin    = 2500 * time.Millisecond
	answerAtMost    = 30 * time.Second
	answerFactor    = 3         // an answer may take this many times as long as the last one
	slowestLine     = 256 << 10 // bytes a second
	onItsWay        = 128 << 10 // the socket's send buffer in bytes; Linux doubles the value that it is given
	probesAtOnce    = 4
	dialWithin      = 5 * time.Second
	idleConnections = 30 * time.Second
)

// errStalled is the error of a request that was ended because its connection stalled.
var errStalled error = stalled{}

type stalled struct{}

func (stalled) Error() string   { return "nothing came back on this connection" }
func (stalled) Timeout() bool   { return true } // as a timeout, which the S3 client retries
func (stalled) Temporary() bool { return true }

// stallTransport is the http.RoundTripper of all requests to a bucket.
type stallTransport struct {
	base *http.Transport
	wait time.Duration // answerWithin, or less in tests

	mu     sync.Mutex
	within time.Duration // how long an answer may take at the moment
	probes int           // probes in flight
}

func newStallTransport(wait time.Duration) *stallTransport {
	dialer := &net.Dialer{Timeout: dialWithin, KeepAlive: 5 * time.Second}
	base := &http.Transport{Proxy: http.ProxyFromEnvironment, MaxIdleConnsPerHost: uploadsAtOnce + 2, IdleConnTimeout: idleConnections, TLSHandshakeTimeout: dialWithin,
		Protocols: new(http.Protocols)}
	// HTTP/1 only: cancelling a request of HTTP/2 leaves its stalled connection to the next request.
	base.Protocols.SetHTTP1(true)
	base.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		connection, err := dialer.DialContext(ctx, network, address)
		if tcp, ok := connection.(*net.TCPConn); ok {
			_ = tcp.SetWriteBuffer(onItsWay) // a larger buffer would hide a stall for longer
		}
		return connection, err
	}
	return &stallTransport{base: base, wait: wait, within: wait}
}

// transport is shared by all requests of this process, so that all learn from each answer.
var transport = newStallTransport(answerWithin)

func (p *stallTransport) RoundTrip(request *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancelCause(request.Context())
	within := p.now()
	alarm := time.AfterFunc(within, func() { cancel(errStalled) })
	body := &sendingBody{within: within, alarm: alarm, sent: time.Now()}
	request = request.Clone(ctx)
	if request.Body != nil && request.Body != http.NoBody {
		body.ReadCloser = request.Body
		request.Body = body
	}
	response, err := p.base.RoundTrip(request)
	if err != nil {
		alarm.Stop()
		ended := context.Cause(ctx) == errStalled
		cancel(nil)
		p.base.CloseIdleConnections()
		if ended {
			p.probe(request)
			return nil, errStalled
		}
		return nil, err
	}
	p.learn(body.sinceSent())
	alarm.Stop() // the caller may take time before it reads the body
	response.Body = &receivingBody{ReadCloser: response.Body, within: within, alarm: alarm, ctx: ctx, cancel: cancel}
	return response, nil
}

func (p *stallTransport) now() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.within
}

// learn sets how long the next answer may take from how long this one took.
func (p *stallTransport) learn(took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.within = min(max(p.wait, answerFactor*took), max(answerAtMost, p.wait))
}

// probe sends a request to the bucket's server in the background, after another was ended. An answer shows that the
// connection was slow rather than stalled, so later requests may take longer.
func (p *stallTransport) probe(of *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.probes >= probesAtOnce {
		return
	}
	p.probes++
	before := p.within
	go func() {
		took, err := p.sendProbe(of)
		p.mu.Lock()
		defer p.mu.Unlock()
		p.probes--
		if err == nil && p.within <= before {
			p.within = min(max(2*before, answerFactor*took), max(answerAtMost, p.wait))
		}
	}()
}

// sendProbe sends it. It needs no signature, since a refusal is an answer too.
func (p *stallTransport) sendProbe(of *http.Request) (took time.Duration, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), answerAtMost)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, of.URL.Scheme+"://"+of.URL.Host+"/", nil)
	if err != nil {
		return 0, err
	}
	// The answer's connection is closed, so that the probe leaves no idle one behind. It may itself use an idle one.
	request.Close = true
	started := time.Now()
	response, err := p.base.RoundTrip(request)
	if err != nil {
		return 0, err
	}
	return time.Since(started), response.Body.Close()
}

// sendingBody is the body of a request. Every read of it, which means that the socket had room, restarts the alarm.
type sendingBody struct {
	io.ReadCloser
	within time.Duration
	alarm  *time.Timer

	mu   sync.Mutex
	n    int64     // bytes read so far
	sent time.Time // when the last of them were read, or when the request began
	full time.Time // when more had been read than the send buffer holds
	rest int64     // bytes read since then
}

func (w *sendingBody) Read(p []byte) (n int, err error) {
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

// tail estimates how long the bytes in the send buffer need until they arrive: twice what the pace of the bytes after
// the first buffer suggests, and at most what slowestLine allows, which alone counts while too few were sent to tell.
func (w *sendingBody) tail() time.Duration {
	waiting := min(w.n, 2*onItsWay)
	atWorst := time.Duration(waiting) * time.Second / slowestLine
	if took := w.sent.Sub(w.full); !w.full.IsZero() && w.rest > 2*onItsWay {
		return min(atWorst, 2*took*time.Duration(waiting)/time.Duration(w.rest))
	}
	return atWorst
}

// sinceSent is the time since the last byte of the request was read.
func (w *sendingBody) sinceSent() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return time.Since(w.sent)
}

// receivingBody is the body of a response.
type receivingBody struct {
	io.ReadCloser
	within time.Duration
	alarm  *time.Timer
	ctx    context.Context
	cancel context.CancelCauseFunc
}

// Read runs the alarm only while it waits for the connection, and not while the caller uses what was read.
func (a *receivingBody) Read(p []byte) (n int, err error) {
	a.alarm.Reset(a.within)
	n, err = a.ReadCloser.Read(p)
	a.alarm.Stop()
	if err != nil && err != io.EOF && context.Cause(a.ctx) == errStalled {
		err = errStalled
	}
	return n, err
}

func (a *receivingBody) Close() error {
	a.alarm.Stop()
	err := a.ReadCloser.Close()
	a.cancel(nil)
	return err
}
