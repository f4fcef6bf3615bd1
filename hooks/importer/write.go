package importer

import (
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"

	"greenroom/hooks/integrations"
	"greenroom/hooks/phrases"
)

// These are rows of integrations: marker says that there is an import, and each file whose object has not been copied
// yet has one row.
const (
	marker     = "import"
	filePrefix = "import:"
	waiting    = "waiting" // to be copied
	missing    = "missing" // its object does not exist
)

// mark is the content of the marker.
type mark struct {
	At          string `json:"at"`
	Fingerprint string `json:"fingerprint"` // a hash of the rows that were written
}

// mayImport refuses a studio that contains other work than an import.
func mayImport(app core.App, again bool) error {
	row, err := integrations.Row(app, marker)
	if err != nil {
		return err
	}
	if row == nil {
		for _, m := range models {
			n, err := app.CountRecords(m.collection)
			if err != nil {
				return err
			}
			if n > 0 {
				return fmt.Errorf("the studio in %s holds %s already. An import needs an empty one: give a new directory with --dir", app.DataDir(), phrases.Count(n, strings.TrimSuffix(strings.ReplaceAll(m.collection, "_", " "), "s")))
			}
		}
		return nil
	}
	var was mark
	if err := json.Unmarshal([]byte(row.GetString("cursor")), &was); err != nil {
		return fmt.Errorf("the mark of the earlier import cannot be read: %w", err)
	}
	if !again {
		return fmt.Errorf("an import of %s is here already. --again replaces it, as long as nobody has changed anything in it", was.At)
	}
	print, err := fingerprint(app)
	if err != nil {
		return err
	}
	if print != was.Fingerprint {
		return errors.New("the imported studio has been changed since, and --again would lose that. Import into a new directory with --dir")
	}
	return nil
}

// write writes everything in the caller's transaction, and replaces an earlier import.
func (s *conversion) write(tx core.App, now time.Time) error {
	for _, m := range slices.Backward(models) {
		if _, err := tx.DB().Delete(m.collection, nil).Execute(); err != nil {
			return err
		}
	}
	if _, err := tx.DB().Delete("integrations", dbx.NewExp("name = {:marker} OR name LIKE {:files}", dbx.Params{"marker": marker, "files": filePrefix + "%"})).Execute(); err != nil {
		return err
	}
	for _, m := range models {
		collection, err := tx.FindCachedCollectionByNameOrId(m.collection)
		if err != nil {
			return err
		}
		for _, r := range s.rows[m.collection] {
			if err := s.insert(tx, collection, r); err != nil {
				return fmt.Errorf("%s %s: %w", m.tables[0], r.old, err)
			}
		}
	}
	if err := markLastWords(tx); err != nil {
		return err
	}
	print, err := fingerprint(tx)
	if err != nil {
		return err
	}
	remembered, err := json.Marshal(mark{now.UTC().Format(time.RFC3339), print})
	if err != nil {
		return err
	}
	return integrations.Set(tx, marker, integrations.OK, string(remembered), "")
}

// insert writes one row with the defaults of its collection, without hooks.
func (s *conversion) insert(tx core.App, collection *core.Collection, r record) error {
	values := dbx.Params{}
	for name, value := range r.values {
		if collection.Fields.GetByName(name) != nil {
			values[name] = value
		}
	}
	switch collection.Name {
	case "clients":
		keys := core.NewRecord(collection)
		keys.SetRandomPassword()
		keys.RefreshTokenKey()
		exported, err := keys.DBExport(tx)
		if err != nil {
			return err
		}
		values["password"], values["tokenKey"] = exported["password"], exported["tokenKey"]
	case "attachments":
		id := r.values["id"].(string)
		file, err := filesystem.NewFileFromBytes([]byte{0}, r.values["filename"].(string))
		if err != nil {
			return err
		}
		name := stableName(file.Name, id)
		values["file"] = name
		values["url"] = collection.BaseFilesPath() + "/" + id + "/" + name
		if err := integrations.Set(tx, filePrefix+id, waiting, s.keys[id], ""); err != nil {
			return err
		}
	}
	_, err := tx.DB().Insert(collection.Name, values).Execute()
	return err
}

// stableName replaces the random part of PocketBase's file name, so that a second import does not copy a file again.
func stableName(name, id string) string {
	stem, ending := name, ""
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		stem, ending = name[:i], name[i:]
	}
	if i := strings.LastIndexByte(stem, '_'); i >= 0 {
		stem = stem[:i]
	}
	return stem + "_" + id[:10] + ending
}

// markLastWords marks the last comment of each thread, as saving a comment would.
func markLastWords(tx core.App) error {
	for _, thread := range []string{"session", "milestone", "goal"} {
		_, err := tx.DB().NewQuery("UPDATE comments SET lastWord = 1 WHERE rowid IN (SELECT max(rowid) FROM comments WHERE [[" + thread + "]] != '' AND deletedAt = '' GROUP BY [[" + thread + "]])").Execute()
		if err != nil {
			return err
		}
	}
	return nil
}

// volatile are columns that change without anybody's work, by a visit or by a service.
var volatile = []string{"password", "tokenKey", "unsubscribeKey", "updated", "verified", "lastWord", "sha256", "durationMs", "lufs", "peakDb", "peaks", "mimeType", "size"}

// fingerprint returns a hash of all rows of the ten collections.
func fingerprint(app core.App) (string, error) {
	sum := sha256.New()
	for _, m := range models {
		collection, err := app.FindCachedCollectionByNameOrId(m.collection)
		if err != nil {
			return "", err
		}
		var columns []string
		for _, field := range collection.Fields {
			if !slices.Contains(volatile, field.GetName()) {
				columns = append(columns, "[["+field.GetName()+"]]")
			}
		}
		rows, err := app.DB().NewQuery("SELECT json_array(" + strings.Join(columns, ", ") + ") FROM {{" + m.collection + "}} ORDER BY id").Rows()
		if err != nil {
			return "", err
		}
		for rows.Next() {
			var line string
			if err := rows.Scan(&line); err != nil {
				return "", errors.Join(err, rows.Close())
			}
			fmt.Fprintln(sum, m.collection, line)
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// writeMap writes the old and the new id of each record, for rewriting links.
func (s *conversion) writeMap(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	out := csv.NewWriter(file)
	lines := [][]string{{"collection", "old", "new"}}
	for _, m := range models {
		for _, r := range s.rows[m.collection] {
			lines = append(lines, []string{m.collection, r.old, r.values["id"].(string)})
		}
	}
	return errors.Join(out.WriteAll(lines), file.Close())
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
