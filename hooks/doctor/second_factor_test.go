package doctor

import (
	"net/url"
	"testing"
)

func TestSecondFactor(t *testing.T) {
	whole := studio(t)
	for _, c := range []struct {
		name, address, sql, state string
	}{
		{"off by itself, on this machine", "http://127.0.0.1:8090", "", ok},
		{"off, where everybody can reach it", "https://portal.example.com", "", warning},
		{"on", "https://portal.example.com", "UPDATE _collections SET options = json_set(options, '$.mfa.enabled', json('true'), '$.otp.enabled', json('true')) WHERE name = '_superusers'", ok},
		{"on, without a second way", "https://portal.example.com", "UPDATE _collections SET options = json_set(options, '$.mfa.enabled', json('true'), '$.otp.enabled', json('false')) WHERE name = '_superusers'", fails},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := healthy(t, whole)
			if c.sql != "" {
				p.change(t, dataFile, c.sql)
			}
			address, err := url.Parse(c.address)
			if err != nil {
				t.Fatal(err)
			}
			p.config.URL = address
			if found := p.examine().find("second factor"); found.State != c.state {
				t.Errorf("%s, want %s: %s", found.State, c.state, found.line())
			}
		})
	}
}
