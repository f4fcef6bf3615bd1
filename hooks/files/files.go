// Package files takes in the studio's files, gigabytes each, hands them out again, and clears them away.
//
// In flows what a client or the owner uploads: POST /api/portal/uploads says which way. With a bucket (R2, any S3) the
// browser sends equal parts straight to it by presigned links; without one it sends to the data directory by the tus
// protocol. Both resume after a lost line, a closed tab and a restarted server: what is known of an unfinished upload
// is a row of integrations. The attachment's record appears when the file is whole, at the very key under which
// PocketBase keeps a record's file, so that the dashboard, protected links and deletion know no difference.
//
// Out flow links that expire within the hour: presigned ones of the bucket, signed ones of our own for the disk. A
// deleted record leaves a row, written in the transaction that deletes it, and the objects go in the background, tried
// again until they are gone. While the bucket does not answer, uploads and links say so and nothing is lost.
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

// integration is the name of the row of integrations that tells how the bucket fares. Rows named upload:… and delete:…
// behind it are the uploads that are not finished and the objects that are still to delete.
const integration = "files"

// collection is where a finished upload becomes a record.
const collection = "attachments"

// Register binds the routes, the rules of downloads, and the work in the background.
func Register(app core.App, c config.Config) {
	s := &service{app: app, config: c}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.keepPrivate()
	s.limitForms()
	s.limitThumbnails()
	s.guardDownloads()
	s.removeWhatIsDeleted()
	s.sumInBackground()
	s.sweepOnSchedule()
	app.OnBackupCreate().BindFunc(func(e *core.BackupEvent) error {
		e.Exclude = append(e.Exclude, uploadsDir) // they are gone or finished by the time a backup is needed
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
		// The limit of other bodies does not hold here: what may come is what the upload still lacks.
		group.PATCH("/uploads/{id}", receive).Unbind("greenroomBodyLimit", apis.DefaultBodyLimitMiddlewareId)
		group.GET("/attachments/{id}/link", s.link)
		group.GET("/files/{id}/{name}", s.download).Bind(access.HideQuery())
		return e.Next()
	})
}

// service is all of it.
type service struct {
	app    core.App
	config config.Config
	busy   keylock.Locks // one request at a time for each upload

	reserved  reservations
	reserving sync.Mutex // one after the other looks for room, which is reading alone

	ctx        context.Context // of the work in the background
	stop       context.CancelFunc
	background sync.WaitGroup
	asked      atomic.Bool // whether there is something to remove that nobody has begun with
	removing   sync.Mutex
	sums       sums
}
