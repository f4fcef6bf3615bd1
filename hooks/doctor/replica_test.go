package doctor

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

func TestReplicaAndBackups(t *testing.T) {
	const recently, longAgo = "2026-11-22 03:30:00.000Z", "2026-11-01 03:30:00.000Z"
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		check, rows string // rows as SQL values: name, state, cursor, lastSuccessAt, lastError
		state, say  string
	}{
		"before the first upload": {"replica", "", warning, "nothing was uploaded yet"},
		"all is well":             {"replica", "('durable', 'ok', 'Replicated up to noon.', '" + recently + "', '')", ok, "Replicated up to noon"},
		"the bucket is gone":      {"replica", "('durable', 'unreachable', '', '" + recently + "', 'Nothing since ten.')", fails, "Nothing since ten"},
		"a drill failed": {"replica", "('durable', 'ok', '', '" + recently + "', ''), ('durable:drill', 'failed', '', '" + recently + "', 'The last drill failed.')",
			fails, "The last drill failed"},
		"no drill for days": {"replica", "('durable', 'ok', '', '" + recently + "', ''), ('durable:drill', 'ok', '', '" + longAgo + "', '')",
			warning, "the last restore drill was at " + longAgo},
		"no backup yet":    {"backups", "", ok, "none was made yet"},
		"a backup":         {"backups", "('durable:backup', 'ok', 'a.zip', '" + recently + "', '')", ok, "made and opened at " + recently},
		"a failed backup":  {"backups", "('durable:backup', 'failed', 'a.zip', '" + recently + "', 'It failed.')", fails, "the last one failed"},
		"no backup lately": {"backups", "('durable:backup', 'ok', 'a.zip', '" + longAgo + "', '')", warning, "made at " + longAgo},
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
