package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// writesEach is the interval of the writes that run beside the reads.
const writesEach = 20 * time.Millisecond

// measureBeside requests the pages of all clients but one: without writes, while that one client comments, and while
// writes concern everybody, so that each page is built again.
func measureBeside(b *bench) error {
	dir, err := b.copyOf(b.studio.dir, "beside")
	if err != nil {
		return err
	}
	s, err := b.greenroom(dir)
	if err != nil {
		return err
	}
	defer s.stop()
	writer, others := b.studio.clients[0], *b.studio
	others.clients = others.clients[1:]
	quiet := &way{name: "others' pages, nobody writes"}
	ways := []*way{quiet, {name: "others' pages beside a client who comments"}, {name: "others' pages beside writes that concern everybody"}}
	writes := []func(n int) []byte{nil,
		func(n int) []byte {
			return request("POST", "/api/collections/comments/records", writer.token, fmt.Sprintf(`{"session":%q,"body":"Comment %d: the voice is clear now."}`, writer.session, n))
		},
		func(n int) []byte {
			return request("PATCH", "/api/collections/integrations/records/"+b.studio.other, b.studio.owner, fmt.Sprintf(`{"state":"%d"}`, n))
		},
	}
	for _, w := range ways {
		w.server, w.pages = s, others.portalPages()
	}
	if _, err := fire(b.ctx, s.address, 1, b.seconds, quiet.pages); err != nil {
		return err
	}
	err = b.inTurns(len(ways), func(_, variant int) error {
		ctx, stop := context.WithCancel(b.ctx)
		ended := make(chan error, 1)
		go func() { ended <- keepWriting(ctx, s.address, writes[variant]) }()
		l, err := fire(b.ctx, s.address, 4, b.seconds, ways[variant].pages)
		stop()
		if err := errors.Join(err, <-ended); err != nil {
			return err
		}
		w := ways[variant]
		w.perSecond, w.p50, w.p99 = append(w.perSecond, l.perSecond), append(w.p50, l.p50), append(w.p99, l.p99)
		return nil
	})
	if err != nil {
		return err
	}
	for _, w := range ways {
		part := median(ratios(w.perSecond, quiet.perSecond))
		b.report.add(figure{Name: w.name, Text: fmt.Sprintf("%s pages/s, p50 %s, p99 %s; %.2f of the pages where nobody writes", count(median(w.perSecond)), span(median(w.p50)), span(median(w.p99)), part),
			Values: map[string]float64{"perSecond": median(w.perSecond), "p50ms": ms(median(w.p50)), "p99ms": ms(median(w.p99)), "ratio": part}})
	}
	return nil
}

// keepWriting writes until the context ends.
func keepWriting(ctx context.Context, address string, write func(n int) []byte) error {
	if write == nil {
		return nil
	}
	w, err := dial(address)
	if err != nil {
		return err
	}
	defer w.Close()
	for n := 0; ; n++ {
		if err := w.ignore(write(n)); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(writesEach):
		}
	}
}
