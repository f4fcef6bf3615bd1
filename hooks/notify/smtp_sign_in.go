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

// signIn authenticates by a method that the server offers. Without TLS the password is sent to this machine only,
// whatever the server offers: somebody on the network could have removed STARTTLS from its reply.
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

// methodUnknown is the reply to a method that a server offers without supporting it.
const methodUnknown = 504

// offeredMethods returns the authentication methods that the server names, including the old form "AUTH=LOGIN PLAIN".
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

// methods returns the methods to try, in order: PLAIN before LOGIN, unless the dashboard's settings prefer LOGIN.
func (s server) methods(offered []string) (methods []string) {
	methods = []string{mailer.SMTPAuthPlain, mailer.SMTPAuthLogin}
	if s.settings.AuthMethod == mailer.SMTPAuthLogin {
		slices.Reverse(methods)
	}
	return slices.DeleteFunc(methods, func(method string) bool { return !slices.Contains(offered, method) })
}

// try authenticates by AUTH PLAIN (RFC 4616), or by AUTH LOGIN, which some servers have instead. Servers word the two
// questions of LOGIN differently, so they are answered by their order.
func (s server) try(client *smtp.Client, method string) error {
	name, password := []byte(s.settings.Username), []byte(s.settings.Password)
	if method == mailer.SMTPAuthPlain {
		both := slices.Concat([]byte{0}, name, []byte{0}, password)
		return command(client, "AUTH PLAIN "+base64.StdEncoding.EncodeToString(both), authAccepted)
	}
	if err := command(client, "AUTH LOGIN", authContinue); err != nil {
		return err
	}
	if err := command(client, base64.StdEncoding.EncodeToString(name), authContinue); err != nil {
		return err
	}
	return command(client, base64.StdEncoding.EncodeToString(password), authAccepted)
}

// Reply codes to AUTH (RFC 4954): the server asks for more, or has accepted.
const (
	authContinue = 334
	authAccepted = 235
)

// command sends a line and reads the reply, which must have the code.
func command(client *smtp.Client, line string, code int) error {
	id, err := client.Text.Cmd("%s", line)
	if err != nil {
		return err
	}
	client.Text.StartResponse(id)
	defer client.Text.EndResponse(id)
	_, _, err = client.Text.ReadResponse(code)
	return err
}

// isLoopback reports whether a host is this machine.
func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}
