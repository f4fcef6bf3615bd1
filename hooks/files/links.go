package files

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
	"greenroom/hooks/locks"
	"greenroom/hooks/people"
)

// LinkValid is how long a link is valid. The player requests a new one when it expires.
const LinkValid = time.Hour

// clockSlack is by how much the server's clock may have been set back since a link was made.
const clockSlack = 5 * time.Minute

// InTime reports whether a signed link that expires then (Unix seconds) is valid now. A link with more time left than
// LinkValid and clockSlack was made while the clock was wrong.
func InTime(expires int64) bool {
	left := time.Until(time.Unix(expires, 0))
	return left > 0 && left <= LinkValid+clockSlack
}

// byOwner stands in a link for the owner, who may see every file.
const byOwner = "owner"

// link answers GET /attachments/{id}/link for a client, the owner, or the owner who looks as a client (?as=). With
// ?download=1 the file will be saved rather than shown.
func (s *service) link(e *core.RequestEvent) error {
	if e.HasSuperuserAuth() && !e.Request.URL.Query().Has("as") {
		return s.answerLink(e, nil)
	}
	return access.Page(func(e *core.RequestEvent, client *core.Record) error {
		if !client.GetDateTime("archivedAt").IsZero() {
			return e.NotFoundError(access.NotHere, nil)
		}
		return s.answerLink(e, client)
	})(e)
}

// answerLink answers with a link to a file that belongs to the viewing client and is not locked by a payment. client is
// nil for the owner, who may have every file.
func (s *service) answerLink(e *core.RequestEvent, client *core.Record) error {
	attachment, err := e.App.FindRecordById(collection, e.Request.PathValue("id"))
	if err != nil || client != nil && attachment.GetString("client") != people.Account(client) {
		return e.NotFoundError(access.NotHere, err)
	}
	viewer := byOwner
	if client != nil {
		viewer = client.Id
		if err := locks.Refuse(e.Request.Context(), e.App, attachment, client); err != nil {
			return failure(e, err)
		}
	}
	expires := time.Now().Add(LinkValid).UTC().Truncate(time.Second)
	address, err := s.address(e, attachment, viewer, expires)
	if err != nil {
		return failure(e, err)
	}
	e.Response.Header().Set("Cache-Control", "private, no-store")
	return e.JSON(http.StatusOK, map[string]any{"url": address, "expires": expires.Format(time.RFC3339)})
}

// address returns the URL at which anybody can fetch the file until it expires.
func (s *service) address(e *core.RequestEvent, attachment *core.Record, viewer string, expires time.Time) (string, error) {
	if b, ok := s.store().(bucket); ok {
		ctx, end := context.WithTimeout(e.Request.Context(), storeAnswers)
		defer end()
		return b.link(ctx, keyOf(attachment), servedAs(attachment, e.Request.URL.Query()), LinkValid)
	}
	grant := grant{attachment.Id, viewer, expires.Unix()}
	signature, err := s.sign(grant)
	if err != nil {
		return "", err
	}
	query := url.Values{"for": {viewer}, "expires": {strconv.FormatInt(grant.expires, 10)}, "signature": {hex.EncodeToString(signature)}}
	if e.Request.URL.Query().Has("download") {
		query.Set("download", "1")
	}
	return access.Origin(s.config, e.Request) + "/api/portal/files/" + attachment.Id + "/" + attachment.GetString("file") + "?" + query.Encode(), nil
}

// grant is what a signed link permits.
type grant struct {
	attachment string
	viewer     string // id of a client or person, or byOwner
	expires    int64  // Unix seconds
}

// sign returns the HMAC of a grant. The key derives from PocketBase's secret for clients' file tokens, so renewing that
// secret ends all links.
func (s *service) sign(g grant) ([]byte, error) {
	clients, err := s.app.FindCachedCollectionByNameOrId("clients")
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, []byte(clients.FileToken.Secret))
	mac.Write([]byte("greenroom link\n" + g.attachment + "\n" + g.viewer + "\n" + strconv.FormatInt(g.expires, 10)))
	return mac.Sum(nil), nil
}

// granted returns the attachment that the request's link permits. A client's link ends with the client's access, and
// when the file is locked by a payment.
func (s *service) granted(e *core.RequestEvent) (*core.Record, error) {
	query := access.SecretQuery(e)
	expires, err := strconv.ParseInt(query.Get("expires"), 10, 64)
	if err != nil {
		return nil, e.NotFoundError(access.NotHere, err)
	}
	g := grant{e.Request.PathValue("id"), query.Get("for"), expires}
	want, err := s.sign(g)
	if err != nil {
		return nil, err
	}
	got, err := hex.DecodeString(query.Get("signature"))
	if err != nil || !hmac.Equal(got, want) {
		return nil, e.NotFoundError(access.NotHere, err)
	}
	if !InTime(expires) {
		return nil, e.ForbiddenError("This link has expired. Open the file again from its page.", nil)
	}
	attachment, err := e.App.FindRecordById(collection, g.attachment)
	if err != nil || attachment.GetString("file") != e.Request.PathValue("name") {
		return nil, e.NotFoundError(access.NotHere, err)
	}
	if g.viewer == byOwner {
		return attachment, nil
	}
	client, err := e.App.FindRecordById("clients", g.viewer)
	if err != nil || attachment.GetString("client") != people.Account(client) || !client.GetDateTime("archivedAt").IsZero() {
		return nil, e.NotFoundError(access.NotHere, err)
	}
	return attachment, locks.Refuse(e.Request.Context(), e.App, attachment, client)
}
