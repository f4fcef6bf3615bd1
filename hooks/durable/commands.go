package durable

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Commands work on the data directory of the machine they are called on, whether they read or write. Where several
// machines share a replica, that is the studio only on the one that serves it: everywhere else what they read is of
// yesterday, and what they write is thrown away when the machine takes over. And a command of a new release brings the
// database up to date, as the server does, so it keeps it as it was before, too.

// prepareCommand refuses what would be done in the wrong place, before PocketBase opens the data directory.
func (s *service) prepareCommand() error {
	ctx, cancel := context.WithTimeout(context.Background(), prepareTimeout)
	defer cancel()
	serves := s.serves(s.app)
	if s.config.Lease && !serves {
		if err := s.refuseElsewhere(ctx); err != nil {
			return err
		}
	}
	if serves {
		due, err := s.upgradeIsDue(ctx)
		if due {
			err = errors.New("this release changes the database, and an older one serves it: restart the server, which keeps a copy first, and try again")
		}
		return err
	}
	kept, err := s.keepBeforeUpgrade(ctx)
	if kept != "" {
		fmt.Fprintf(os.Stderr, keptSentence+"\n", kept) // what a program reads is on standard output
	}
	return err
}

// refuseElsewhere lets a command pass only while there is no studio yet that another machine could serve.
func (s *service) refuseElsewhere(ctx context.Context) error {
	b, err := openBucket(ctx, s.config)
	if err != nil {
		return fmt.Errorf("nobody can tell now which machine serves the studio, so nothing was done here: %w", err)
	}
	owner, err := b.leaseHolder(ctx)
	switch {
	case err != nil:
		return err
	case owner != "":
		return fmt.Errorf("%s serves the studio, and this machine stands by: run the command there", owner)
	case b.empty:
		return nil
	}
	return errors.New("no machine serves the studio now, and what is on this one may be old: start the server, and run the command on the machine that serves")
}
