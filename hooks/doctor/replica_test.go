package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/config"
)

func TestReplica(t *testing.T) {
	const recently, longAgo = "2026-11-22 11:50:00.000Z", "2026-11-01 03:30:00.000Z"
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		check, rows string // rows are SQL values: name, state, cursor, lastSuccessAt, lastError
		state, say  string
	}{
		"before the first upload": {"replica", "", warning, "nothing was uploaded yet"},
		"all is well":             {"replica", "('durable', 'ok', 'Replicated up to noon.', '" + recently + "', '')", ok, "replicated up to noon"},
		"the bucket is gone":      {"replica", "('durable', 'unreachable', '', '" + recently + "', 'Nothing since ten.')", fails, "Nothing since ten"},
		"a drill failed": {"replica", "('durable', 'ok', '', '" + recently + "', ''), ('durable:drill', 'failed', '', '" + recently + "', 'The last drill failed.')",
			fails, "The last drill failed"},
		"no drill for days": {"replica", "('durable', 'ok', '', '" + recently + "', ''), ('durable:drill', 'ok', '', '" + longAgo + "', '')",
			warning, "the last restore drill was on Sunday 1 November 2026"},
		"a server that is gone": {"replica", "('durable', 'ok', '', '" + longAgo + "', '')", warning, "last said on Sunday 1 November 2026"},
	} {
		t.Run(name, func(t *testing.T) {
			p := healthy(t, studio(t))
			p.now, p.config.ReplicaURL = now, &url.URL{Scheme: "s3", Host: "bucket"}
			if tc.rows != "" {
				p.change(t, "data.db", "INSERT INTO integrations (name, state, cursor, lastSuccessAt, lastError) VALUES "+tc.rows)
			}
			if c := p.examine().find(tc.check); c.State != tc.state || !strings.Contains(c.Say, tc.say) || c.State != ok && c.Do == "" {
				t.Errorf("%s", c.line())
			}
		})
	}
}

func TestAReplicaThatCannotBeReached(t *testing.T) {
	p := healthy(t, studio(t))
	p.config.ReplicaURL = &url.URL{Scheme: "s3", Host: "bucket"}
	p.reachReplica = func(context.Context, config.Config) error {
		return fmt.Errorf("operation error, three attempts: %w", errors.Join(errors.New("no such bucket\nnowhere"), errors.New("nor there")))
	}
	if c := p.examine().find("replica"); c.State != fails || !strings.Contains(c.line(), "it cannot be reached: no such bucket nowhere. Look at REPLICA_URL") {
		t.Errorf("%s", c.line())
	}
}

func TestReportBeginsWithFaults(t *testing.T) {
	r := report{[]check{{Name: "a", State: ok}, {Name: "b", State: warning}, {Name: "c", State: fails}, {Name: "d", State: ok}}}.sorted()
	if said := strings.Join(r.lines(), " "); !strings.HasPrefix(said, "fails: c, . warning: b, . ok: a, . ok: d") {
		t.Error(said)
	}
}
