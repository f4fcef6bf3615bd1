package notify

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"mime/quotedprintable"
	"net/textproto"
	"regexp"

	"github.com/pocketbase/pocketbase/tools/mailer"
	"github.com/pocketbase/pocketbase/tools/security"
)

// invitationName is the file name of the attachment that calendar programs open.
const invitationName = "invite.ics"

var invitationMethod = regexp.MustCompile(`(?m)^METHOD:([A-Z]+)\r?$`)

// invitationOf returns a message's invitation if that is its only attachment, or nil.
func invitationOf(m *mailer.Message) io.Reader {
	if m.HTML != "" || len(m.InlineAttachments) > 0 || len(m.Attachments) != 1 {
		return nil
	}
	return m.Attachments[invitationName]
}

// writeInvitation writes the body of a mail with an invitation (RFC 6047): the text for people, the invitation as a
// text/calendar part that programs act on, and once more as an attached file for programs that know only files.
func writeInvitation(out *bytes.Buffer, text string, invitation io.Reader) error {
	content, err := io.ReadAll(invitation)
	if err != nil {
		return fmt.Errorf("mail: read the invitation: %w", err)
	}
	if again, ok := invitation.(io.Seeker); ok {
		if _, err := again.Seek(0, io.SeekStart); err != nil { // the message may be rendered again for the next attempt
			return fmt.Errorf("mail: read the invitation: %w", err)
		}
	}
	method := "PUBLISH"
	if found := invitationMethod.FindSubmatch(content); found != nil {
		method = string(found[1])
	}
	outer, inner := "mixed-"+security.RandomString(24), "alternative-"+security.RandomString(24)
	part := func(boundary string, header textproto.MIMEHeader, names ...string) {
		fmt.Fprintf(out, "--%s\r\n", boundary)
		for _, name := range names {
			fmt.Fprintf(out, "%s: %s\r\n", name, header.Get(name))
		}
		out.WriteString("\r\n")
	}
	quoted := func(content string) error {
		w := quotedprintable.NewWriter(out)
		if _, err := io.WriteString(w, content); err != nil {
			return fmt.Errorf("mail: %w", err)
		}
		if err := w.Close(); err != nil {
			return fmt.Errorf("mail: %w", err)
		}
		out.WriteString("\r\n")
		return nil
	}
	fmt.Fprintf(out, "Content-Type: multipart/mixed; boundary=\"%s\"\r\n\r\n", outer)
	part(outer, textproto.MIMEHeader{"Content-Type": {`multipart/alternative; boundary="` + inner + `"`}}, "Content-Type")
	part(inner, textproto.MIMEHeader{"Content-Type": {"text/plain; charset=utf-8"}, "Content-Transfer-Encoding": {"quoted-printable"}}, "Content-Type", "Content-Transfer-Encoding")
	if err := quoted(text); err != nil {
		return err
	}
	part(inner, textproto.MIMEHeader{"Content-Type": {"text/calendar; charset=utf-8; method=" + method}, "Content-Transfer-Encoding": {"base64"}}, "Content-Type", "Content-Transfer-Encoding")
	writeBase64(out, content)
	fmt.Fprintf(out, "--%s--\r\n", inner)
	part(outer, textproto.MIMEHeader{"Content-Type": {`application/ics; name="` + invitationName + `"`}, "Content-Transfer-Encoding": {"base64"},
		"Content-Disposition": {`attachment; filename="` + invitationName + `"`}}, "Content-Type", "Content-Transfer-Encoding", "Content-Disposition")
	writeBase64(out, content)
	fmt.Fprintf(out, "--%s--\r\n", outer)
	return nil
}

// writeBase64 writes base64 in lines of 76 characters (RFC 2045).
func writeBase64(out *bytes.Buffer, content []byte) {
	const line = 57 // bytes, which become 76 characters
	for len(content) > 0 {
		n := min(line, len(content))
		out.WriteString(base64.StdEncoding.EncodeToString(content[:n]) + "\r\n")
		content = content[n:]
	}
}
