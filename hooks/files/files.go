// Package files receives the studio's files, gigabytes each, serves them, and removes them.
//
// Clients and the owner upload by POST /api/portal/uploads, whose answer says how. With a bucket (R2 or another S3) the
// browser sends equal parts to it by presigned URLs; without one it sends to the data directory by the tus protocol.
// Both can be resumed after a broken connection, a closed tab and a restart, since the state of an unfinished upload is
// a row of integrations. The attachment's record is made when the file is complete, with the key under which PocketBase
// itself would store the file, so that the dashboard, protected links and deletion work as usual.
//
// Files are served by links that expire within an hour: presigned URLs of the bucket, or signed ones of the studio's
// for the disk. A deleted record leaves a row, written in the transaction that deletes it; its objects are removed in
// the background, with retries. While the bucket does not answer, uploads and links fail with a sentence, and nothing
// is lost.
package files

import (
	"context"
	"sync"
	"sync/atomic"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
	"greenroom/hooks/config"
	"greenroom/hooks/keylock"
)

// integration names the row of integrations about the bucket's health. Rows named "files:upload:…" are unfinished
// uploads, and rows named "files:delete:…" objects to be removed.
const integration = "files"

// collection is the collection of which uploaded files become records.
const collection = "attachments"

// Register binds the routes, the rules for downloads, and the background work.
func Register(app core.App, c config.Config) {
	s := &service{app: app, config: c}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.restrictDataDir()
	s.limitForms()
	s.limitThumbnails()
	s.guardDownloads()
	s.removeWhatIsDeleted()
	s.sumInBackground()
	s.sweepOnSchedule()
	app.OnBackupCreate().BindFunc(func(e *core.BackupEvent) error {
		e.Exclude = append(e.Exclude, uploadsDir) // a restore would come too late to resume them
		return e.Next()
	})
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		receive, err := s.tus()
		if err != nil {
			return err
		}
		group := e.Router.Group("/api/portal")
		group.Bind(apis.SkipSuccessActivityLog())
		group.POST("/uploads", s.begin)
		group.POST("/uploads/{id}/parts", s.parts)
		group.POST("/uploads/{id}/complete", s.complete)
		group.DELETE("/uploads/{id}", s.cancel)
		group.HEAD("/uploads/{id}", receive)
		// The limits for other request bodies do not apply: tus accepts what the upload still lacks.
		group.PATCH("/uploads/{id}", receive).Unbind("greenroomBodyLimit", apis.DefaultBodyLimitMiddlewareId)
		group.GET("/attachments/{id}/link", s.link)
		group.GET("/files/{id}/{name}", s.download).Bind(access.HideQuery())
		return e.Next()
	})
}

// service is the state of this package.
type service struct {
	app    core.App
	config config.Config
	busy   keylock.Locks // by upload id: one request at a time for each

	reserved  reservations
	reserving sync.Mutex // held while room is looked for, which only reads

	ctx        context.Context // of the background work; ended by stop
	stop       context.CancelFunc
	starting   sync.Mutex // held while work begins, and while end forbids it
	ending     bool
	background sync.WaitGroup
	asked      atomic.Bool // a removal was requested that has not begun
	removing   sync.Mutex
	sums       sums
}
