package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// The load generator shares the machine with the servers, so it does as little as possible: requests are built once as
// bytes, and each visitor is one goroutine with one kept connection.

// request builds the bytes of an HTTP request.
func request(method, path, token, body string) []byte {
	head := method + " " + path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	if token != "" {
		head += "Authorization: Bearer " + token + "\r\n"
	}
	if body != "" {
		head += "Content-Type: application/json\r\nContent-Length: " + strconv.Itoa(len(body)) + "\r\n"
	}
	return []byte(head + "\r\n" + body)
}

// patience is how long an answer may take: longer than the slowest that is measured.
const patience = time.Minute

// wire is one kept connection.
type wire struct {
	net.Conn
	reader *bufio.Reader
}

func dial(address string) (*wire, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &wire{conn, bufio.NewReaderSize(conn, 8<<10)}, nil
}

// ask sends a request. The caller has to read the body to its end.
func (w *wire) ask(request []byte) (*http.Response, error) {
	if err := w.SetDeadline(time.Now().Add(patience)); err != nil {
		return nil, err
	}
	if _, err := w.Write(request); err != nil {
		return nil, err
	}
	response, err := http.ReadResponse(w.reader, nil)
	if err != nil {
		return nil, fmt.Errorf("%.80q: %w", request, err)
	}
	if response.StatusCode >= 300 && response.StatusCode != http.StatusNotModified {
		said, _ := io.ReadAll(response.Body)
		return nil, fmt.Errorf("%.80q: %s %s", request, response.Status, said)
	}
	return response, nil
}

// do sends a request and returns the body of the answer.
func (w *wire) do(request []byte) ([]byte, error) {
	response, err := w.ask(request)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(response.Body)
}

// ignore sends a request and discards the answer.
func (w *wire) ignore(request []byte) error {
	_, err := w.weigh(request)
	return err
}

// weigh sends a request and returns the number of bytes of the answer.
func (w *wire) weigh(request []byte) (int64, error) {
	response, err := w.ask(request)
	if err != nil {
		return 0, err
	}
	return io.Copy(io.Discard, response.Body)
}

// load is the result of one measurement.
type load struct {
	pages     int
	perSecond float64
	p50, p99  time.Duration
}

// fire requests pages over so many connections at the same time. A page is one request or several in sequence.
func fire(ctx context.Context, address string, connections int, length time.Duration, pages [][][]byte) (load, error) {
	times, failures := make([][]time.Duration, connections), make([]error, connections)
	began := time.Now()
	end := began.Add(length)
	var visitors sync.WaitGroup
	for i := range connections {
		visitors.Go(func() {
			w, err := dial(address)
			if err != nil {
				failures[i] = err
				return
			}
			defer w.Close()
			for next := i * len(pages) / connections; ; next++ {
				asked := time.Now()
				if asked.After(end) || ctx.Err() != nil {
					return
				}
				for _, r := range pages[next%len(pages)] {
					if err := w.ignore(r); err != nil {
						failures[i] = err
						return
					}
				}
				times[i] = append(times[i], time.Since(asked))
			}
		})
	}
	visitors.Wait()
	took := time.Since(began)
	var all []time.Duration
	for _, t := range times {
		all = append(all, t...)
	}
	for _, err := range append(failures, ctx.Err()) {
		if err != nil {
			return load{}, err // the errors of the others are the same
		}
	}
	if len(all) == 0 {
		return load{}, errors.New("not one page came")
	}
	return load{len(all), float64(len(all)) / took.Seconds(), percentile(all, 0.5), percentile(all, 0.99)}, nil
}
