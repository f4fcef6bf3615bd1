package config

import (
	"crypto/rsa"
	"net/mail"
	"reflect"

	"github.com/caarlos0/env/v11"
	"github.com/golang-jwt/jwt/v5"

	"net/url"
	"strconv"
	"strings"
	"time"
)

// Size is a number of bytes.
type Size int64

var units = []struct {
	suffix string
	bytes  int64
}{{"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}, {"B", 1}, {"", 1}}

func parseSize(v string) (Size, error) {
	v = strings.ToUpper(strings.TrimSpace(v))
	for _, unit := range units {
		number, ok := strings.CutSuffix(v, unit.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil || n <= 0 || n > (1<<62)/unit.bytes {
			break
		}
		return Size(n * unit.bytes), nil
	}
	return 0, plainError("write a whole number of B, KB, MB or GB, such as 5GB")
}

// parseDuration parses a duration of whole minutes, such as 24h or 1h30m.
func parseDuration(v string) (time.Duration, error) {
	d, err := time.ParseDuration(strings.ReplaceAll(v, " ", ""))
	if err != nil || d < 0 || d%time.Minute != 0 {
		return 0, plainError("write whole minutes or hours, such as 24h, 90m or 0m")
	}
	return d, nil
}

// SMTP is the mail server through which mail is sent; the zero value means none.
type SMTP struct {
	Host, Username, Password string
	Port                     int
	TLS                      bool // from the first byte; false means STARTTLS if the server offers it
	From                     Email
}

func parseSMTP(v string) (SMTP, error) {
	const form = plainError("write smtp://user:password@host:port?from=address, or smtps:// for TLS; in a user name or password write /, ?, #, @, %, { and } as %2F, %3F, %23, %40, %25, %7B and %7D, and other signs that have no place in an address the same way")
	u, err := url.Parse(v)
	if err != nil || strings.ContainsAny(v, "#") || strings.Trim(u.Path, "/") != "" || !onlyFrom(u.RawQuery) || (u.Scheme != "smtp" && u.Scheme != "smtps") || u.Hostname() == "" {
		return SMTP{}, form
	}
	s := SMTP{Host: u.Hostname(), TLS: u.Scheme == "smtps", Port: 587, Username: u.User.Username()}
	s.Password, _ = u.User.Password()
	if s.TLS {
		s.Port = 465
	}
	if port := u.Port(); port != "" {
		if s.Port, err = strconv.Atoi(port); err != nil || s.Port < 1 || s.Port > 65535 {
			return SMTP{}, form
		}
	}
	if from := u.Query().Get("from"); from != "" {
		if s.From, err = parseEmail(from); err != nil {
			return SMTP{}, plainError("its from is not an email address")
		}
	}
	return s, nil
}

// onlyFrom reports whether a query has no parameter but from. Anything else is the rest of a password that was not
// encoded.
func onlyFrom(query string) bool {
	values, err := url.ParseQuery(query)
	if err != nil {
		return false
	}
	for name := range values {
		if name != "from" {
			return false
		}
	}
	return true
}

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

// plainError is a sentence about a malformed value that does not contain the value.
type plainError string

func (e plainError) Error() string { return string(e) }

// Email is one mail address without a display name.
type Email string

func parseEmail(v string) (Email, error) {
	address, err := mail.ParseAddress(v)
	if err != nil || address.Address != strings.TrimSpace(v) {
		return "", plainError("write one email address, such as james@example.com")
	}
	return Email(address.Address), nil
}
