package records

import (
	"database/sql"
	"errors"
	"reflect"
	"slices"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/people"
)

// The order in which a record is saved. PocketBase's own handlers (validation, file upload) end at 99, so no upload
// ever holds the transaction; from AtTheRow on, everything is in one transaction with the row.
//
//	event            priority       who                     does
//	…Request               0  clientMay, serverSets   refuse or restore what the visitor may not set (HTTP alone)
//	OnRecordCreate         0  defaultTo, authors      fill in the fields that nobody gave
//	OnRecordValidate       0  validate.go, the rules  refuse with a sentence what cannot be taken
//	…Execute        AtTheRow  onWrite                 rebase on the row as it is, apply the collection's rule
//	…Execute     AfterTheRow  markUnanswered          mark the last word of each thread that a comment touched
//	…Execute     WithNotices  AfterWrite (notify)     write the notices of the change
//	                          SQLite                  the statement itself, then the rest of each handler, outwards
//	…Execute        AtTheRow  moveClient              carry a new client down to the records under this one
//	After…Success          0  live, clerk, files …    what may only happen once it is committed
const (
	AtTheRow    = 100
	AfterTheRow = 101
	WithNotices = 200
)

// Write is one create or update of a record, inside its transaction and just before the row is written. It exists for
// every way of writing: REST, batch, dashboard, commands and other hooks.
type Write struct {
	App    core.App // the transaction
	Record *core.Record
	Was    *core.Record // the row as it is now; nil for a new record
	client *request     // the HTTP request of a client or person; nil if the owner or a program writes
}

// request is what a client, or one of a client's people, sent over HTTP.
type request struct {
	personId string // the client or person who is signed in
	clientId string // the client to whom the records belong
	body     map[string]any
}

func requestOf(sender *core.Record, body map[string]any) *request {
	return &request{personId: sender.Id, clientId: people.Account(sender), body: body}
}

// unshown is the prefix of the keys that PocketBase leaves out of its answers, as it does with its own.
const unshown = "@pbInternal"

// clientRequestKey is the key under which the record carries a client's request from the HTTP hooks to the transaction.
// No field has this name, so input cannot set it.
const clientRequestKey = unshown + "ClientRequest"

// Changed reports whether this write changes the field; on a new record, whether it has any value.
func (w Write) Changed(field string) bool {
	if w.Was == nil {
		return w.Record.GetString(field) != ""
	}
	return !sameValue(w.Record.GetRaw(field), w.Was.GetRaw(field))
}

// Enters reports whether this write changes the field to the value.
func (w Write) Enters(field, value string) bool {
	return w.Record.GetString(field) == value && (w.Was == nil || w.Was.GetString(field) != value)
}

// onWrite runs rule before each create and update of the collection's records, in one transaction with the row itself.
// An update is first rebased on the present row, so that fields which another writer changed in the meantime, and this
// update does not, keep their new values.
func onWrite(app core.App, collection string, rule func(w Write) error) {
	inTransaction := func(e *core.RecordEvent, prepare func(tx core.App) (Write, error)) error {
		outer := e.App
		defer func() { e.App = outer }()
		return outer.RunInTransaction(func(tx core.App) error {
			e.App = tx
			w, err := prepare(tx)
			if err != nil {
				return err
			}
			if w.client, _ = e.Record.Get(clientRequestKey).(*request); w.client != nil {
				defer e.Record.Set(clientRequestKey, nil) // so that a later save of the same record does not count as the client's
				if err := w.stillTheirs(); err != nil {
					return err
				}
			}
			if err := rule(w); err != nil {
				return err
			}
			if err := e.Next(); err != nil {
				return err
			}
			return moveClient(w)
		})
	}
	app.OnRecordCreateExecute(collection).Bind(&hook.Handler[*core.RecordEvent]{Priority: AtTheRow, Func: func(e *core.RecordEvent) error {
		return inTransaction(e, func(tx core.App) (Write, error) { return Write{App: tx, Record: e.Record}, nil })
	}})
	app.OnRecordUpdateExecute(collection).Bind(&hook.Handler[*core.RecordEvent]{Priority: AtTheRow, Func: func(e *core.RecordEvent) error {
		return inTransaction(e, func(tx core.App) (Write, error) {
			was, err := rebase(tx, e.Record)
			return Write{App: tx, Record: e.Record, Was: was}, err
		})
	}})
}

