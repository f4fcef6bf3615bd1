package notify

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"github.com/domodwyer/mailyak/v3"
	"github.com/pocketbase/pocketbase/tools/mailer"
	"github.com/pocketbase/pocketbase/tools/security"

	"greenroom/hooks/people"
)

// render returns a message as RFC 5322 and MIME text. A message of text alone has a single part, so that mail programs
// show nothing else.
func render(m *mailer.Message) ([]byte, error) {
	m = prepared(m)
	invitation := invitationOf(m)
	if invitation == nil && (m.HTML != "" || len(m.Attachments)+len(m.InlineAttachments) > 0) {
		return renderParts(m)
	}
	out := new(bytes.Buffer)
	header := func(name, value string) { fmt.Fprintf(out, "%s: %s\r\n", name, oneHeader(value)) }
	header("Date", time.Now().Format(time.RFC1123Z))
	header("From", m.From.String())
	header("To", addresses(m.To))
	if len(m.Cc) > 0 {
		header("Cc", addresses(m.Cc))
	}
	header("Subject", mime.QEncoding.Encode("utf-8", people.OneLine(m.Subject, maxSubjectChars)))
	for _, name := range slices.Sorted(maps.Keys(m.Headers)) {
		header(oneHeader(name), m.Headers[name])
	}
	header("MIME-Version", "1.0")
	if invitation != nil {
		err := writeInvitation(out, m.Text, invitation)
		return out.Bytes(), err
	}
	header("Content-Type", "text/plain; charset=utf-8")
	header("Content-Transfer-Encoding", "quoted-printable")
	out.WriteString("\r\n")
	body := quotedprintable.NewWriter(out)
	if _, err := io.WriteString(body, m.Text); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	if err := body.Close(); err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return out.Bytes(), nil
}

// prepared adds to a message what all mails of the studio have: addresses with ASCII domains, a Message-ID, and
// Auto-Submitted (RFC 3834), which keeps programs from replying automatically.
func prepared(m *mailer.Message) *mailer.Message {
	out := *m
	out.From = inASCII([]mail.Address{m.From})[0]
	out.To, out.Cc, out.Bcc = inASCII(m.To), inASCII(m.Cc), inASCII(m.Bcc)
	out.Headers = map[string]string{"Auto-Submitted": "auto-generated", "Message-ID": newMessageId(out.From.Address)}
	for name, value := range m.Headers {
		name = textproto.CanonicalMIMEHeaderKey(name)
		switch name {
		case "Message-Id":
			name = "Message-ID"
		case "Reply-To", "Sender":
			if list, err := mail.ParseAddressList(value); err == nil && !isASCII(value) {
				var all []mail.Address
				for _, a := range list {
					all = append(all, *a)
				}
				value = addresses(inASCII(all))
			}
		default:
			if !isASCII(value) {
				value = mime.QEncoding.Encode("utf-8", people.OneLine(value, maxHeaderChars))
			}
		}
		out.Headers[name] = value
	}
	return &out
}

// newMessageId returns a new, globally unique Message-ID.
func newMessageId(from string) string {
	_, domain, _ := strings.Cut(asciiDomain(from), "@")
	return "<" + security.RandomString(20) + "@" + cmp.Or(domain, "localhost") + ">"
}

// cleanName returns a name in one line, as headers need it.
func cleanName(name string) string { return people.OneLine(name, people.MaxNameChars) }

// maxHeaderChars limits the value of a header that is not ASCII.
const maxHeaderChars = 500

// maxSubjectChars is more than mail programs show.
const maxSubjectChars = 200

// oneHeader makes a value safe for a header: it cannot begin another header, and it is folded between encoded words,
// because no line may exceed 998 bytes.
func oneHeader(value string) string {
	value = strings.Map(func(r rune) rune {
		if people.Unprintable(r) {
			return ' '
		}
		return r
	}, value)
	return strings.ReplaceAll(value, "?= =?", "?=\r\n =?")
}

func addresses(list []mail.Address) string {
	var out []string
	for _, a := range list {
		out = append(out, a.String())
	}
	return strings.Join(out, ", ")
}

// renderParts renders messages with HTML or attachments: PocketBase's own to the owner, and those of the owner's
// automations.
func renderParts(m *mailer.Message) ([]byte, error) {
	yak := mailyak.New("", nil)
	yak.From(m.From.Address)
	yak.FromName(m.From.Name)
	yak.To(addresses(m.To))
	yak.Cc(addresses(m.Cc))
	yak.Subject(m.Subject)
	yak.Plain().Set(m.Text)
	yak.HTML().Set(m.HTML)
	for name, value := range m.Headers {
		yak.AddHeader(name, value)
	}
	for name, content := range m.Attachments {
		yak.Attach(name, content)
	}
	for name, content := range m.InlineAttachments {
		yak.AttachInline(name, content)
	}
	buf, err := yak.MimeBuf()
	if err != nil {
		return nil, fmt.Errorf("mail: %w", err)
	}
	return buf.Bytes(), nil
}
