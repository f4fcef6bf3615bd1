package access

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/database"
)

// Wrong codes, in a row for an account and for a single code, are counted in memory and stored as rows of integrations,
// so that a restart does not allow as many again. A row's cursor is the end of its window and the count, separated by
// "|". Counts for addresses that are no client's are stored too; otherwise a restart would reveal who is a client.

const (
	wrongPrefix = "wrongcodes:"
	ofClient    = "client"
	ofNobody    = "nobody"
	ofACode     = "code"
	// wrongSweep is how many rows are written between two removals of expired and surplus rows.
	wrongSweep = 500
)

// prefixed returns the bounds of all names that begin with a prefix. It ends in a colon, after which the semicolon is
// the next character.
func prefixed(prefix string) dbx.Params {
	return dbx.Params{"from": prefix, "to": strings.TrimSuffix(prefix, ":") + ";"}
}

// recallWrongCodes restores the counts that an earlier process stored.
func (g *codes) recallWrongCodes(app core.App) error {
	var rows []struct{ Name, State, Cursor string }
	err := app.DB().NewQuery("SELECT [[name]], [[state]], [[cursor]] FROM {{integrations}} WHERE [[name]] >= {:from} AND [[name]] < {:to}").
		Bind(prefixed(wrongPrefix)).All(&rows)
	if err != nil {
		return fmt.Errorf("access: read the counts of wrong codes: %w", err)
	}
	for _, row := range rows {
		ends, count, ok := strings.Cut(row.Cursor, "|")
		at, err := time.Parse(time.RFC3339, strings.Replace(ends, " ", "T", 1))
		n, errCount := strconv.Atoi(count)
		if !ok || err != nil || errCount != nil {
			app.Logger().Warn("A count of wrong codes cannot be read.", "row", row.Name, "cursor", row.Cursor)
			continue
		}
		g.counted(row.State).set(strings.TrimPrefix(row.Name, wrongPrefix), window{ends: at, count: n})
	}
	return nil
}

// counted returns the counter for a kind of rows.
func (g *codes) counted(kind string) *counts {
	switch kind {
	case ofNobody:
		return g.others
	case ofACode:
		return g.tries
	}
	return g.clients
}

// storeWrongCodes stores the count of a client, of an address that is no client's, or of a code. If that fails, the
// count still holds until a restart.
func (g *codes) storeWrongCodes(app core.App, kind, who string) {
	w := g.counted(kind).get(who)
	now := database.Stored(g.attempts.now())
	_, err := app.NonconcurrentDB().NewQuery("INSERT INTO {{integrations}} ([[id]], [[name]], [[state]], [[cursor]], [[created]], [[updated]]) VALUES ({:id}, {:name}, {:state}, {:cursor}, {:now}, {:now})" +
		" ON CONFLICT ([[name]]) DO UPDATE SET [[state]] = excluded.[[state]], [[cursor]] = excluded.[[cursor]], [[updated]] = excluded.[[updated]]").
		Bind(dbx.Params{"id": core.GenerateDefaultRandomId(), "name": wrongPrefix + who, "state": kind, "cursor": database.Stored(w.ends) + "|" + strconv.Itoa(w.count), "now": now}).Execute()
	if err == nil && g.stored.Add(1)%wrongSweep == 0 {
		err = sweepWrongCodes(app, now)
	}
	if err != nil {
		app.Logger().Error("A count of wrong codes could not be kept: a restart would begin it anew.", "error", err)
	}
}

// sweepWrongCodes deletes expired rows, and the oldest rows beyond maxEntries that are not clients'.
func sweepWrongCodes(app core.App, now string) error {
	params := prefixed(wrongPrefix)
	params["now"], params["room"], params["client"] = now, maxEntries, ofClient
	for _, statement := range []string{
		"DELETE FROM {{integrations}} WHERE [[name]] >= {:from} AND [[name]] < {:to} AND [[cursor]] < {:now}",
		"DELETE FROM {{integrations}} WHERE [[name]] IN (SELECT [[name]] FROM {{integrations}} WHERE [[name]] >= {:from} AND [[name]] < {:to}" +
			" AND [[state]] <> {:client} ORDER BY [[updated]] DESC LIMIT -1 OFFSET {:room})",
	} {
		if _, err := app.NonconcurrentDB().NewQuery(statement).Bind(params).Execute(); err != nil {
			return err
		}
	}
	return nil
}

// forgetWrongCodes resets a count.
func (g *codes) forgetWrongCodes(app core.App, kind, who string) {
	account := g.counted(kind)
	before := account.get(who).count
	account.reset(who)
	if before == 0 {
		return
	}
	if _, err := app.NonconcurrentDB().Delete("integrations", dbx.HashExp{"name": wrongPrefix + who}).Execute(); err != nil {
		app.Logger().Error("A count of wrong codes could not be forgotten.", "error", err)
	}
}
