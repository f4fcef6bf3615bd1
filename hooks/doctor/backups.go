package doctor

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"
	"github.com/pocketbase/pocketbase/tools/security"

	"greenroom/hooks/durable"
	"greenroom/hooks/phrases"
)

// bucketMayTake limits the look at backups in a bucket, the download of the newest included.
const bucketMayTake = 30 * time.Minute

// backupAge is the age at which the newest backup is reported: backups are nightly, and one may be missed.
const backupAge = 48 * time.Hour

const backupByHand = "Look whether the disk is full, then run: greenroom backup"

// archive is a backup file.
type archive struct {
	name string
	size uint64
	made time.Time
}

// backups checks the backup files: all are opened, and the database of the newest is unpacked and its records counted.
// The server's own note only says whether the last backup was made, and remains when the file is gone.
func backups(p *patient) check {
	c := check{Name: "backups", State: ok}
	stored, err := p.backupSettings()
	if err != nil {
		c.State, c.Say, c.Do = fails, "nobody can tell where they are: "+err.Error(), "Look at the dashboard under Settings, Backups; where settings are encrypted, give the doctor the same key as the server"
		return c
	}
	ctx, end := context.WithTimeout(context.Background(), p.bucketMayTake)
	defer end()
	shelf, close, err := p.shelf(ctx, stored)
	defer close()
	if err != nil {
		c.State, c.Say, c.Do = fails, "they cannot be listed: "+err.Error(), "Look at the bucket and the keys in the dashboard under Settings, Backups"
		return c
	}
	if shelf == nil {
		return check{}
	}
	noted := map[string]note{}
	if p.data != nil {
		if noted, _, err = p.notes("durable"); err != nil {
			return unreadable("backups", err)
		}
	}
	last := noted["durable:backup"]
	if len(shelf.archives) == 0 {
		return p.noBackups(c, last, shelf)
	}
	return p.judge(c, last, shelf)
}

// noBackups returns the finding if there are none. A young studio is not expected to have any.
func (p *patient) noBackups(c check, last note, shelf *shelf) check {
	switch {
	case p.data == nil:
		return check{}
	case last.State != "" && last.State != ok:
		c.State, c.Say, c.Do = fails, "the last one failed, and there is no other in "+shelf.place, backupByHand
	case last.State != "":
		c.State, c.Say = fails, "one was made on "+p.moment(last.LastSuccessAt.Time())+", and there is none in "+shelf.place
		c.Do = "Find out where it went, and run: greenroom backup"
	case p.studioIsOlderThan(backupAge):
		c.State, c.Say, c.Do = warning, "none was ever made", "Let the server run at 03:30 UTC, or run: greenroom backup"
	default:
		c.Say = "none was made yet; the server makes one each night at 03:30 UTC"
	}
	return c
}

// judge opens the backups and returns the worst finding.
func (p *patient) judge(c check, last note, shelf *shelf) check {
	var broken []string
	for _, a := range shelf.archives {
		if err := shelf.list(a); err != nil {
			broken = append(broken, a.name+" ("+err.Error()+")")
		}
	}
	newest, ahead := shelf.archives[0], 0
	for _, a := range shelf.archives {
		if !a.made.After(p.now.Add(clockSlack)) {
			newest = a
			break
		}
		ahead++
	}
	has, err := shelf.inspect(newest)
	here, lost := p.holdsNothing()
	of := newest.name + " of " + p.moment(newest.made)
	switch {
	case err != nil:
		c.State, c.Say, c.Do = fails, fmt.Sprintf("the newest, %s, cannot be opened: %v", of, err), backupByHand
	case lost && !has.Empty():
		c.State, c.Say = fails, fmt.Sprintf("%s, and the newest backup in %s, %s, holds %s", here, shelf.place, of, has)
		c.Do = "Say with --dir where the studio is; if this is it, stop the server and restore: greenroom restore --to a new directory"
	case len(broken) > 0:
		c.State, c.Say = fails, fmt.Sprintf("%d of %d in %s cannot be opened: %s", len(broken), len(shelf.archives), shelf.place, some(broken))
		c.Do = "Look at the disk that they are on, and delete them"
	case last.State != "" && last.State != ok:
		c.State, c.Say, c.Do = fails, fmt.Sprintf("the last one failed; the newest that can be opened is %s", of), backupByHand
	case ahead > 0:
		c.State, c.Say = warning, fmt.Sprintf("%d in %s are dated later than now, so the clock was ahead when they were made or is behind now; what counts as the newest is %s", ahead, shelf.place, of)
		c.Do = "Look at the clock; if it is right, rename or delete them: a restore without a name leaves them out"
	case p.now.Sub(newest.made) > backupAge:
		c.State, c.Say, c.Do = warning, "the newest is "+of, "Let the server run at 03:30 UTC, or run: greenroom backup"
	default:
		c.Say = fmt.Sprintf("%d in %s can be opened; the newest, %s, %s, holds %s", len(shelf.archives), shelf.place, of, phrases.Bytes(newest.size), has)
	}
	return c
}

