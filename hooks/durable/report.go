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
	reportSooner = 10 * time.Second // without a snapshot, and while the replica is behind

	// quietFor is how long the replica may be behind before the row in integrations says so.
	quietFor = 5 * time.Second
)

// status is how far the replica is. run writes it and tell reads it in a goroutine of its own, so that an upload that
// hangs is reported too.
type status struct {
	mu sync.Mutex

	client      litestream.ReplicaClient // nil until the bucket first answered
	behindSince time.Time                // when the first change was made that is not in the replica; zero when there is none
	cause       error                    // the error of the last upload; nil after a success
	confirmedAt time.Time
	lag         time.Duration // how long the last upload's first change was not in the replica
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

// behind returns how long there has been a change that is not in the replica, or 0.
func (s *status) behind() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.behindSince.IsZero() {
		return 0
	}
	return time.Since(s.behindSince)
}

// failed stores the result of an upload, and logs the first of several failures in a row.
func (r *replica) failed(ctx context.Context, err error) {
	s := &r.status
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && s.cause == nil && ctx.Err() == nil {
		r.app.Logger().Error("The replica does not take the studio's changes.", "error", err)
	}
	s.cause = err
}

// tell writes the state of the replica to its row in integrations, when it changes and every reportEvery or
// reportSooner.
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

// trouble returns the state and a sentence for the owner: since when the replica is behind, and why, if that is known.
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

// sentence is how far the replica is, in words for the owner.
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

// lastSnapshot returns when the newest snapshot in the replica was made, or the zero time without any.
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
