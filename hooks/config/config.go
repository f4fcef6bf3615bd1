// Package config reads the settings from environment variables, and from the same names in a .env file beside the
// binary. A variable that is not set switches its feature off; one that is wrong ends the start with a sentence that
// names it.
package config

import (
	"crypto/rsa"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"time"
	_ "time/tzdata" // the studio's zone has to be known on a machine without a zone database

	"github.com/caarlos0/env/v11"
)

// Config has all settings. Sizes are bytes. The tag secret allows NAME_FILE, a file that contains the value; the tag
// pair names settings that must be set together.
type Config struct {
	URL    *url.URL `env:"GREENROOM_URL"`                           // the address of the portal
	Studio string   `env:"GREENROOM_STUDIO" envDefault:"Greenroom"` // the studio's name
	Owner  string   `env:"GREENROOM_OWNER" envDefault:"James"`      // the name under letters
	// The reply address, and that for notices to the owner.
	OwnerEmail Email `env:"GREENROOM_OWNER_EMAIL"`
	// The zone in which every time is shown.
	Timezone *time.Location `env:"GREENROOM_TIMEZONE" envDefault:"Europe/London"`

	PrivacyURL *url.URL `env:"GREENROOM_PRIVACY_URL"` // a page to which the portal's footer links
	TermsURL   *url.URL `env:"GREENROOM_TERMS_URL"`
	Accent     Accent   `env:"GREENROOM_ACCENT"` // a hex colour such as #0b5a6b
	Logo       Logo     `env:"GREENROOM_LOGO"`   // the path of an SVG or PNG file

	TrustedProxies Networks `env:"GREENROOM_TRUSTED_PROXIES"` // proxies whose X-Forwarded-For and -Proto are believed

	SMTP SMTP `env:"SMTP_URL" secret:"yes"` // smtp[s]://[user:pass@]host:port?from=address

	ClerkWebhookSecret     []string       `env:"CLERK_WEBHOOK_SECRET" secret:"yes"`
	ClerkIssuer            string         `env:"CLERK_ISSUER" pair:"clerk-token"`
	ClerkJWTKey            *rsa.PublicKey `env:"CLERK_JWT_KEY" secret:"yes"`
	ClerkAuthorizedParties []string       `env:"CLERK_AUTHORIZED_PARTIES" pair:"clerk-token"`
	ClerkOAuthClientId     string         `env:"CLERK_OAUTH_CLIENT_ID" pair:"clerk-oauth"`
	ClerkOAuthClientSecret string         `env:"CLERK_OAUTH_CLIENT_SECRET" secret:"yes" pair:"clerk-oauth"`
	ClerkSecretKey         string         `env:"CLERK_SECRET_KEY" secret:"yes"`

	MaxUpload Size   `env:"GREENROOM_MAX_UPLOAD" envDefault:"5GB"`
	Sync      string `env:"GREENROOM_SYNC" envDefault:"interval"` // interval or commit
	Lease     bool   `env:"GREENROOM_LEASE"`

	GoogleCredentials GoogleCredentials `env:"GOOGLE_CREDENTIALS" secret:"yes" pair:"google"` // JSON, or the path of a file with it
	GoogleCalendarIds []string          `env:"GOOGLE_CALENDAR_ID" pair:"google"`
	GoogleAPIURL      *url.URL          `env:"GOOGLE_API_URL"`
	CronSecret        string            `env:"CRON_SECRET" secret:"yes"`

	// When clients may book; nobody may if unset.
	Hours Hours `env:"GREENROOM_HOURS"`
	// The least time between now and a meeting that is booked.
	BookingNotice time.Duration `env:"GREENROOM_BOOKING_NOTICE" envDefault:"24h"`
	// Kept free before and after whatever is in the calendar.
	BookingBuffer time.Duration `env:"GREENROOM_BOOKING_BUFFER" envDefault:"15m"`

	StripeSecretKey     string   `env:"STRIPE_SECRET_KEY" secret:"yes" pair:"stripe"`
	StripeWebhookSecret []string `env:"STRIPE_WEBHOOK_SECRET" secret:"yes" pair:"stripe"`
	StripeAPIURL        *url.URL `env:"STRIPE_API_URL"`

	R2Endpoint        *url.URL `env:"R2_ENDPOINT" pair:"r2"`
	R2Bucket          string   `env:"R2_BUCKET" pair:"r2"`
	R2AccessKeyId     string   `env:"R2_ACCESS_KEY_ID" secret:"yes" pair:"r2"`
	R2SecretAccessKey string   `env:"R2_SECRET_ACCESS_KEY" secret:"yes" pair:"r2"`

	ReplicaURL             *url.URL `env:"REPLICA_URL"`
	ReplicaAccessKeyId     string   `env:"REPLICA_ACCESS_KEY_ID" secret:"yes"`
	ReplicaSecretAccessKey string   `env:"REPLICA_SECRET_ACCESS_KEY" secret:"yes"`
	ReplicaEndpoint        *url.URL `env:"REPLICA_ENDPOINT"`
}

