package config

import (
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

// parseDuration reads a time of whole minutes, such as 24h or 1h30m.
func parseDuration(v string) (time.Duration, error) {
	d, err := time.ParseDuration(strings.ReplaceAll(v, " ", ""))
	if err != nil || d < 0 || d%time.Minute != 0 {
		return 0, plainError("write whole minutes or hours, such as 24h, 90m or 0m")
	}
	return d, nil
}

// SMTP is a mail server to send through; the zero value is none.
type SMTP struct {
	Host, Username, Password string
	Port                     int
	TLS                      bool // from the first byte; else STARTTLS where the server has it
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

// onlyFrom tells whether a query has no other parameter than from: what else stands there is the rest of a password.
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
