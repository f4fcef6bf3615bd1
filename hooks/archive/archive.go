// Package archive writes a project as one ZIP file for the client to keep, which can be read without the portal.
//
// It contains the files under their own names, a receipt for each deliverable that has one, everything of the project
// as JSON, and index.html, which shows it all, can be printed and has no script. The archive is streamed, so its memory
// depends neither on the size of a file nor on the number of comments. Files are stored without compression, because
// sound and pictures are compressed already.
//
// The page is written last, so that it can name each file that is missing with the reason: one that opens when it is
// paid, or one that could not be read because the bucket did not answer. No file is left out silently.
package archive

import (
	"archive/zip"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
	"greenroom/hooks/config"
	"greenroom/hooks/files"
	"greenroom/hooks/people"
	"greenroom/hooks/portal"
)

type service struct {
	app    core.App
	config config.Config
	reader *portal.Reader
	busy   sync.Map // by busyFor: an archive is being made
}

// Register serves GET /api/portal/projects/{id}/archive.zip, and GET /api/portal/projects/{id}/archive, which returns a
// signed link to it. A browser saves a large file only from an address, to which it sends no token.
func Register(app core.App, c config.Config) {
	s := &service{app: app, config: c, reader: portal.NewReader(app)}
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		group := e.Router.Group("/api/portal/projects/{id}")
		group.Bind(apis.SkipSuccessActivityLog())
		group.GET("/archive", func(e *core.RequestEvent) error { return access.Answer(e, s.link(e)) })
		group.GET("/archive.zip", func(e *core.RequestEvent) error { return access.Answer(e, s.download(e)) }).Bind(access.HideQuery())
		return e.Next()
	})
}

// visitor is the person for whom an archive is made.
type visitor struct {
	project string
	client  string // the id of the client or person whose view it is; empty for the owner's
	owner   bool   // whether the owner asks
}

// visitorOf returns the visitor of a request with a token.
func (s *service) visitorOf(e *core.RequestEvent) (visitor, error) {
	v := visitor{project: e.Request.PathValue("id"), owner: e.HasSuperuserAuth()}
	if v.owner && !e.Request.URL.Query().Has("as") {
		return v, nil
	}
	client, err := access.Viewer(e)
	if err != nil {
		return v, err
	}
	v.client = client.Id
	return v, nil
}

// link answers GET /api/portal/projects/{id}/archive with a link that is valid for a limited time.
func (s *service) link(e *core.RequestEvent) error {
	v, err := s.visitorOf(e)
	if err != nil {
		return err
	}
	o, err := s.open(v)
	if err != nil {
		return e.NotFoundError(access.NotHere, err)
	}
	if _, taken := s.busy.Load(busyFor(v, o)); taken {
		return tooMany(e)
	}
	expires := time.Now().Add(files.LinkValid).UTC().Truncate(time.Second)
	signature, err := s.sign(v, expires.Unix())
	if err != nil {
		return err
	}
	query := url.Values{"for": {v.client}, "expires": {strconv.FormatInt(expires.Unix(), 10)}, "signature": {hex.EncodeToString(signature)}}
	if v.owner {
		query.Set("by", "owner")
	}
	e.Response.Header().Set("Cache-Control", "private, no-store")
	return e.JSON(http.StatusOK, map[string]string{
		"url": "/api/portal/projects/" + v.project + "/archive.zip?" + query.Encode(), "expires": expires.Format(time.RFC3339)})
}

// sign returns the signature of a link's content by a key that only this studio has.
func (s *service) sign(v visitor, expires int64) ([]byte, error) {
	clients, err := s.app.FindCachedCollectionByNameOrId("clients")
	if err != nil {
		return nil, err
	}
	mac := hmac.New(sha256.New, []byte(clients.FileToken.Secret))
	mac.Write([]byte("greenroom archive\n" + v.project + "\n" + v.client + "\n" + strconv.FormatBool(v.owner) + "\n" + strconv.FormatInt(expires, 10)))
	return mac.Sum(nil), nil
}

