package durable

import (
	"context"
	"errors"
	"time"

	"github.com/benbjohnson/litestream"
)

// awaitTurn stands by until this machine holds the lease, and does not listen meanwhile. A proxy whose connection is
// refused tries the other machine, whatever the request; after an answer, even an error, it must not repeat a request
// that may have changed something.
func (s *service) awaitTurn() (err error) {
	for said := false; ; time.Sleep(leaseLook) {
		if s.lease, err = s.tryLease(); err == nil {
			go s.lease.renewUntilReleased()
			return nil
		}
		if !said {
			said = true
			sayStandingBy(err)
		}
	}
}

func sayStandingBy(why error) {
	if held := (*litestream.LeaseExistsError)(nil); errors.As(why, &held) {
		say("Standing by, and not listening: %s serves.", held.Owner)
		return
	}
	say("Standing by, and not listening: %v", why)
}

func (s *service) tryLease() (*lease, error) {
	b, err := openBucket(context.Background(), s.config)
	if err != nil {
		return nil, err
	}
	return takeLease(context.Background(), b)
}
