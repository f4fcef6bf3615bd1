package durable

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/benbjohnson/litestream"
	replicas3 "github.com/benbjohnson/litestream/s3"
)

// Several machines, one writer. The one that holds the lease, an object in the bucket that is renewed every two
// seconds, serves; the others stand by without listening and look every second whether the lease has run out. Whoever
// takes it restores what the replica has and goes on. Answers wait for the bucket as in commit mode, so what is taken
// over is all that was ever told.
//
// A machine that was frozen, or cut off, may not know yet that it was replaced. Its clock would tell it only later, so
// the bucket does: an upload never overwrites another's (see fence.go), and who is refused starts anew, as a standby.
//
// Whether a lease has run out is judged by the bucket's clock alone, from when it was last renewed there: by how much
// the machines' own clocks differ, an hour or a year, changes nothing. Its holder gives it up by its own clock and by
// the time that has passed for it, whichever is earlier, so that it neither counts on a clock that was put back nor on
// one that stood still.
const (
	leaseTTL    = 6 * time.Second
	leaseRenew  = 2 * time.Second
	leaseMargin = time.Second // by how much earlier its holder gives it up
	leaseLook   = time.Second
)

type lease struct {
	leaser *replicas3.Leaser
	bucket *bucket

	mu      sync.Mutex
	held    *litestream.Lease
	renewed time.Time     // when the last renewal was begun
	end     chan struct{} // closed when it is about to be given back
	kept    chan struct{} // closed when it is renewed no more
}

// takeLease returns the lease once nobody else holds it; the error says who does, or what is wrong with the bucket.
func takeLease(ctx context.Context, b *bucket) (*lease, error) {
	leaser := replicas3.NewLeaser()
	leaser.SetClient(b.Client)
	leaser.Bucket, leaser.Path, leaser.TTL = b.name, b.prefix, leaseTTL
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	begun := time.Now()
	held, err := acquire(ctx, b, leaser)
	if err != nil {
		return nil, err
	}
	l := &lease{leaser: leaser, bucket: b, held: held, renewed: begun, end: make(chan struct{}), kept: make(chan struct{})}
	if !l.holds() { // the bucket was slow
		return nil, errors.New("the lease ran out before the bucket answered")
	}
	return l, nil
}

// acquire takes a lease that nobody has, or that has run out and that nobody else takes at the same moment.
func acquire(ctx context.Context, b *bucket, leaser *replicas3.Leaser) (*litestream.Lease, error) {
	existing, expired, err := b.readLease(ctx)
	switch {
	case err != nil:
		return nil, err
	case existing == nil:
		return leaser.AcquireLease(ctx)
	case !expired:
		return nil, &litestream.LeaseExistsError{Owner: existing.Owner, ExpiresAt: existing.ExpiresAt}
	}
	existing.Generation++
	return leaser.RenewLease(ctx, existing) // it names the object that it replaces, whosever that was
}

// leaseHolder names the machine that serves; empty where none does.
func (b *bucket) leaseHolder(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	held, expired, err := b.readLease(ctx)
	if err != nil || held == nil || expired {
		return "", err
	}
	machine, _, _ := strings.Cut(held.Owner, ":") // its name and the process
	return machine, nil
}

// readLease gives the lease in the bucket, nil where there is none, and whether it has run out there.
func (b *bucket) readLease(ctx context.Context) (held *litestream.Lease, expired bool, err error) {
	object, err := b.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: aws.String(b.prefix + "/" + replicas3.DefaultLeasePath)})
	if none := (*types.NoSuchKey)(nil); errors.As(err, &none) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("durable: look who holds the lease: %w", err)
	}
	defer object.Body.Close()
	held = new(litestream.Lease)
	if err := json.NewDecoder(object.Body).Decode(held); err != nil {
		return nil, false, fmt.Errorf("durable: read the lease: %w", err)
	}
	held.ETag = aws.ToString(object.ETag)
	now, known := middleware.GetServerTime(object.ResultMetadata)
	return held, leaseExpired(held, aws.ToTime(object.LastModified), now, known), nil
}

// leaseExpired goes by the bucket's clock. Without it, which no S3 leaves out, the machines' own clocks have to do.
func leaseExpired(held *litestream.Lease, renewed, now time.Time, known bool) bool {
	if !known || renewed.IsZero() {
		return held.IsExpired()
	}
	return now.Sub(renewed) >= leaseTTL
}

// holds tells whether nobody else can have the lease yet, by this machine's clock.
func (l *lease) holds() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.left() > 0
}

// left is by the wall clock, for the other one stands still while a virtual machine is frozen, and by the other one,
// which nobody can put back.
func (l *lease) left() time.Duration {
	return min(l.held.ExpiresAt.Round(0).Sub(time.Now().Round(0)), leaseTTL-time.Since(l.renewed)) - leaseMargin
}

// keep renews the lease until it is given back, and starts anew when it is lost.
func (l *lease) keep() {
	defer close(l.kept)
	ticker := time.NewTicker(leaseRenew)
	defer ticker.Stop()
	for {
		select {
		case <-l.end:
			return
		case <-ticker.C:
		}
		if err := l.renew(); errors.Is(err, litestream.ErrLeaseNotHeld) || !l.holds() {
			startAnew(fmt.Sprintf("this machine lost the lease and stops writing (%v)", err))
		}
	}
}

// renew keeps nobody waiting who asks whether the lease holds: only keep changes what is held.
func (l *lease) renew() error {
	l.mu.Lock()
	held, left := l.held, l.left()
	l.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), left)
	defer cancel()
	begun := time.Now()
	renewed, err := l.leaser.RenewLease(ctx, held)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.held, l.renewed = renewed, begun
	l.mu.Unlock()
	return nil
}

// release lets a standby take over without waiting.
func (l *lease) release(ctx context.Context) error {
	close(l.end)
	select {
	case <-l.kept:
	case <-ctx.Done():
		return ctx.Err()
	}
	return l.leaser.ReleaseLease(ctx, l.held)
}