// ByClient reports whether a client, or one of a client's people, asked for this write over HTTP.
func (w Write) ByClient() bool { return w.client != nil }

// Person returns the id of the client or person who asked for this write over HTTP; empty if it was the owner or a
// program.
func (w Write) Person() string {
	if w.client == nil {
		return ""
	}
	return w.client.personId
}

// AfterWrite runs after following each create and update of the collection's records, in the same transaction, once the
// row is written.
func AfterWrite(app core.App, collection string, after func(w Write) error) {
	handler := func(e *core.RecordEvent) error {
		w := Write{Record: e.Record}
		if !e.Record.IsNew() {
			w.Was = e.Record.Original()
		}
		w.client, _ = e.Record.Get(clientRequestKey).(*request)
		if err := e.Next(); err != nil {
			return err
		}
		w.App = e.App
		return after(w)
	}
	app.OnRecordCreateExecute(collection).Bind(&hook.Handler[*core.RecordEvent]{Priority: WithNotices, Func: handler})
	app.OnRecordUpdateExecute(collection).Bind(&hook.Handler[*core.RecordEvent]{Priority: WithNotices, Func: handler})
}

// stillTheirs checks again, inside the transaction, that the record belongs to the client: it may have moved since the
// request's rule was checked.
func (w Write) stillTheirs() error {
	if w.Was != nil && w.Was.Collection().Name != "clients" && w.Was.GetString("client") != w.client.clientId {
		return router.NewNotFoundError("", errors.New("the record went to another client in the meantime"))
	}
	return nil
}

// rebase loads the present row into the record, lays over it the fields that were set since the record was loaded, and
// returns the row.
func rebase(tx core.App, record *core.Record) (*core.Record, error) {
	was, err := tx.FindRecordById(record.Collection(), record.Id)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, router.NewNotFoundError("", errors.New("the record was deleted in the meantime"))
	}
	if err != nil {
		return nil, err
	}
	loaded, set := record.Original(), map[string]any{}
	for _, field := range record.Collection().Fields {
		name := field.GetName()
		// PocketBase has already set the date of this update.
		if field.Type() == core.FieldTypeAutodate || !sameValue(record.GetRaw(name), loaded.GetRaw(name)) {
			set[name] = record.GetRaw(name)
		}
		record.SetRaw(name, was.GetRaw(name))
	}
	if err := record.PostScan(); err != nil { // after this, Original() returns the present row
		return nil, err
	}
	for name, value := range set {
		record.SetRaw(name, value)
	}
	return was, nil
}

func sameValue(a, b any) bool {
	if x, ok := a.(types.DateTime); ok {
		y, ok := b.(types.DateTime)
		return ok && x.Equal(y)
	}
	return reflect.DeepEqual(a, b)
}

// inherit sets the client column from the parent that the field names. If the parent stays the same, so does the
// client: a parent that moves takes its records along (moveClient), and one that is being deleted can no longer be
// read.
func (w Write) inherit(field string) error {
	if w.Was != nil && !w.Changed(field) {
		w.Record.SetRaw("client", w.Was.GetRaw("client"))
		return nil
	}
	client, err := lookUp(w.App, w.Record, field, "client")
	if err != nil {
		return err
	}
	if w.client != nil && client != w.client.clientId {
		return noSuchParent(field)
	}
	w.Record.Set("client", client)
	return nil
}

// staysInProject refuses a relation to a record of another project.
func (w Write) staysInProject(field string) error {
	if w.Record.GetString(field) == "" || !w.Changed(field) && !w.Changed("project") {
		return nil
	}
	project, err := lookUp(w.App, w.Record, field, "project")
	if err != nil {
		return err
	}
	if project != w.Record.GetString("project") {
		return refuse(field, "The "+field+" has to be one of the same project.")
	}
	return nil
}