// holdsNothing reports whether the database has no studio, or one without a record, and describes it.
func (p *patient) holdsNothing() (words string, nothing bool) {
	if p.damaged {
		return "", false // another check reports it, and only restoring helps
	}
	if p.data == nil {
		return "there is no studio in " + p.dir, true
	}
	has, err := durable.Count(context.Background(), p.data.DB())
	return "the database holds not a single record", err == nil && has.Empty()
}

// studioIsOlderThan compares the age with the time of the first migration.
func (p *patient) studioIsOlderThan(age time.Duration) bool {
	var first int64 // in microseconds, as PocketBase stores it
	if err := p.data.NewQuery("SELECT coalesce(min(applied), 0) FROM " + core.DefaultMigrationsTable).Row(&first); err != nil {
		return false
	}
	return p.now.Sub(time.UnixMicro(first)) > age
}

// shelf is the place of the backups: a folder of the data directory, or the bucket of the dashboard's settings.
type shelf struct {
	place    string
	archives []archive // the newest first
	bucket   *filesystem.System
	dir      string
}

// shelf lists the backups; nil in a restored copy, because its bucket holds those of the studio.
func (p *patient) shelf(ctx context.Context, stored core.BackupsConfig) (s *shelf, close func(), err error) {
	close = func() {}
	if !stored.S3.Enabled {
		s = &shelf{dir: filepath.Join(p.dir, core.LocalBackupsDirName)}
		s.place = s.dir
		s.archives, err = archivesIn(s.dir)
		return s, close, err
	}
	if durable.IsCopy(p.dir) {
		return nil, close, nil
	}
	s = &shelf{place: "the bucket " + stored.S3.Bucket}
	s.bucket, err = filesystem.NewS3(stored.S3.Bucket, stored.S3.Region, stored.S3.Endpoint, stored.S3.AccessKey, stored.S3.Secret, stored.S3.ForcePathStyle)
	if err != nil {
		return nil, close, err
	}
	s.bucket.SetContext(ctx)
	objects, err := s.bucket.List("")
	for _, o := range objects {
		if strings.HasSuffix(o.Key, ".zip") {
			s.archives = append(s.archives, archive{o.Key, uint64(o.Size), o.ModTime})
		}
	}
	newestFirst(s.archives)
	return s, func() { _ = s.bucket.Close() }, err
}

func archivesIn(dir string) (found []archive, err error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() && strings.HasSuffix(entry.Name(), ".zip") {
			found = append(found, archive{entry.Name(), uint64(info.Size()), info.ModTime()})
		}
	}
	newestFirst(found)
	return found, err
}

func newestFirst(found []archive) {
	slices.SortFunc(found, func(a, b archive) int { return cmp.Or(b.made.Compare(a.made), strings.Compare(b.name, a.name)) })
}

// list opens a backup on this disk. Of the backups in a bucket only the newest is downloaded.
func (s *shelf) list(a archive) error {
	if s.bucket != nil {
		if a.size == 0 {
			return errors.New("it is empty")
		}
		return nil
	}
	return durable.ListBackup(filepath.Join(s.dir, a.name))
}

// inspect unpacks a backup's database into the system's temporary folder, because the data directory may be full, and
// counts its records.
func (s *shelf) inspect(a archive) (has durable.Contents, err error) {
	scratch, err := os.MkdirTemp("", "greenroom-doctor-")
	if err != nil {
		return has, err
	}
	defer os.RemoveAll(scratch)
	path := filepath.Join(s.dir, a.name)
	if s.bucket != nil {
		path = filepath.Join(scratch, "backup.zip")
		if err := s.fetch(a, path); err != nil {
			return has, err
		}
	}
	return durable.InspectBackup(context.Background(), path, scratch)
}

func (s *shelf) fetch(a archive, path string) error {
	from, err := s.bucket.GetReader(a.name)
	if err != nil {
		return err
	}
	defer from.Close()
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	written, err := io.Copy(file, io.LimitReader(from, int64(a.size)+1))
	if err == nil && written != int64(a.size) {
		err = fmt.Errorf("it has another size than the %s that the bucket lists", phrases.Bytes(a.size))
	}
	return errors.Join(err, file.Close())
}

// backupSettings reads from the database where backups are stored. The settings are JSON, encrypted if the server has a
// key.
func (p *patient) backupSettings() (stored core.BackupsConfig, err error) {
	if p.data == nil {
		return stored, nil
	}
	var values []string
	if err := p.data.Select("value").From("_params").Where(dbx.HashExp{"id": "settings"}).Column(&values); err != nil {
		return stored, err
	}
	if len(values) == 0 {
		return stored, nil
	}
	var settings struct {
		Backups core.BackupsConfig `json:"backups"`
	}
	if err := json.Unmarshal([]byte(values[0]), &settings); err == nil {
		return settings.Backups, nil
	}
	plain, err := security.Decrypt(values[0], os.Getenv(p.keyName))
	if err != nil {
		return stored, fmt.Errorf("the dashboard's settings are encrypted: %w", err)
	}
	err = json.Unmarshal(plain, &settings)
	return settings.Backups, err
}
