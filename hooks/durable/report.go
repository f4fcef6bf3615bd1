package durable

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/benbjohnson/litestream"
	"github.com/superfly/ltx"

	"greenroom/hooks/integrations"
)

const (
	reportEvery  = 10 * time.Minute
	reportSooner = 10 * time.Second // while there is no snapshot yet, and while nothing is uploaded

	// quietFor is how long the bucket may be gone before the owner is told.
	quietFor = 5 * time.Second
)

// status is what the owner is told of the replica.
type status struct {
	changedAt   time.Time // the first change that is not in the replica; zero when all is
	confirmedAt time.Time
	lag         time.Duration // of the last upload
	snapshotAt  time.Time
	reportedAt  time.Time
	reportedBad bool
	failedAt    time.Time // the first of the errors without a success between them
}

func (s *status) changed() {
	if s.changedAt.IsZero() {
		s.changedAt = time.Now()
	}
}

func (s *status) confirmed() {
	s.confirmedAt, s.lag, s.changedAt = time.Now(), time.Since(s.changedAt), time.Time{}
}

// report writes the row of integrations: when the state changes, and from time to time. It runs between two uploads, so it
// writes nothing while one is under way.
func (r *replica) report(ctx context.Context, err error) {
	s := &r.status
	if ctx.Err() != nil || r.position == nil && err == nil {
		return
	}
	if err == nil {
		s.failedAt = time.Time{}
	} else if s.failedAt.IsZero() {
		s.failedAt = time.Now()
		if !s.changedAt.IsZero() {
			s.failedAt = s.changedAt
		}
		r.app.Logger().Error("The replica does not take the studio's changes.", "error", err)
	}
	bad := err != nil && time.Since(s.failedAt) >= quietFor
	if err != nil && !bad {
		return
	}
	every := reportEvery
	if s.snapshotAt.IsZero() {
		every = reportSooner
	}
	if bad == s.reportedBad && time.Since(s.reportedAt) < every {
		return
	}
	s.reportedAt, s.reportedBad = time.Now(), bad
	if err := r.writeReport(ctx, bad); err != nil {
		r.app.Logger().Error("The state of the replica could not be written down.", "error", err)
	}
}

func (r *replica) writeReport(ctx context.Context, bad bool) error {
	if bad {
		return integrations.Set(r.app, replicaRow, "unreachable", r.sentence(),
			"The replica has not taken anything since "+inWords(r.status.failedAt)+": look whether the bucket is there, and at the key in REPLICA_ACCESS_KEY_ID.")
	}
	snapshot, err := lastSnapshot(ctx, r.db.Replica.Client)
	if err != nil {
		return err
	}
	r.status.snapshotAt = snapshot
	return integrations.Set(r.app, replicaRow, integrations.OK, r.sentence(), "")
}

// sentence says how far the replica is.
func (r *replica) sentence() string {
	s, drill := r.status, "none yet"
	if row, err := integrations.Row(r.app, drillRow); err == nil && row != nil && !row.GetDateTime("lastSuccessAt").IsZero() {
		drill = inWords(row.GetDateTime("lastSuccessAt").Time())
	}
	snapshot := "none yet"
	if !s.snapshotAt.IsZero() {
		snapshot = inWords(s.snapshotAt)
	}
	return fmt.Sprintf("Replicated up to %s, %.1f s behind; last snapshot: %s; last restore drill: %s.", inWords(s.confirmedAt), s.lag.Seconds(), snapshot, drill)
}

// lastSnapshot is when the newest whole copy in the replica was made; zero when there is none.
func lastSnapshot(ctx context.Context, client litestream.ReplicaClient) (at time.Time, err error) {
	files, err := client.LTXFiles(ctx, litestream.SnapshotLevel, ltx.TXID(0), false)
	if err != nil {
		return at, fmt.Errorf("durable: list the snapshots: %w", err)
	}
	for files.Next() {
		if made := files.Item().CreatedAt; made.After(at) {
			at = made
		}
	}
	return at, errors.Join(files.Err(), files.Close())
}
