package archive

import (
	"encoding/json"

	"greenroom/hooks/portal"
)

// each passes the records of a section to do, one by one. No database connection is held while do runs, because it
// waits for the visitor's network.
func (p *packer) each(s section, project string, do func(portal.Row) error) error {
	ids, err := p.reader.Column(p.ctx, s.statement, project)
	if err != nil {
		return err
	}
	return p.records(s.collection, ids, "project", project, do)
}

// records reads records of a collection by id and skips those that have moved away since the ids were read.
func (p *packer) records(collection string, ids []any, field, parent string, do func(portal.Row) error) error {
	for _, id := range ids {
		rows, err := p.reader.Rows(p.ctx, "SELECT {"+collection+"} FROM "+collection+" WHERE id = ? AND "+field+" = ?", id, parent)
		if err != nil {
			return err
		}
		for _, row := range rows { // empty if the record was deleted in the meantime
			if err := do(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// comments reads a thread, someComments at a time.
func (p *packer) comments(field, id string, do func(portal.Row) error) error {
	places, err := p.reader.Column(p.ctx, "SELECT rowid FROM comments WHERE "+field+" = ? ORDER BY created, rowid", id)
	if err != nil {
		return err
	}
	for len(places) > 0 {
		n := min(someComments, len(places))
		some, err := json.Marshal(places[:n])
		if err != nil {
			return err
		}
		rows, err := p.reader.Rows(p.ctx, selectComments, string(some))
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := do(row); err != nil {
				return err
			}
		}
		places = places[n:]
	}
	return nil
}