// lookUp reads one column of the record that a single relation names. A missing record is a refusal of the field.
func lookUp(app core.App, record *core.Record, relation, column string) (value string, err error) {
	field, ok := record.Collection().Fields.GetByName(relation).(*core.RelationField)
	if !ok {
		return "", errors.New("no relation " + relation)
	}
	target, err := app.FindCachedCollectionByNameOrId(field.CollectionId)
	if err != nil {
		return "", err
	}
	err = app.DB().Select(column).From(target.Name).Where(dbx.HashExp{"id": record.GetString(relation)}).Limit(1).Row(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", noSuchParent(relation)
	}
	return value, err
}

func noSuchParent(field string) error {
	return refuse(field, "There is no such "+field+", or it is not yours.")
}

// refuse returns the 400 answer to wrong input: one plain sentence, with the field that it is about.
func refuse(field, sentence string) error {
	return router.NewBadRequestError(sentence, validation.Errors{field: validation.NewError("validation_not_allowed", sentence)})
}

// defaultTo sets a new record's empty field before validation.
func defaultTo(app core.App, collection, field string, value func() any) {
	app.OnRecordCreate(collection).BindFunc(func(e *core.RecordEvent) error {
		if e.Record.GetString(field) == "" {
			e.Record.Set(field, value())
		}
		return e.Next()
	})
}

func always(value string) func() any { return func() any { return value } }

func now() any { return types.NowDateTime() }

// clientMay lists the fields that a client may send when creating or updating. Any other field is refused, instead of
// being silently ignored. Sending the value that the record already has is allowed.
func clientMay(app core.App, collection string, fields ...string) {
	guard := func(e *core.RecordRequestEvent) error {
		if e.HasSuperuserAuth() {
			return e.Next()
		}
		info, err := e.RequestInfo()
		if err != nil {
			return err
		}
		asSent := map[string]any{} // info.Body lacks autodate fields such as created
		if err := e.BindBody(&asSent); err != nil {
			return e.BadRequestError("The request could not be read. Send JSON or a form.", err)
		}
		before := e.Record.Original()
		for _, field := range e.Collection.Fields {
			name := field.GetName()
			sent, ok := info.Body[name]
			if field.Type() == core.FieldTypeAutodate {
				sent, ok = asSent[name]
			}
			if !ok || slices.Contains(fields, name) || !differs(field, sent, before) {
				continue
			}
			return refuse(name, "You cannot set "+name+". You can set: "+list(fields)+".")
		}
		e.Record.Set(clientRequestKey, requestOf(e.Auth, info.Body))
		return e.Next()
	}
	app.OnRecordCreateRequest(collection).BindFunc(guard)
	app.OnRecordUpdateRequest(collection).BindFunc(guard)
}

// differs reports whether a value of a request, converted to the field's type, is another than the record's.
func differs(field core.Field, sent any, before *core.Record) bool {
	probe := core.NewRecord(before.Collection())
	value, err := field.PrepareValue(probe, sent)
	if err != nil {
		return true
	}
	held := before.GetRaw(field.GetName())
	if held == nil {
		held, _ = field.PrepareValue(probe, nil)
	}
	return !sameValue(value, held)
}

// serverSets restores the named fields in every HTTP request, including the owner's: the dashboard's form sends all
// fields back, so refusing them would make the form useless. Programs may set them.
func serverSets(app core.App, collection string, fields ...string) {
	restore := func(e *core.RecordRequestEvent) error {
		before := e.Record.Original()
		for _, name := range fields {
			value := before.GetRaw(name)
			if value == nil {
				value, _ = e.Collection.Fields.GetByName(name).PrepareValue(e.Record, nil)
			}
			e.Record.SetRaw(name, value)
		}
		return e.Next()
	}
	app.OnRecordCreateRequest(collection).BindFunc(restore)
	app.OnRecordUpdateRequest(collection).BindFunc(restore)
}

func list(fields []string) string {
	if len(fields) == 0 {
		return "nothing here"
	}
	out := fields[0]
	for i, f := range fields[1:] {
		if i == len(fields)-2 {
			out += " and " + f
		} else {
			out += ", " + f
		}
	}
	return out
}