// granted verifies a link and returns the visitor to whom it was given.
func (s *service) granted(e *core.RequestEvent, query url.Values) (visitor, error) {
	v := visitor{e.Request.PathValue("id"), query.Get("for"), query.Get("by") == "owner"}
	expires, err := strconv.ParseInt(query.Get("expires"), 10, 64)
	if err != nil {
		return v, e.NotFoundError(access.NotHere, err)
	}
	want, err := s.sign(v, expires)
	if err != nil {
		return v, err
	}
	got, err := hex.DecodeString(query.Get("signature"))
	if err != nil || !hmac.Equal(got, want) {
		return v, e.NotFoundError(access.NotHere, err)
	}
	if !files.InTime(expires) {
		return v, e.ForbiddenError("This link has expired. Take the project home from its page again.", nil)
	}
	return v, nil
}

// errNotTheirs means that the visitor has no such project.
var errNotTheirs = errors.New("archive: no such project for this visitor")

// opened is a project that the visitor may download.
type opened struct {
	project *core.Record
	client  *core.Record // the client whose project it is
	money   bool         // whether the visitor may see invoices and payments
}

// open finds the project and checks that it is the visitor's.
func (s *service) open(v visitor) (opened, error) {
	o := opened{money: true}
	account := ""
	if v.client != "" {
		viewer, err := s.app.FindRecordById("clients", v.client)
		if err != nil {
			return o, err
		}
		if !v.owner && !viewer.GetDateTime("archivedAt").IsZero() {
			return o, errNotTheirs
		}
		o.money, account = people.SeesMoney(viewer), people.Account(viewer)
	}
	var err error
	if o.project, err = s.app.FindRecordById("projects", v.project); err != nil {
		return o, err
	}
	if v.client != "" && o.project.GetString("client") != account {
		return o, errNotTheirs
	}
	o.client, err = s.app.FindRecordById("clients", o.project.GetString("client"))
	return o, err
}

// download answers GET /api/portal/projects/{id}/archive.zip. An archive that breaks off has no directory at its end,
// so it does not open and cannot be mistaken for a whole one.
func (s *service) download(e *core.RequestEvent) error {
	query := access.SecretQuery(e)
	var v visitor
	var err error
	if query.Has("signature") {
		v, err = s.granted(e, query)
	} else {
		e.Request.URL.RawQuery = query.Encode()
		v, err = s.visitorOf(e)
	}
	if err != nil {
		return err
	}
	o, err := s.open(v)
	if err != nil {
		return e.NotFoundError(access.NotHere, err)
	}
	if e.Request.Method != http.MethodHead {
		busy := busyFor(v, o)
		if _, taken := s.busy.LoadOrStore(busy, true); taken {
			return tooMany(e)
		}
		defer s.busy.Delete(busy)
	}
	h := e.Response.Header()
	h.Set("Content-Type", "application/zip")
	h.Set("Content-Disposition", files.SavedAs(safeName(o.project.GetString("title"), "project")+".zip"))
	h.Set("Cache-Control", "private, no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	if e.Request.Method == http.MethodHead {
		return nil
	}

	out := zip.NewWriter(files.RollingDeadline(e.Response))
	p := newPacker(e.Request.Context(), s.app, s.config, s.reader, out)
	p.still = func() error {
		_, err := s.open(v)
		return err
	}
	if _, err = p.project(o, ""); err == nil {
		err = out.Close()
	}
	if err != nil {
		if e.Request.Context().Err() == nil {
			e.App.Logger().Error("An archive broke off.", "project", o.project.Id, "error", err)
		}
		panic(http.ErrAbortHandler)
	}
	return nil
}

// busyFor returns the key under which only one archive is made at a time: a client with all their people, or the owner.
func busyFor(v visitor, o opened) string {
	if v.owner {
		return "owner"
	}
	return o.client.Id
}

func tooMany(e *core.RequestEvent) error {
	return e.TooManyRequestsError("A project is being packed for you already. Let that download end, or stop it, and try again.", nil)
}
