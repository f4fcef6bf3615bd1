package notify

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/mailer"

	"greenroom/hooks/people"
)

const (
	dialTimeout       = 15 * time.Second
	commandTimeout    = time.Minute     // for all commands up to the end of the content
	finalReplyTimeout = 2 * time.Minute // for the reply to the final dot, because after a timeout nobody knows whether the mail was sent
	stopReplyTimeout  = 5 * time.Second // for the same reply while the studio stops
)

// server sends one mail to a mail server by SMTP (RFC 5321), with a time limit for every reply.
type server struct {
	ctx         context.Context // its end cancels the mail until irrevocable was called
	settings    core.SMTPConfig
	portal      string // address of the portal, whose host the studio names in EHLO
	irrevocable func() error
}

// refusal is an error that says that the mail was certainly not sent. Any other error after irrevocable means that
// nobody knows.
type refusal struct {
	said      string
	permanent bool // the server will not accept this mail later either
	ofServer  bool // other mails would be refused as well
}

func (r *refusal) Error() string { return r.said }

func (s server) Send(m *mailer.Message) error {
	content, err := render(m)
	if err != nil {
		return err
	}
	session, err := s.connect()
	if err != nil {
		return s.refused(err, true)
	}
	defer session.Close() // without QUIT, which in the middle of the content could end and thus deliver the mail
	defer func() { session.release() }()
	if err := session.sendEnvelope(m); err != nil {
		return s.refused(err, false)
	}
	return s.sendContent(session, content)
}

// sendContent sends the content, and the dot by which the server takes the mail over.
func (s server) sendContent(c *smtpSession, content []byte) error {
	data, err := c.Data()
	if err != nil {
		return s.refused(err, false)
	}
	if _, err = data.Write(content); err == nil {
		err = c.Text.W.Flush()
	}
	if err != nil {
		return s.refused(err, false)
	}
	if err := s.irrevocable(); err != nil {
		return err
	}
	c.extendDeadline(s.ctx)
	err = data.Close()
	_ = c.Text.PrintfLine("QUIT") // the reply that matters has been read
	if answer := (*textproto.Error)(nil); errors.As(err, &answer) {
		return s.refused(err, false)
	}
	return err
}

// refused makes a refusal of an error before the mail was handed over. Only a reply to this mail can be permanent; one
// to the studio itself, such as a wrong password, may be mended by the owner, so the mail is tried again.
func (s server) refused(err error, ofServer bool) error {
	if ours := (*refusal)(nil); errors.As(err, &ours) {
		return ours
	}
	said := "the mail server cannot be reached: " + err.Error()
	answer := (*textproto.Error)(nil)
	if errors.As(err, &answer) {
		said = fmt.Sprintf("the mail server answered %d %s", answer.Code, answer.Msg)
		ofServer = ofServer || answer.Code == authRequired
	}
	if s.settings.Password != "" {
		said = strings.ReplaceAll(said, s.settings.Password, "…")
	}
	return &refusal{
		said:      people.OneLine(said, maxSaidChars),
		permanent: answer != nil && answer.Code >= 500 && !ofServer,
		ofServer:  ofServer || answer == nil,
	}
}

// authRequired is the reply of a server that wants a password before any mail (RFC 4954).
const authRequired = 530

// maxSaidChars is how much of a server's reply is stored.
const maxSaidChars = 300

// smtpSession is a connection on which the studio has signed in. It stops when the context ends.
type smtpSession struct {
	*smtp.Client
	connection net.Conn
	release    func() bool // detaches the connection from the context
}

// extendDeadline gives the server more time for the reply to the final dot, even if the context ends.
func (c *smtpSession) extendDeadline(ctx context.Context) {
	if !c.release() {
		return // the context has ended already
	}
	_ = c.connection.SetDeadline(time.Now().Add(finalReplyTimeout)) // if it fails, the following read fails as well
	c.release = context.AfterFunc(ctx, func() { _ = c.connection.SetDeadline(time.Now().Add(stopReplyTimeout)) })
}

func (s server) connect() (*smtpSession, error) {
	address := net.JoinHostPort(s.settings.Host, strconv.Itoa(s.settings.Port))
	connection, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(s.ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if err := connection.SetDeadline(time.Now().Add(commandTimeout)); err != nil {
		return nil, errors.Join(err, connection.Close())
	}
	identity := &tls.Config{ServerName: s.settings.Host, MinVersion: tls.VersionTLS12}
	release := context.AfterFunc(s.ctx, func() { _ = connection.SetDeadline(time.Now()) })
	if s.settings.TLS {
		connection = tls.Client(connection, identity)
	}
	client, err := s.greet(connection, identity)
	if err != nil {
		release()
		return nil, errors.Join(err, connection.Close())
	}
	return &smtpSession{client, connection, release}, nil
}

// greet sends EHLO, starts TLS where the server offers it, and signs in.
func (s server) greet(connection net.Conn, identity *tls.Config) (*smtp.Client, error) {
	client, err := smtp.NewClient(connection, s.settings.Host)
	if err != nil {
		return nil, err
	}
	if err := client.Hello(cmp.Or(s.settings.LocalName, helloName(s.portal, connection.LocalAddr()))); err != nil {
		return nil, err
	}
	if offered, _ := client.Extension("STARTTLS"); offered && !s.settings.TLS {
		if err := client.StartTLS(identity); err != nil {
			return nil, err
		}
	}
	return client, s.signIn(client)
}

// sendEnvelope names the sender and the recipients (MAIL and RCPT).
func (c *smtpSession) sendEnvelope(m *mailer.Message) error {
	from, err := c.envelopeAddress(m.From.Address)
	if err == nil {
		err = c.Mail(from)
	}
	if err != nil {
		return err
	}
	for _, to := range slices.Concat(m.To, m.Cc, m.Bcc) {
		address, err := c.envelopeAddress(to.Address)
		if err == nil {
			err = c.Rcpt(address)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// envelopeAddress returns an address as the server accepts it. Non-ASCII letters before the @ need a server with
// SMTPUTF8 (RFC 6531); the domain always has an ASCII form.
func (c *smtpSession) envelopeAddress(address string) (string, error) {
	wire := asciiDomain(address)
	if utf8, _ := c.Extension("SMTPUTF8"); utf8 || isASCII(wire) {
		return wire, nil
	}
	return "", &refusal{said: fmt.Sprintf("the mail server takes no address such as %s, which has letters with accents or of another script before the @ (it offers no SMTPUTF8)", address),
		permanent: true}
}
