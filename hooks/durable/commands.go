package durable

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Commands work on the data directory of the machine that they are called on. Where several machines share a replica,
// only the machine with the lease has the current studio: elsewhere a command would read old data, and what it wrote
// would be discarded when that machine takes over. A command also migrates the database, as the server does, so it too
// copies the database before an upgrade.

// prepareCommand runs before PocketBase opens the data directory. It refuses a command on a machine that does not
// serve, and one whose release would migrate the database under a running server.
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
	kept, err := s.copyBeforeUpgrade(ctx)
	if kept != "" {
		fmt.Fprintf(os.Stderr, copySentence+"\n", kept) // on stderr, because programs read a command's standard output
	}
	return err
}

// refuseElsewhere returns an error unless the replica is empty, when no other machine can be serving the studio.
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
