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

// invitationName is the attachment that a calendar program opens.
const invitationName = "invite.ics"

var invitationMethod = regexp.MustCompile(`(?m)^METHOD:([A-Z]+)\r?$`)

// invitationOf gives the invitation that a message carries, where that is all it carries.
func invitationOf(m *mailer.Message) io.Reader {
	if m.HTML != "" || len(m.InlineAttachments) > 0 || len(m.Attachments) != 1 {
		return nil
	}
	return m.Attachments[invitationName]
}

// writeInvitation writes the body of a mail with an invitation (RFC 6047): the text for people, and the same as a
// calendar's part, which programs act on; again as a file for those that only know files.
func writeInvitation(out *bytes.Buffer, text string, invitation io.Reader) error {
	content, err := io.ReadAll(invitation)
	if err != nil {
		return fmt.Errorf("mail: read the invitation: %w", err)
	}
	if again, ok := invitation.(io.Seeker); ok {
		if _, err := again.Seek(0, io.SeekStart); err != nil { // the mail may be written once more
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

// writeBase64 writes lines of 76 letters, as mail wants them.
func writeBase64(out *bytes.Buffer, content []byte) {
	const line = 57 // bytes, which are 76 letters
	for len(content) > 0 {
		n := min(line, len(content))
		out.WriteString(base64.StdEncoding.EncodeToString(content[:n]) + "\r\n")
		content = content[n:]
	}
}
