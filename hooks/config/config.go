// Package config reads what the owner sets from outside: environment variables, and the same names in a .env file
// beside the binary. Unset means that a feature is off; set but wrong is one sentence that names the variable.
package config

import (
	"crypto/rsa"
	"encoding/base64"
	"errors"
	"fmt"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the studio's zone must be known on the barest machine

	"github.com/caarlos0/env/v11"
	"github.com/golang-jwt/jwt/v5"
	"golang.org/x/net/idna"
)

// Config is all there is to set. Sizes are bytes. The tag `secret` marks what may also come from a file, by NAME_FILE;
// `pair` names the settings that only make sense together.
type Config struct {
	URL        *url.URL       `env:"GREENROOM_URL"`                                 // where clients reach the portal
	Studio     string         `env:"GREENROOM_STUDIO" envDefault:"Greenroom"`       // the studio's name
	Owner      string         `env:"GREENROOM_OWNER" envDefault:"James"`            // the name that signs letters
	OwnerEmail Email          `env:"GREENROOM_OWNER_EMAIL"`                         // reply-to, and where notices for the owner go
	Timezone   *time.Location `env:"GREENROOM_TIMEZONE" envDefault:"Europe/London"` // of every time that is shown

	PrivacyURL *url.URL `env:"GREENROOM_PRIVACY_URL"` // the page that the portal's footer leads to
	TermsURL   *url.URL `env:"GREENROOM_TERMS_URL"`
	Accent     Accent   `env:"GREENROOM_ACCENT"` // a hex colour
	Logo       Logo     `env:"GREENROOM_LOGO"`   // the path of an SVG or a PNG

	TrustedProxies Networks `env:"GREENROOM_TRUSTED_PROXIES"` // the proxies whose X-Forwarded-For and -Proto are believed

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

	Hours         Hours         `env:"GREENROOM_HOURS"`                           // in which clients may book; unset: nobody does
	BookingNotice time.Duration `env:"GREENROOM_BOOKING_NOTICE" envDefault:"24h"` // from now until the first meeting that can be booked
	BookingBuffer time.Duration `env:"GREENROOM_BOOKING_BUFFER" envDefault:"15m"` // before and after what is taken

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

// Load reads the process's environment and the .env file beside the binary; the environment wins.
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

// Parse reads the configuration from the given variables. The error is one sentence.
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

// setting is one variable as Config's tags describe it.
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

// read gives the setting's value, from its file where NAME_FILE says so.
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

// pairs refuses half of what only makes sense whole.
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

// oneSentence names the variable of a parse error, and never repeats its value, which may be a secret.
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

// lists are the settings that may have several entries, separated by commas.
func (c Config) lists() map[string][]string {
	return map[string][]string{"CLERK_WEBHOOK_SECRET": c.ClerkWebhookSecret, "CLERK_AUTHORIZED_PARTIES": c.ClerkAuthorizedParties,
		"GOOGLE_CALENDAR_ID": c.GoogleCalendarIds, "STRIPE_WEBHOOK_SECRET": c.StripeWebhookSecret}
}

// check looks at values that are well-formed and still cannot work.
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

// The bounds of what may lie between now, what is taken and a meeting that a client books.
const (
	maxBookingNotice = 30 * 24 * time.Hour
	maxBookingBuffer = 12 * time.Hour
)

// minCronSecretChars makes the secret one that cannot be guessed.
const minCronSecretChars = 32

// originOf is a site as a browser and Clerk's tokens name it (RFC 6454): scheme, host in small letters, and the port
// where it is not the scheme's own.
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

// minKeyBytes keeps out signing secrets that could be guessed.
const minKeyBytes = 16

// plainError is one of ours: it says what is wrong without the value.
type plainError string

func (e plainError) Error() string { return string(e) }

var parsers = map[reflect.Type]env.ParserFunc{
	reflect.TypeFor[url.URL](): func(v string) (any, error) {
		u, err := url.Parse(v)
		if err != nil || u.Scheme == "" || u.Host == "" && u.Scheme != "file" {
			return nil, plainError("write a whole address, such as https://portal.example.com")
		}
		return *u, nil
	},
	reflect.TypeFor[Accent](): func(v string) (any, error) { return parseAccent(v) },
	reflect.TypeFor[Logo]():   func(v string) (any, error) { return parseLogo(v) },
	reflect.TypeFor[time.Location](): func(v string) (any, error) {
		zone, err := time.LoadLocation(v)
		if err != nil || v == "Local" {
			return nil, plainError("write a time zone's name, such as Europe/London")
		}
		return *zone, nil
	},
	reflect.TypeFor[rsa.PublicKey](): func(v string) (any, error) {
		key, err := jwt.ParseRSAPublicKeyFromPEM([]byte(strings.ReplaceAll(v, `\n`, "\n")))
		if err != nil {
			return nil, plainError("paste the PEM public key from Clerk's dashboard, or leave it out to fetch the issuer's keys")
		}
		return *key, nil
	},
	reflect.TypeFor[Email]():             func(v string) (any, error) { return parseEmail(v) },
	reflect.TypeFor[Size]():              func(v string) (any, error) { return parseSize(v) },
	reflect.TypeFor[Networks]():          func(v string) (any, error) { return parseNetworks(v) },
	reflect.TypeFor[SMTP]():              func(v string) (any, error) { return parseSMTP(v) },
	reflect.TypeFor[GoogleCredentials](): func(v string) (any, error) { return parseGoogle(v) },
	reflect.TypeFor[Hours]():             func(v string) (any, error) { return parseHours(v) },
	reflect.TypeFor[time.Duration]():     func(v string) (any, error) { return parseDuration(v) },
}

// Email is one mail address without a name.
type Email string

func parseEmail(v string) (Email, error) {
	address, err := mail.ParseAddress(v)
	if err != nil || address.Address != strings.TrimSpace(v) {
		return "", plainError("write one email address, such as james@example.com")
	}
	return Email(address.Address), nil
}
