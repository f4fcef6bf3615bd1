package config

import (
	"errors"
	"net/url"
)

// checkReplica checks REPLICA_URL and its settings, and that every other address is one of the web.
func (c Config) checkReplica() error {
	for _, u := range []*url.URL{c.URL, c.GoogleAPIURL, c.StripeAPIURL, c.R2Endpoint, c.ReplicaEndpoint} {
		if u != nil && u.Scheme == "file" {
			return errors.New("only REPLICA_URL can be a folder: write http:// or https:// in the other addresses")
		}
	}
	u := c.ReplicaURL
	switch {
	case (c.ReplicaAccessKeyId == "") != (c.ReplicaSecretAccessKey == ""):
		return errors.New("REPLICA_ACCESS_KEY_ID and REPLICA_SECRET_ACCESS_KEY only work together: set both or none")
	case u == nil:
		return nil
	case u.Scheme == "file" && (u.Host != "" || u.Path == "" || u.Path == "/"):
		return errors.New("REPLICA_URL is malformed: write a folder as file:///mnt/backup/greenroom")
	case u.Scheme != "file" && u.Scheme != "s3":
		return errors.New("REPLICA_URL is malformed: write s3://bucket/folder, or file:///folder of another disk")
	case c.Lease && u.Scheme != "s3":
		return errors.New("GREENROOM_LEASE needs a bucket in REPLICA_URL: a folder cannot tell which machine writes")
	}
	return nil
}
