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
	dialPatience   = 15 * time.Second
	serverPatience = time.Minute     // until the content is there
	dotPatience    = 2 * time.Minute // for the answer to it: giving up then means not knowing
	stopPatience   = 5 * time.Second // for the same while the studio stops
)

// server is a mail server to which one mail goes (RFC 5321). Every answer of it has a time limit.
type server struct {
	ctx         context.Context // ends what has not become irrevocable
	settings    core.SMTPConfig
	portal      string // the portal's address, whose host the studio says hello with
	irrevocable func() error
}

// refusal is the certainty that the server has not taken a mail. Any other error of a server's after irrevocable means
// that nobody knows.
type refusal struct {
	said      string
	permanent bool // the server takes this mail neither now nor later
	ofServer  bool // it would be the same with any other mail
}

func (r *refusal) Error() string { return r.said }

func (s server) Send(m *mailer.Message) error {
	content, err := render(m)
	if err != nil {
		return err
	}
	conversation, err := s.connect()
	if err != nil {
		return s.refused(err, true)
	}
	defer conversation.Close() // a QUIT while the content is being sent would end and so deliver it
	defer func() { conversation.release() }()
	if err := conversation.address(m); err != nil {
		return s.refused(err, false)
	}
	return s.hand(conversation, content)
}

// hand sends the content. With the dot that ends it, it is the server's.
func (s server) hand(c *conversation, content []byte) error {
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
	c.holdOn(s.ctx)
	err = data.Close()
	_ = c.Text.PrintfLine("QUIT") // what matters has been answered
	if answer := (*textproto.Error)(nil); errors.As(err, &answer) {
		return s.refused(err, false)
	}
	return err
}

// refused tells what an error says of a mail that has not gone. Only an answer to this very mail can be for good: one
// to the studio itself, such as a wrong password, is mended and tried again.
func (s server) refused(err error, ofServer bool) error {
	if ours := (*refusal)(nil); errors.As(err, &ours) {
		return ours
	}
	said := "the mail server cannot be reached: " + err.Error()
	answer := (*textproto.Error)(nil)
	if errors.As(err, &answer) {
		said = fmt.Sprintf("the mail server answered %d %s", answer.Code, answer.Msg)
		ofServer = ofServer || answer.Code == signInFirst
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

// signInFirst is what a server that wants a password answers to each mail without one.
const signInFirst = 530

// maxSaidChars is how much of a server's answer is kept.
const maxSaidChars = 300

// conversation is one with a server, signed in. It stops when the context ends.
type conversation struct {
	*smtp.Client
	connection net.Conn
	release    func() bool // from the context
}

// holdOn gives the server time for its last answer, which nothing else can replace.
func (c *conversation) holdOn(ctx context.Context) {
	if !c.release() {
		return // it has stopped already
	}
	_ = c.connection.SetDeadline(time.Now().Add(dotPatience)) // where it fails, so does what follows
	c.release = context.AfterFunc(ctx, func() { _ = c.connection.SetDeadline(time.Now().Add(stopPatience)) })
}

func (s server) connect() (*conversation, error) {
	address := net.JoinHostPort(s.settings.Host, strconv.Itoa(s.settings.Port))
	connection, err := (&net.Dialer{Timeout: dialPatience}).DialContext(s.ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if err := connection.SetDeadline(time.Now().Add(serverPatience)); err != nil {
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
	return &conversation{client, connection, release}, nil
}

// greet says who we are, in private where the server can.
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

// address says from whom the mail is and to whom.
func (c *conversation) address(m *mailer.Message) error {
	from, err := c.onTheWire(m.From.Address)
	if err == nil {
		err = c.Mail(from)
	}
	if err != nil {
		return err
	}
	for _, to := range slices.Concat(m.To, m.Cc, m.Bcc) {
		address, err := c.onTheWire(to.Address)
		if err == nil {
			err = c.Rcpt(address)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// onTheWire is an address as the server takes it. Only a server with SMTPUTF8 takes other letters than ASCII's before
// the @ (RFC 6531); for the domain they have another form everywhere.
func (c *conversation) onTheWire(address string) (string, error) {
	wire := asciiDomain(address)
	if utf8, _ := c.Extension("SMTPUTF8"); utf8 || isASCII(wire) {
		return wire, nil
	}
	return "", &refusal{said: fmt.Sprintf("the mail server takes no address such as %s, which has letters with accents or of another script before the @ (it offers no SMTPUTF8)", address),
		permanent: true}
}
