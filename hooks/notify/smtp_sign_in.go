package notify

import (
	"encoding/base64"
	"errors"
	"net"
	"net/smtp"
	"net/textproto"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/tools/mailer"
)

// signIn gives the mail server the studio's password, in a way that the server offers. Without TLS the password goes to
// this very machine alone, whatever the server offers: somebody in between may have taken its STARTTLS away.
func (s server) signIn(client *smtp.Client) error {
	if s.settings.Username == "" && s.settings.Password == "" {
		return nil
	}
	if _, private := client.TLSConnectionState(); !private && !isLoopback(s.settings.Host) {
		return &refusal{said: "the mail server offers no TLS, and a password goes out in private only: use smtps:// or a port with STARTTLS", ofServer: true}
	}
	offered := offeredMethods(client)
	for _, method := range s.methods(offered) {
		err := s.try(client, method)
		if answer := (*textproto.Error)(nil); !errors.As(err, &answer) || answer.Code != methodUnknown {
			return err
		}
	}
	said := "it offers none"
	if len(offered) > 0 {
		said = "it offers " + strings.Join(offered, ", ")
	}
	return &refusal{said: "SMTP_URL has a password, but the mail server has no way of signing in that Greenroom knows (PLAIN, LOGIN): " + said, ofServer: true}
}

// methodUnknown is what a server answers to a way of signing in that it offers and does not have.
const methodUnknown = 504

// offeredMethods are the ways of signing in that the server names, also in the old form "AUTH=LOGIN PLAIN".
func offeredMethods(client *smtp.Client) (offered []string) {
	_, methods := client.Extension("AUTH")
	offered = strings.Fields(strings.ToUpper(methods))
	for _, known := range []string{mailer.SMTPAuthPlain, mailer.SMTPAuthLogin} {
		if old, more := client.Extension("AUTH=" + known); old {
			offered = append(append(offered, known), strings.Fields(strings.ToUpper(more))...)
		}
	}
	slices.Sort(offered)
	return slices.Compact(offered)
}

// methods are the ways to try, in order: PLAIN before LOGIN, unless the dashboard's settings prefer LOGIN.
func (s server) methods(offered []string) (methods []string) {
	methods = []string{mailer.SMTPAuthPlain, mailer.SMTPAuthLogin}
	if s.settings.AuthMethod == mailer.SMTPAuthLogin {
		slices.Reverse(methods)
	}
	return slices.DeleteFunc(methods, func(method string) bool { return !slices.Contains(offered, method) })
}

// try signs in by one method: AUTH PLAIN (RFC 4616), or AUTH LOGIN, which some servers have instead. Servers word
// LOGIN's two questions as they like, so only their order counts.
func (s server) try(client *smtp.Client, method string) error {
	name, password := []byte(s.settings.Username), []byte(s.settings.Password)
	if method == mailer.SMTPAuthPlain {
		both := slices.Concat([]byte{0}, name, []byte{0}, password)
		return say(client, "AUTH PLAIN "+base64.StdEncoding.EncodeToString(both), welcome)
	}
	if err := say(client, "AUTH LOGIN", question); err != nil {
		return err
	}
	if err := say(client, base64.StdEncoding.EncodeToString(name), question); err != nil {
		return err
	}
	return say(client, base64.StdEncoding.EncodeToString(password), welcome)
}

// The answers to AUTH: the server asks on, or lets in.
const (
	question = 334
	welcome  = 235
)

// say sends a line and reads an answer that has to have the code.
func say(client *smtp.Client, line string, code int) error {
	id, err := client.Text.Cmd("%s", line)
	if err != nil {
		return err
	}
	client.Text.StartResponse(id)
	defer client.Text.EndResponse(id)
	_, _, err = client.Text.ReadResponse(code)
	return err
}

// isLoopback tells whether a host is this very machine.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
