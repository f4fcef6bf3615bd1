package durable

import (
	"context"
	"errors"
	"time"

	"github.com/benbjohnson/litestream"
)

// awaitTurn stands by until this machine holds the lease. Until then it does not listen, so that no proxy in front
// sends it anything: a request that finds nobody goes on to the machine that serves, whatever it asks for, while one
// that was refused with an answer may not be sent a second time.
func (s *service) awaitTurn() (err error) {
	for said := false; ; time.Sleep(leaseLook) {
		if s.lease, err = s.tryLease(); err == nil {
			go s.lease.keep()
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
