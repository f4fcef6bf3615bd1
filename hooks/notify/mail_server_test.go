package notify_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"io"
	"math/big"
	"mime"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// mailServer is an SMTP server on loopback (RFC 5321) that misbehaves where a test says so.
type mailServer struct {
	t       testing.TB
	address string
	certify *tls.Certificate // set if it offers STARTTLS
	login   string           // user:password, if it requires AUTH
	methods string           // methods of AUTH that it offers
	offers  []string         // further lines of the reply to EHLO
	prompts []string         // the two questions of AUTH LOGIN, if not the usual ones
	unknown string           // a method of AUTH that is offered, and refused with 504

	mu      sync.Mutex
	answers map[string]string   // reply by command, instead of 250; "." is the end of the content; hang and drop send none
	once    map[string][]string // replies by command, used up one after the other before answers
	hellos  []string
	auths   []string          // methods of AUTH that the client tried
	lines   []string          // all commands
	pauses  map[string]func() // called before the reply to a command
	taken   []letter          // mails that it accepted
	dots    int               // how often content was completed
	secret  bool              // whether the last content came over TLS
	open    map[net.Conn]bool
	tries   int
	busy    map[net.Conn]bool // connections without a mail so far
	busiest int               // the largest number of connections at once
}

const (
	hang = "hang"
	drop = "drop"
)

// letter is a mail as its reader sees it.
type letter struct {
	mail.Header
	Subject, Text string
	rcpt          string
	raw           string
}

func newMailServer(t testing.TB, configure ...func(s *mailServer)) *mailServer {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &mailServer{t: t, address: listener.Addr().String(), answers: map[string]string{}, once: map[string][]string{}, pauses: map[string]func(){}, open: map[net.Conn]bool{}, busy: map[net.Conn]bool{}}
	for _, c := range configure {
		c(s)
	}
	var served sync.WaitGroup
	t.Cleanup(func() {
		listener.Close()
		s.hangUp()
		served.Wait()
	})
	served.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.mu.Lock()
			s.open[conn] = true
			s.tries++
			s.busy[conn] = true
			s.busiest = max(s.busiest, len(s.busy))
			s.mu.Unlock()
			served.Go(func() {
				defer s.close(conn)
				s.converse(conn)
			})
		}
	})
	return s
}

func (s *mailServer) close(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, conn)
	conn.Close()
}

func (s *mailServer) most() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.busiest
}

func (s *mailServer) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.open {
		conn.Close()
	}
}

// answer changes the server's reply to a command.
func (s *mailServer) answer(verb, answer string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[verb] = answer
}

// answerOnce sets the next replies to a command; after them it behaves as before.
func (s *mailServer) answerOnce(verb string, answers ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.once[verb] = answers
}

// heard returns the names given in EHLO, the methods of AUTH that were tried, and all commands.
func (s *mailServer) heard() (hellos, auths, lines []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.hellos), slices.Clone(s.auths), slices.Clone(s.lines)
}

func (s *mailServer) letters() []letter {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]letter(nil), s.taken...)
}

func (s *mailServer) counts() (dots, tries int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dots, s.tries
}

// session is one connection.
type session struct {
	s      *mailServer
	conn   net.Conn
	lines  *bufio.Reader
	rcpt   string
	authed bool
	secure bool
}

func (s *mailServer) converse(conn net.Conn) {
	c := &session{s: s, conn: conn, lines: bufio.NewReader(conn)}
	if !c.say("greeting", "220 here") {
		return
	}
	for {
		line, err := c.lines.ReadString('\n')
		if err != nil || !c.follow(strings.TrimRight(line, "\r\n")) {
			return
		}
	}
}

// during calls do before the reply to a command.
func (s *mailServer) during(verb string, do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pauses[verb] = do
}

// say sends the test's reply to a command, or the normal one. It returns false if the session is over.
func (c *session) say(verb, normal string) bool {
	c.s.mu.Lock()
	answer, special := c.s.answers[verb]
	if next := c.s.once[verb]; len(next) > 0 {
		answer, special = next[0], true
		c.s.once[verb] = next[1:]
	}
	pause := c.s.pauses[verb]
	c.s.mu.Unlock()
	if pause != nil {
		pause()
	}
	switch {
	case special && answer == hang:
		_, _ = io.Copy(io.Discard, c.conn)
		return false
	case special && answer == drop:
		return false
	case special:
		normal = answer
	}
	_, err := io.WriteString(c.conn, normal+"\r\n")
	return err == nil
}

