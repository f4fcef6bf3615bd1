package doctor

import (
	"context"
	"errors"
	"strings"
	"time"
)

const (
	drillAge   = 72 * time.Hour
	replicaAge = 30 * time.Minute // a server stores it every ten minutes
)

// replica reports the age of the replica, and whether a restore of it was tried.
func replica(p *patient) check {
	if !p.config.Service("durable").On {
		return check{}
	}
	c := check{Name: "replica", State: ok}
	if err := p.reachReplica(context.Background(), p.config); err != nil {
		c.State, c.Say = fails, "it cannot be reached: "+innermost(err).Error()
		c.Do = "Look at REPLICA_URL, REPLICA_ENDPOINT and the two keys, and whether this machine's clock is right"
		return c
	}
	if p.data == nil {
		c.Say = "it can be reached; what it holds is restored when the server first starts"
		return c
	}
	noted, _, err := p.notes("durable")
	if err != nil {
		return unreadable("replica", err)
	}
	now, drill := noted["durable"], noted["durable:drill"]
	switch {
	case now.State == "":
		c.State, c.Say, c.Do = warning, "nothing was uploaded yet", "Start the server, and look here again in a minute"
	case now.State != ok:
		c.State, c.Say, c.Do = fails, strings.TrimSuffix(now.LastError, "."), "The bucket answers the doctor at this moment: look again in a minute, and if the server is still behind, in its log"
	case drill.State != "" && drill.State != ok:
		c.State, c.Say, c.Do = fails, strings.TrimSuffix(drill.LastError, "."), "Try it by hand: greenroom restore --to a new directory"
	case now.olderThan(replicaAge, p.now):
		c.State, c.Say, c.Do = warning, "the server last said on "+p.moment(now.LastSuccessAt.Time())+" how far it is", "Look whether the server runs"
	case drill.State != "" && drill.olderThan(drillAge, p.now):
		c.State, c.Say, c.Do = warning, "the last restore drill was on "+p.moment(drill.LastSuccessAt.Time()), "Let the server run at 04:30 UTC, when it drills"
	default:
		c.Say = strings.Replace(strings.TrimSuffix(now.Cursor, "."), "Replicated", "replicated", 1)
	}
	return c
}

// innermost returns the root cause of an error, without the layers around it that are long to read.
func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if joined, ok := err.(interface{ Unwrap() []error }); ok {
			inner = joined.Unwrap()[0]
		}
		if inner == nil {
			return err
		}
		err = inner
	}
}
