package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"greenroom/hooks/database"
)

// peerCascade deletes a project with all records under it over HTTP, and restores it for the next round.
func peerCascade(b *bench, p *peer) error {
	s, err := b.start(p, "peer-cascade")
	if err != nil {
		return err
	}
	defer s.stop()
	db, err := database.Connect(filepath.Join(b.temp, "peer-cascade", "data.db"))
	if err != nil {
		return err
	}
	defer db.Close()

	for _, size := range cascadeSizes {
		folder, id := large(size)
		of := plural(size, "descendant")
		m, gone := newMeasure("delete of a project, "+of, "ms", false), newMeasure("until it is gone, "+of, "ms", false)
		err := b.inTurns(len(s), func(_, side int) error {
			ask, again := request("DELETE", "/api/projects/"+id, p.owner, ""), func() error { return p.again(folder) }
			if side == 0 {
				ask = request("DELETE", "/api/collections/projects/records/"+id, p.studio.owner, "")
				again = func() error { return p.rows.again(db.DB(), folder) }
			}
			took, err := timeOf(s[side].address, ask)
			if err != nil {
				return fmt.Errorf("%s: %w", s[side].name, err)
			}
			m.add(side, ms(took))
			if side == 0 {
				waited, err := timeOf(s[side].address, request("GET", someList, p.studio.owner, ""))
				if err != nil {
					return fmt.Errorf("%s: %w", s[side].name, err)
				}
				took += waited
			}
			gone.add(side, ms(took))
			time.Sleep(300 * time.Millisecond) // time for background work
			return again()
		})
		if err != nil {
			return err
		}
		b.compare(m, gone)
	}
	return nil
}

func timeOf(address string, ask []byte) (time.Duration, error) {
	w, err := dial(address)
	if err != nil {
		return 0, err
	}
	defer w.Close()
	began := time.Now()
	err = w.ignore(ask)
	return time.Since(began), err
}

// again restores a deleted project and vacuums, as PostgreSQL does by itself after a while. It is not part of the
// measurement.
func (p *peer) again(folder string) error {
	var statements []string
	for _, t := range tables {
		from := filepath.Join(p.dir, "data", folder, t.theirs+".csv")
		statements = append(statements, fmt.Sprintf(`\copy "%s" from '%s' csv header`, t.theirs, strings.ReplaceAll(from, "'", "''")))
	}
	_, err := p.sql(append(statements, "VACUUM ANALYZE", "CHECKPOINT")...)
	return err
}
