package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	studiofiles "greenroom/hooks/files"
	"greenroom/hooks/phrases"
)

// filesMayTake limits the comparison with a bucket, including the repair.
const filesMayTake = 10 * time.Minute

// said is the number of names that a finding lists.
const said = 3

// files reports whether the files of attachments exist: what the server has noted and, with --files, the result of
// comparing every row with every object.
func files(p *patient) check {
	if p.data == nil || p.mistake != nil {
		return check{}
	}
	if !p.compareFiles {
		return filesInPassing(p)
	}
	c := check{Name: "files", State: ok}
	ctx, end := context.WithTimeout(context.Background(), filesMayTake)
	defer end()
	found, err := studiofiles.Compare(ctx, p.data, p.config, p.dir)
	if err != nil {
		c.State, c.Say, c.Do = fails, "they cannot be compared: "+err.Error(), "Look at R2_ENDPOINT, R2_BUCKET and the keys, or whether the data directory can be read"
		return c
	}
	c.Say = fmt.Sprintf("%d attachments, and each has its file", found.Rows)
	if n := len(found.Orphans); n > 0 {
		c.State = warning
		c.Say = fmt.Sprintf("%d files with %s belong to no attachment", n, phrases.Bytes(found.OrphanBytes))
		c.Do = "Remove them with: greenroom doctor --files --repair"
		if mayBeBehind(p.dir, p.config, p.served) {
			c.Do = "Compare them where the studio is served: what is here may not know the newest files"
		}
		if p.repairFiles {
			if err := found.Repair(ctx); err != nil {
				c.State, c.Say, c.Do = fails, c.Say+", and they could not be removed: "+err.Error(), "Look at them by hand"
			} else {
				c.State, c.Say, c.Do = ok, fmt.Sprintf("%d files with %s belonged to no attachment, and are removed", n, phrases.Bytes(found.OrphanBytes)), ""
			}
		}
	}
	if n := len(found.Missing); n > 0 {
		c.State = fails
		c.Say += fmt.Sprintf("; of %d of %d attachments the file is not right: %s", n, found.Rows, some(found.Missing))
		c.Do = strings.TrimPrefix(c.Do+"; put the files back from a backup, or delete the attachments in the dashboard", "; ")
	}
	return c
}

// filesInPassing reports the server's notes: whether the bucket answers, and which files could not be removed.
func filesInPassing(p *patient) check {
	noted, troubles, err := p.notes("files")
	if err != nil {
		return unreadable("files", err)
	}
	c := check{Name: "files", State: ok, Say: "they are on this disk"}
	if p.config.Service("files").On {
		c.Say = "they are in the bucket " + p.config.R2Bucket
		if at := noted["files"].LastSuccessAt; !at.IsZero() {
			c.Say += ", which last answered on " + p.moment(at.Time())
		}
	}
	c.Say += "; greenroom doctor --files compares each with its attachment"
	if len(troubles) > 0 {
		c.State, c.Say, c.Do = warning, some(troubles), "The server goes on trying; look whether the bucket answers"
	}
	return c
}

// some returns the first names and the number of the others.
func some(things []string) string {
	rest := ""
	if n := len(things) - said; n > 0 {
		things, rest = things[:said], fmt.Sprintf("; and %d more", n)
	}
	return strings.Join(things, "; ") + rest
}
