package files

import (
	"context"
	"errors"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/integrations"
)

// sweepOnSchedule cleans up at the start and every fifteen minutes: abandoned uploads, files that could not be removed,
// and files without a checksum.
func (s *service) sweepOnSchedule() {
	s.app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		if err := e.Next(); err != nil {
			return err
		}
		s.app.Cron().MustAdd("files", "*/15 * * * *", s.sweepAndRemove)
		s.inBackground(s.sweepAndRemove)
		return nil
	})
}

func (s *service) sweepAndRemove() {
	leave, ok := s.enter()
	if !ok {
		return
	}
	defer leave()
	if err := s.sweep(s.ctx); err != nil && s.ctx.Err() == nil {
		s.app.Logger().Warn("Uploads that were given up could not be cleared away; it will be tried again.", "error", err)
	}
	s.removeSoon()
	if err := s.sumForgotten(); err != nil && s.ctx.Err() == nil {
		s.app.Logger().Warn("The files without a checksum could not be listed; it will be tried again.", "error", err)
	}
}

// sweep discards uploads without progress, including those that only the store knows, and records whether the bucket
// answers.
func (s *service) sweep(ctx context.Context) error {
	attachments, err := s.app.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		return err
	}
	rows, err := rowsBehind(s.app, uploadRows)
	if err != nil {
		return err
	}
	before := time.Now().Add(-givenUpAfter)
	var errs []error
	known := map[string]bool{}
	for _, row := range rows {
		u, err := read(row)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		known[u.Id] = true
		errs = append(errs, s.giveUp(ctx, u, before))
	}
	failed := s.store().abandoned(ctx, attachments.BaseFilesPath(), before, known)
	return errors.Join(append(errs, failed, s.note(s.app, failed))...)
}

// giveUp discards an upload that was cancelled or has made no progress since a time. It waits for a request that may be
// completing the upload at this moment.
func (s *service) giveUp(ctx context.Context, u upload, before time.Time) error {
	defer s.busy.Lock(u.Id)()
	row, err := integrations.Row(s.app, u.row())
	if err != nil || row == nil || row.GetString("state") == stateUploading && !row.GetDateTime("updated").Time().Before(before) {
		return err
	}
	return s.discard(ctx, u)
}

// note records in the bucket's row whether it answers. The disk is no outside service and has no row.
func (s *service) note(tx core.App, failed error) error {
	if !s.app.Settings().S3.Enabled {
		return nil
	}
	if failed != nil {
		return integrations.Set(tx, integration, "failing", "", trouble("The bucket does not do what it is asked", failed))
	}
	return integrations.Set(tx, integration, integrations.OK, "", "")
}

// maxTrouble is less than the limit of the column.
const maxTrouble = 1000

func trouble(what string, err error) string {
	said := []rune(what + ": " + err.Error())
	return string(said[:min(len(said), maxTrouble)])
}
