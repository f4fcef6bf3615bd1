package durable

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/aws/smithy-go"
	"github.com/benbjohnson/litestream"
	"github.com/superfly/ltx"

	"greenroom/hooks/integrations"
)

const (
	reportEvery  = 10 * time.Minute
	reportSooner = 10 * time.Second // while there is no snapshot yet, and while the replica is behind

	// quietFor is how long the replica may be behind before the owner is told.
	quietFor = 5 * time.Second
)

// status is how far the replica is. The uploads write it, and whoever tells reads it beside them, so that an upload
// that hangs cannot keep its own lateness to itself.
type status struct {
	mu sync.Mutex

	client      litestream.ReplicaClient // nil until the bucket was reached
	behindSince time.Time                // the first change that is not in the replica; zero when all is
	cause       error                    // why the last upload failed; nil when it did not
	confirmedAt time.Time
	lag         time.Duration // of the last upload
	snapshotAt  time.Time
}

func (s *status) changed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.behindSince.IsZero() {
		s.behindSince = time.Now()
	}
}

func (s *status) confirmed() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.confirmedAt, s.lag, s.behindSince, s.cause = time.Now(), time.Since(s.behindSince), time.Time{}, nil
}

func (s *status) reached(client litestream.ReplicaClient) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.client = client
}

// behind is for how long there has been a change that the replica does not have.
func (s *status) behind() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.behindSince.IsZero() {
		return 0
	}
	return time.Since(s.behindSince)
}

// failed remembers why the last upload failed, and logs the first of several failures in a row.
func (r *replica) failed(ctx context.Context, err error) {
	s := &r.status
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && s.cause == nil && ctx.Err() == nil {
		r.app.Logger().Error("The replica does not take the studio's changes.", "error", err)
	}
	s.cause = err
}

// tell writes the row of integrations: when the state changes, and from time to time.
func (r *replica) tell(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	var toldAt time.Time
	toldBad := false
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		behind := r.status.behind()
		bad := behind >= quietFor
		if behind > 0 && !bad {
			continue
		}
		every := reportEvery
		if bad || r.status.snapshot().IsZero() {
			every = reportSooner
		}
		if bad == toldBad && time.Since(toldAt) < every {
			continue
		}
		toldAt, toldBad = time.Now(), bad
		if err := r.writeReport(ctx, bad); err != nil && ctx.Err() == nil {
			r.app.Logger().Error("The state of the replica could not be written down.", "error", err)
		}
	}
}

func (s *status) snapshot() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.snapshotAt
}

func (r *replica) writeReport(ctx context.Context, bad bool) error {
	if bad {
		state, trouble := r.status.trouble()
		return integrations.Set(r.app, replicaRow, state, r.sentence(), trouble)
	}
	r.status.mu.Lock()
	client := r.status.client
	r.status.mu.Unlock()
	snapshot, err := lastSnapshot(ctx, client)
	if err != nil {
		return err
	}
	r.status.mu.Lock()
	r.status.snapshotAt = snapshot
	r.status.mu.Unlock()
	return integrations.Set(r.app, replicaRow, integrations.OK, r.sentence(), "")
}

// trouble says since when the replica is behind, and why as far as that is known.
func (s *status) trouble() (state, words string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	words = "The replica is behind: nothing written since " + inWords(s.behindSince) + " is in it. "
	answer := smithy.APIError(nil)
	switch {
	case s.cause == nil:
		return "behind", words + "An upload is under way."
	case errors.As(s.cause, &answer):
		return "unreachable", words + "The bucket answers " + answer.ErrorCode() + ": look at the key in REPLICA_ACCESS_KEY_ID and what it may do."
	}
	return "unreachable", words + "The bucket does not answer; uploads go on by themselves when it does."
}

// sentence says how far the replica is.
func (r *replica) sentence() string {
	drill := "none yet"
	if row, err := integrations.Row(r.app, drillRow); err == nil && row != nil && !row.GetDateTime("lastSuccessAt").IsZero() {
		drill = inWords(row.GetDateTime("lastSuccessAt").Time())
	}
	s := &r.status
	s.mu.Lock()
	defer s.mu.Unlock()
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