func (c *session) follow(line string) bool {
	verb, rest, _ := strings.Cut(line, " ")
	c.s.mu.Lock()
	c.s.lines = append(c.s.lines, line)
	c.s.mu.Unlock()
	switch verb = strings.ToUpper(verb); verb {
	case "EHLO":
		c.s.mu.Lock()
		c.s.hellos = append(c.s.hellos, rest)
		c.s.mu.Unlock()
		extensions := "250-here"
		for _, offer := range c.s.offers {
			extensions += "\r\n250-" + offer
		}
		if c.s.certify != nil && !c.secure {
			extensions += "\r\n250-STARTTLS"
		}
		if c.s.login != "" && c.s.methods != "" {
			extensions += "\r\n250-AUTH " + c.s.methods
		}
		return c.say(verb, extensions+"\r\n250 8BITMIME")
	case "STARTTLS":
		if !c.say(verb, "220 go on") {
			return false
		}
		c.conn = tls.Server(c.conn, &tls.Config{Certificates: []tls.Certificate{*c.s.certify}})
		c.lines, c.secure = bufio.NewReader(c.conn), true
		return true
	case "AUTH":
		return c.auth(rest)
	case "RCPT":
		c.rcpt = rest
		if !c.takes(rest) {
			return c.say(verb, "501 5.1.3 Bad recipient address syntax")
		}
		return c.say(verb, "250 ok")
	case "MAIL":
		if !c.takes(rest) {
			return c.say(verb, "501 5.1.7 Bad sender address syntax")
		}
		if c.s.login != "" && !c.authed {
			return c.say(verb, "530 sign in first")
		}
		return c.say(verb, "250 ok")
	case "DATA":
		c.s.mu.Lock()
		answer, special := c.s.answers[verb]
		refusedOnce := len(c.s.once[verb]) > 0
		c.s.mu.Unlock()
		if refusedOnce {
			return c.say(verb, "")
		}
		if special && answer[0] != '3' {
			return c.say(verb, answer)
		}
		return c.say(verb, "354 go on") && c.content()
	case "QUIT":
		c.say(verb, "221 bye")
		return false
	}
	return c.say(verb, "250 ok")
}

// takes reports whether the server accepts an address: in ASCII, or any with SMTPUTF8 if the client declared it.
func (c *session) takes(address string) bool {
	return slices.Contains(c.s.offers, "SMTPUTF8") || !strings.ContainsFunc(address, func(r rune) bool { return r >= 0x80 })
}

func (c *session) auth(rest string) bool {
	method, first, _ := strings.Cut(rest, " ")
	c.s.mu.Lock()
	c.s.auths = append(c.s.auths, method)
	c.s.mu.Unlock()
	if method == c.s.unknown {
		return c.say("AUTH", "504 5.5.4 Unrecognized authentication type")
	}
	given := ""
	if method == "LOGIN" {
		prompts := c.s.prompts
		if prompts == nil {
			prompts = []string{"Username:", "Password:"}
		}
		for _, question := range prompts {
			if !c.say("question", "334 "+base64.StdEncoding.EncodeToString([]byte(question))) {
				return false
			}
			line, _ := c.lines.ReadString('\n')
			part, _ := base64.StdEncoding.DecodeString(strings.TrimSpace(line))
			given += ":" + string(part)
		}
	} else {
		decoded, _ := base64.StdEncoding.DecodeString(first)
		given = strings.ReplaceAll(string(decoded), "\x00", ":")
	}
	if c.authed = given == ":"+c.s.login; !c.authed {
		return c.say("AUTH", "535 wrong, "+given)
	}
	return c.say("AUTH", "235 welcome")
}

// content reads up to the dot.
func (c *session) content() bool {
	var raw strings.Builder
	for {
		line, err := c.lines.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		raw.WriteString(strings.TrimPrefix(line, "."))
	}
	l := read(c.s.t, raw.String())
	l.rcpt, l.raw = c.rcpt, raw.String()
	c.s.mu.Lock()
	c.s.dots++
	delete(c.s.busy, c.conn) // before the reply, so that the client cannot notice it earlier
	c.s.secret = c.secure
	answer, special := c.s.answers["."]
	if len(c.s.once["."]) > 0 {
		answer, special = c.s.once["."][0], true
	}
	if !special || answer == drop { // a server may have accepted a mail before the connection broke
		c.s.taken = append(c.s.taken, l)
	}
	c.s.mu.Unlock()
	return c.say(".", "250 taken")
}

// read parses a mail as a mail program does.
func read(t testing.TB, raw string) letter {
	m, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Errorf("%v in %q", err, raw)
		return letter{}
	}
	text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
	if err != nil {
		t.Errorf("%v in %q", err, raw)
	}
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Errorf("%v in %q", err, raw)
	}
	return letter{Header: m.Header, Subject: subject, Text: strings.ReplaceAll(string(text), "\r\n", "\n")}
}

// authority is a certificate for 127.0.0.1 that this test binary trusts.
var authority tls.Certificate

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "greenroom-notify")
	if err != nil {
		panic(err)
	}
	path := filepath.Join(dir, "authority.pem")
	authority = selfSigned(path)
	os.Setenv("SSL_CERT_FILE", path) // Go reads it when TLS is first used
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

func selfSigned(path string) tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, NotAfter: time.Now().Add(24 * time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
