package config

import (
	"strings"
	"testing"
)

func TestReplica(t *testing.T) {
	for name, tc := range map[string]struct {
		environment string
		mistake     string // part of the error; empty if there is none
	}{
		"a bucket":                  {"REPLICA_URL=s3://bucket/studio REPLICA_ENDPOINT=https://s3.example.com REPLICA_ACCESS_KEY_ID=a REPLICA_SECRET_ACCESS_KEY=b", ""},
		"a folder":                  {"REPLICA_URL=file:///mnt/backup", ""},
		"a bucket for two machines": {"REPLICA_URL=s3://bucket/studio GREENROOM_LEASE=1 R2_ENDPOINT=https://r2.example.com R2_BUCKET=files R2_ACCESS_KEY_ID=a R2_SECRET_ACCESS_KEY=b", ""},
		"files of one machine":      {"REPLICA_URL=s3://bucket/studio GREENROOM_LEASE=1", "GREENROOM_LEASE is set but R2_BUCKET is not"},
		"a folder for two machines": {"REPLICA_URL=file:///mnt/backup GREENROOM_LEASE=1", "GREENROOM_LEASE needs a bucket"},
		"no folder":                 {"REPLICA_URL=file:///", "REPLICA_URL is malformed"},
		"a relative folder":         {"REPLICA_URL=file://backup/studio", "REPLICA_URL is malformed"},
		"another scheme":            {"REPLICA_URL=https://bucket.example.com", "REPLICA_URL is malformed"},
		"half a key":                {"REPLICA_URL=s3://bucket/studio REPLICA_ACCESS_KEY_ID=a", "only work together"},
		"a folder as an address":    {"GREENROOM_URL=file:///mnt/backup", "only REPLICA_URL can be a folder"},
	} {
		t.Run(name, func(t *testing.T) {
			environment := map[string]string{}
			for _, setting := range strings.Fields(tc.environment) {
				name, value, _ := strings.Cut(setting, "=")
				environment[name] = value
			}
			_, err := Parse(environment)
			if tc.mistake == "" && err != nil || tc.mistake != "" && (err == nil || !strings.Contains(err.Error(), tc.mistake)) {
				t.Errorf("%v", err)
			}
		})
	}
}
