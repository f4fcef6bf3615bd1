package durable

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// Several machines share a replica, and one of them writes: the holder of the lease, an object in the bucket that is
// renewed every two seconds. The others stand by without listening, and look every second whether the lease has
// expired. The machine that then takes it restores the replica and serves. Answers wait for the bucket as in commit
// mode, so the replica has everything that was acknowledged.
//
// A machine that was frozen or cut off may not know yet that it was replaced. The bucket tells it: an upload never
// overwrites another machine's (see fence.go), and a machine whose upload was refused restarts as a standby.
//
// Whether a lease has expired is judged by the bucket's clock alone, from the time of its last renewal there, so that
// it does not matter how far the machines' clocks differ. The holder gives it up by its wall clock or its monotonic
// clock, whichever is earlier, so that it relies neither on a clock that was set back nor on one that stood still.
const (
	leaseTTL    = 6 * time.Second
	leaseRenew  = 2 * time.Second
	leaseMargin = time.Second // how much earlier than its expiry the holder gives it up
	leaseLook   = time.Second

	maxLeaseBytes = 64 << 10 // a lease has about a hundred bytes
)

type lease struct {
	leaser *replicas3.Leaser
	bucket *bucket

	mu      sync.Mutex
	held    *litestream.Lease
	renewed time.Time     // when the last renewal was sent
	end     chan struct{} // closed to end the renewing
	stopped chan struct{} // closed once it has ended
}

// takeLease acquires the lease. While another machine holds it, the error is a *litestream.LeaseExistsError that names
// the holder; other errors tell what is wrong with the bucket.
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
	l := &lease{leaser: leaser, bucket: b, held: held, renewed: begun, end: make(chan struct{}), stopped: make(chan struct{})}
	if !l.holds() { // the bucket answered too late
		return nil, errors.New("the lease ran out before the bucket answered")
	}
	return l, nil
}

// acquire takes a lease that does not exist or has expired. Of several machines that try at the same moment one
// succeeds, since each write is conditional on the object that was read.
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
	return leaser.RenewLease(ctx, existing) // conditional on the ETag of the expired lease
}

// leaseHolder returns the name of the machine that holds the lease, or "" where none does.
func (b *bucket) leaseHolder(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	held, expired, err := b.readLease(ctx)
	if err != nil || held == nil || expired {
		return "", err
	}
	machine, _, _ := strings.Cut(held.Owner, ":") // Owner is the machine's name and the process id
	return machine, nil
}

// readLease reads the lease in the bucket, nil where there is none, and whether it has expired by the bucket's clock.
func (b *bucket) readLease(ctx context.Context) (held *litestream.Lease, expired bool, err error) {
	object, err := b.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: aws.String(b.prefix + "/" + replicas3.DefaultLeasePath)})
	if none := (*types.NoSuchKey)(nil); errors.As(err, &none) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("durable: look who holds the lease: %w", err)
	}
	defer object.Body.Close()
	content, err := io.ReadAll(io.LimitReader(object.Body, maxLeaseBytes))
	if err != nil {
		return nil, false, fmt.Errorf("durable: look who holds the lease: %w", err)
	}
	held = new(litestream.Lease)
	if err := json.Unmarshal(content, held); err != nil {
		return nil, false, fmt.Errorf("durable: what stands at %s/%s in the bucket %s is no lease: remove it, or give REPLICA_URL a folder of its own (%w)",
			b.prefix, replicas3.DefaultLeasePath, b.name, err)
	}
	held.ETag = aws.ToString(object.ETag)
	now, known := middleware.GetServerTime(object.ResultMetadata)
	return held, leaseExpired(held, aws.ToTime(object.LastModified), now, known), nil
}

// leaseExpired compares the time of the last renewal with the bucket's clock. If the answer had no Date or
// Last-Modified, which every S3 server sends, the time in the lease and this machine's clock decide.
func leaseExpired(held *litestream.Lease, renewed, now time.Time, known bool) bool {
	if !known || renewed.IsZero() {
		return held.IsExpired()
	}
	return now.Sub(renewed) >= leaseTTL
}

// holds reports whether this machine still holds the lease, leaseMargin before another machine could take it.
func (l *lease) holds() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.left() > 0
}

// left takes the smaller of two measures: the wall clock, since the monotonic clock stands still while a virtual
// machine is frozen, and the monotonic clock, which nobody can set back.
func (l *lease) left() time.Duration {
	return min(l.held.ExpiresAt.Round(0).Sub(time.Now().Round(0)), leaseTTL-time.Since(l.renewed)) - leaseMargin
}

// renewUntilReleased renews the lease every leaseRenew until it is released. When the lease is lost, the process
// restarts as a standby.
func (l *lease) renewUntilReleased() {
	defer close(l.stopped)
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

// renew sends the request without holding the mutex, so that holds never waits for the bucket. Only renewUntilReleased
// calls it.
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

// release gives the lease back, so that a standby takes over without waiting for its expiry.
func (l *lease) release(ctx context.Context) error {
	close(l.end)
	select {
	case <-l.stopped:
	case <-ctx.Done():
		return ctx.Err()
	}
	return l.leaser.ReleaseLease(ctx, l.held)
}
