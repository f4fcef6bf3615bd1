package hooks_test

import (
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// estate is a studio with three clients, each with a record of every collection.
type estate struct {
	*testkit.Studio
	ana, ben, cy *testkit.Household // cy's client is archived
	integration  *core.Record
	notice       *core.Record // a row of the outbox for Ana
	people       []*insider   // Ana's people
}

// insider is somebody who may read Ana's records: Ana, or one of her people.
type insider struct {
	who, token string
	own        map[string]*core.Record // by collection: the records that only this insider may change
}

// person adds one of Ana's people, with a comment and a file of their own.
func (e *estate) person(t testing.TB, access string) *insider {
	record := e.Make("clients", map[string]any{"account": e.ana.Client.Id, "access": access, "name": "ana-secret " + access, "email": access + "-ana-secret@example.com"})
	return &insider{"person-" + access, testkit.Token(t, record), map[string]*core.Record{
		"clients": record,
		"comments": e.Make("comments", map[string]any{"milestone": e.ana.Records["milestones"].Id, "body": "ana-secret comment of " + access,
			"authorName": "ana-secret " + access, "author": record.Id}),
		"attachments": e.Make("attachments", map[string]any{"project": e.ana.Records["projects"].Id, "file": testkit.Document(t, "ana-secret"),
			"uploadedBy": "client", "filename": "ana-secret file of " + access}),
	}}
}

// insiders returns Ana and her people, for whom the permission table is tested.
func (e *estate) insiders() []*insider {
	return append([]*insider{{"the client", e.ana.Token, map[string]*core.Record{}}}, e.people...)
}

// recordOf returns the record of the collection with which an insider is tested: their own if only its author may
// change it, else Ana's.
func (e *estate) recordOf(i *insider, collection string) *core.Record {
	if own := i.own[collection]; own != nil {
		return own
	}
	return e.ofAna(collection)
}

func newEstate(t testing.TB, s *testkit.Studio) *estate {
	e := &estate{Studio: s, ana: testkit.NewHousehold(t, s, "ana"), ben: testkit.NewHousehold(t, s, "ben"), cy: testkit.NewHousehold(t, s, "cy")}
	e.integration = s.Make("integrations", map[string]any{"name": "ana-secret integration", "lastError": "ana-secret error"})
	e.notice = s.Make("outbox", map[string]any{"client": e.ana.Client.Id, "project": e.ana.Records["projects"].Id, "about": e.ana.Records["sessions"].Id,
		"notice": "sessionNotes", "recipient": "client", "state": "sent", "happenedAt": "2026-01-01 00:00:00Z", "lastError": "ana-secret error"})
	testkit.Archive(t, s, e.cy)
	e.people = []*insider{e.person(t, "all"), e.person(t, "work")}
	return e
}

// strangers returns the tokens of everybody who must not reach Ana's records.
func (e *estate) strangers() map[string]string {
	return map[string]string{"guest": "", "other client": e.ben.Token, "archived client": e.cy.Token}
}

// ofAna returns Ana's record of the collection.
func (e *estate) ofAna(collection string) *core.Record {
	switch collection {
	case "integrations":
		return e.integration
	case "outbox":
		return e.notice
	}
	return e.ana.Records[collection]
}
