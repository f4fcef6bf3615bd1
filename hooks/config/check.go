package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the studio's zone has to be known on a machine without a zone database

	"golang.org/x/net/idna"
)

// lists returns the settings with several entries, separated by commas.
func (c Config) lists() map[string][]string {
	return map[string][]string{"CLERK_WEBHOOK_SECRET": c.ClerkWebhookSecret, "CLERK_AUTHORIZED_PARTIES": c.ClerkAuthorizedParties,
		"GOOGLE_CALENDAR_ID": c.GoogleCalendarIds, "STRIPE_WEBHOOK_SECRET": c.StripeWebhookSecret}
}

// check refuses values that are well formed and still cannot work.
func (c Config) check() error {
	if !slices.Contains([]string{"interval", "commit"}, c.Sync) {
		return errors.New("GREENROOM_SYNC is malformed: write interval or commit")
	}
	if c.Lease && c.ReplicaURL == nil {
		return errors.New("GREENROOM_LEASE is set but REPLICA_URL is not: a standby needs the replica")
	}
	if err := c.checkReplica(); err != nil {
		return err
	}
	if err := c.checkPages(); err != nil {
		return err
	}
	for name, entries := range c.lists() {
		if slices.Contains(entries, "") {
			return fmt.Errorf("%s is malformed: it has an empty entry; separate entries by single commas", name)
		}
	}
	for _, secret := range c.ClerkWebhookSecret {
		if key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_")); err != nil || len(key) < minKeyBytes {
			return errors.New("CLERK_WEBHOOK_SECRET is malformed: copy the signing secret that begins with whsec_ from Clerk's dashboard")
		}
	}
	if issuer, err := url.Parse(c.ClerkIssuer); c.ClerkIssuer != "" && (err != nil || issuer.Host == "" || !strings.HasPrefix(issuer.Scheme, "http") || issuer.Path != "") {
		return errors.New("CLERK_ISSUER is malformed: write the Frontend API address without a slash at the end, such as https://clerk.example.com")
	}
	for i, party := range c.ClerkAuthorizedParties {
		origin, err := originOf(party)
		if err != nil {
			return fmt.Errorf("CLERK_AUTHORIZED_PARTIES is malformed: %w", err)
		}
		c.ClerkAuthorizedParties[i] = origin
	}
	for _, id := range c.GoogleCalendarIds {
		if err := c.GoogleCredentials.canHoldMeetings(id); err != nil {
			return err
		}
	}
	if c.CronSecret != "" && len(c.CronSecret) < minCronSecretChars {
		return fmt.Errorf("CRON_SECRET is too short: make one of at least %d characters, for example with openssl rand -hex 32", minCronSecretChars)
	}
	if c.URL != nil && (c.URL.Scheme != "https" && c.URL.Scheme != "http" || c.URL.Host == "" || c.URL.User != nil || c.URL.RawQuery != "" || c.URL.Fragment != "") {
		return errors.New("GREENROOM_URL is malformed: write where clients reach the portal, such as https://portal.example.com")
	}
	if c.Lease && c.R2Bucket == "" {
		return errors.New("GREENROOM_LEASE is set but R2_BUCKET is not: two machines can only share files that are in a bucket")
	}
	if c.ClerkOAuthClientId != "" && c.ClerkIssuer == "" {
		return errors.New("CLERK_OAUTH_CLIENT_ID is set but CLERK_ISSUER is not: the issuer is where clients are sent to sign in")
	}
	if c.BookingNotice > maxBookingNotice {
		return errors.New("GREENROOM_BOOKING_NOTICE is too long: meetings are booked at most 30 days ahead, so write 720h at most")
	}
	if c.BookingBuffer > maxBookingBuffer {
		return errors.New("GREENROOM_BOOKING_BUFFER is too long: write 12h at most")
	}
	for _, name := range []string{c.Studio, c.Owner} {
		if strings.ContainsAny(name, "\r\n<>") {
			return errors.New("GREENROOM_STUDIO and GREENROOM_OWNER are malformed: write one line of plain text")
		}
	}
	return nil
}

// These are the upper bounds of GREENROOM_BOOKING_NOTICE and GREENROOM_BOOKING_BUFFER.
const (
	maxBookingNotice = 30 * 24 * time.Hour
	maxBookingBuffer = 12 * time.Hour
)

// minCronSecretChars makes the secret long enough not to be guessed.
const minCronSecretChars = 32

// originOf returns a site's origin in the form of browsers and of Clerk's tokens (RFC 6454): scheme, host in lower
// case, and the port unless it is the scheme's default.
func originOf(site string) (string, error) {
	u, err := url.Parse(site)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", plainError("write each site as https://portal.example.com, without a path")
	}
	host, err := idna.Lookup.ToASCII(strings.ToLower(u.Hostname()))
	if err != nil {
		host = strings.ToLower(u.Hostname())
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if port := u.Port(); port != "" && port != map[string]string{"https": "443", "http": "80"}[u.Scheme] {
		host += ":" + port
	}
	return u.Scheme + "://" + host, nil
}

// minKeyBytes refuses signing secrets that could be guessed.
const minKeyBytes = 16
