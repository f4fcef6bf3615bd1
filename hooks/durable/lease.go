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
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/benbjohnson/litestream"
	replicas3 "github.com/benbjohnson/litestream/s3"
)

// Several machines, one writer. The one that holds the lease, an object in the bucket that is renewed every two seconds,
// serves; the others stand by without listening and look every second whether the lease has run out. Whoever takes it restores
// what the replica has and goes on. Answers wait for the bucket as in commit mode, so what is taken over is all that was
// ever told.
//
// A machine that was frozen, or cut off, may not know yet that it was replaced. Its clock would tell it only later, so the
// bucket does: an upload never overwrites another's (see fence.go), and who is refused starts anew, as a standby.
const (
	leaseTTL    = 6 * time.Second
	leaseRenew  = 2 * time.Second
	leaseMargin = time.Second // by how much earlier its holder gives it up
	leaseLook   = time.Second
)

type lease struct {
	leaser *replicas3.Leaser
	bucket *bucket

	mu   sync.Mutex
	held *litestream.Lease
	end  chan struct{} // closed when it is about to be given back
	kept chan struct{} // closed when it is renewed no more
}

// takeLease returns the lease once nobody else holds it; the error says who does, or what is wrong with the bucket.
func takeLease(ctx context.Context, b *bucket) (*lease, error) {
	leaser := replicas3.NewLeaser()
	leaser.SetClient(b.Client)
	leaser.Bucket, leaser.Path, leaser.TTL = b.name, b.prefix, leaseTTL
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	held, err := leaser.AcquireLease(ctx)
	if err != nil {
		return nil, err
	}
	l := &lease{leaser: leaser, bucket: b, held: held, end: make(chan struct{}), kept: make(chan struct{})}
	if !l.holds() { // the bucket was slow
		return nil, errors.New("the lease ran out before the bucket answered")
	}
	return l, nil
}

// leaseHolder names the machine that serves; empty where none does.
func (b *bucket) leaseHolder(ctx context.Context) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	object, err := b.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: aws.String(b.prefix + "/" + replicas3.DefaultLeasePath)})
	if none := (*types.NoSuchKey)(nil); errors.As(err, &none) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("durable: look who holds the lease: %w", err)
	}
	defer object.Body.Close()
	var held litestream.Lease
	if err := json.NewDecoder(object.Body).Decode(&held); err != nil {
		return "", fmt.Errorf("durable: read the lease: %w", err)
	}
	if held.IsExpired() {
		return "", nil
	}
	machine, _, _ := strings.Cut(held.Owner, ":") // its name and the process
	return machine, nil
}

// holds tells whether nobody else can have the lease yet, by this machine's clock.
func (l *lease) holds() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.left() > 0
}

// left reads the wall clock: the other one stands still while a virtual machine is frozen.
func (l *lease) left() time.Duration {
	return l.held.ExpiresAt.Round(0).Sub(time.Now().Round(0)) - leaseMargin
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
	renewed, err := l.leaser.RenewLease(ctx, held)
	if err != nil {
		return err
	}
	l.mu.Lock()
	l.held = renewed
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