// Load reads the process's environment and the .env file beside the binary. The environment has precedence.
func Load() (Config, error) {
	environment := env.ToMap(os.Environ())
	if binary, err := os.Executable(); err == nil {
		file, err := readDotEnv(filepath.Join(filepath.Dir(binary), ".env"))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return Config{}, fmt.Errorf("the .env file beside the binary cannot be read: %w", err)
		}
		for name, value := range file {
			if _, set := environment[name]; !set {
				environment[name] = value
			}
		}
	}
	return Parse(environment)
}

// Parse reads the configuration from variables by name. The error is one sentence for the owner.
func Parse(environment map[string]string) (Config, error) {
	var c Config
	settings := settings()
	vars := map[string]string{}
	for _, s := range settings {
		value, set, err := s.read(environment)
		if err != nil {
			return c, err
		}
		if set {
			vars[s.name] = value
		}
	}
	if err := pairs(settings, vars); err != nil {
		return c, err
	}
	if err := env.ParseWithOptions(&c, env.Options{Environment: vars, FuncMap: parsers}); err != nil {
		return c, oneSentence(err, settings)
	}
	for _, entries := range c.lists() {
		for i := range entries {
			entries[i] = strings.TrimSpace(entries[i])
		}
	}
	return c, c.check()
}

// setting is one variable, as the tags of Config's field describe it.
type setting struct {
	name, pair, field string
	secret            bool
}

func settings() (out []setting) {
	t := reflect.TypeFor[Config]()
	for i := range t.NumField() {
		f := t.Field(i)
		out = append(out, setting{f.Tag.Get("env"), f.Tag.Get("pair"), f.Name, f.Tag.Get("secret") != ""})
	}
	return out
}

// read returns the setting's value, which is read from a file if NAME_FILE names one.
func (s setting) read(environment map[string]string) (value string, set bool, err error) {
	value, set = environment[s.name]
	if path, fromFile := environment[s.name+"_FILE"]; s.secret && fromFile {
		if set {
			return "", false, fmt.Errorf("%s and %s_FILE are both set: keep one of them", s.name, s.name)
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return "", false, fmt.Errorf("%s_FILE names a file that cannot be read: %w", s.name, err)
		}
		value, set = strings.TrimRight(string(content), "\r\n"), true
	}
	if set && strings.TrimSpace(value) == "" {
		return "", false, fmt.Errorf("%s is set but empty: give it a value or remove it", s.name)
	}
	return value, set, nil
}

// pairs returns an error if some but not all settings of a pair are set.
func pairs(settings []setting, vars map[string]string) error {
	groups := map[string][]string{}
	var order []string
	for _, s := range settings {
		if s.pair == "" {
			continue
		}
		if groups[s.pair] == nil {
			order = append(order, s.pair)
		}
		groups[s.pair] = append(groups[s.pair], s.name)
	}
	for _, pair := range order {
		var set, missing []string
		for _, name := range groups[pair] {
			if _, ok := vars[name]; ok {
				set = append(set, name)
			} else {
				missing = append(missing, name)
			}
		}
		if len(set) > 0 && len(missing) > 0 {
			return fmt.Errorf("%s is set but %s is not: they only work together, so set all of them or none", set[0], strings.Join(missing, ", "))
		}
	}
	return nil
}

// oneSentence turns a parse error into a sentence that names the variable, and never its value, which may be a secret.
func oneSentence(err error, settings []setting) error {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return err
	}
	for _, e := range all.Errors {
		var parse env.ParseError
		if !errors.As(e, &parse) {
			continue
		}
		for _, s := range settings {
			if s.field != parse.Name {
				continue
			}
			if form := plainError(""); errors.As(parse.Err, &form) {
				return fmt.Errorf("%s is malformed: %w", s.name, form)
			}
			return fmt.Errorf("%s is malformed: docs/configuration.md says its form", s.name)
		}
	}
	return err
}
