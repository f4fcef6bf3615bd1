package testkit

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Room is a studio with two clients, Ana and Ben.
type Room struct {
	*Studio
	T                  *testing.T
	Ana, Ben           *core.Record
	AnaToken, BenToken string
}

func NewRoom(t *testing.T) *Room {
	t.Helper()
	return Furnish(t, New(t, nil))
}

func Furnish(t *testing.T, s *Studio) *Room {
	t.Helper()
	r := &Room{Studio: s, T: t}
	r.Ana, r.AnaToken = s.Client("Ana")
	r.Ben, r.BenToken = s.Client("Ben")
	return r
}

// Fields are the values of a record by field name.
type Fields = map[string]any

// Project makes a project of Ana's; more fields override the defaults.
func (r *Room) Project(title string, more ...Fields) *core.Record {
	return r.With("projects", Fields{"client": r.Ana.Id, "title": title, "serviceType": "AUDIO"}, more...)
}

func (r *Room) With(collection string, needed Fields, more ...Fields) *core.Record {
	r.T.Helper()
	for _, m := range more {
		for name, value := range m {
			needed[name] = value
		}
	}
	return r.Make(collection, needed)
}

// SaveAs sends a write over HTTP, which must succeed.
func (r *Room) SaveAs(token, method, path string, body any) Fields {
	r.T.Helper()
	answer := r.Do(method, "/api/collections/"+path, token, body)
	if answer.Status/100 != 2 {
		r.T.Fatalf("%s %s: %d %s", method, path, answer.Status, answer.Raw)
	}
	return answer.JSON()
}

// Page gets a page as Ana, which must succeed.
func (r *Room) Page(path string) Fields {
	r.T.Helper()
	return Decode(r.T, r.Raw(path))
}

func (r *Room) Raw(path string) []byte {
	r.T.Helper()
	answer := r.Do("GET", "/api/portal/"+path, r.AnaToken, nil)
	if answer.Status != 200 {
		r.T.Fatalf("%s: %d %s", path, answer.Status, answer.Raw)
	}
	return answer.Raw
}

func Decode(t *testing.T, raw []byte) (page Fields) {
	t.Helper()
	if err := json.Unmarshal(raw, &page); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return page
}

// Record returns PocketBase's own answer to Ana about a record, with times as the portal writes them. The portal's
// answer about the record has to equal it, with the members of more.
func (r *Room) Record(record *core.Record, more ...Fields) Fields {
	r.T.Helper()
	answer := r.Do("GET", "/api/collections/"+record.Collection().Name+"/records/"+record.Id, r.AnaToken, nil)
	if answer.Status != 200 {
		r.T.Fatalf("%s: %d %s", record.Collection().Name, answer.Status, answer.Raw)
	}
	out := Decode(r.T, WithT(answer.Raw))
	delete(out, "collectionId")
	delete(out, "collectionName")
	for name, value := range out {
		if strings.HasSuffix(name, "Html") && value == "" { // the portal leaves it out
			delete(out, name)
		}
	}
	for _, m := range more {
		for name, value := range m {
			out[name] = value
		}
	}
	return out
}

var storedTime = regexp.MustCompile(`"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}Z)"`)

// WithT rewrites the times in PocketBase's JSON as RFC 3339.
func WithT(raw []byte) []byte { return storedTime.ReplaceAll(raw, []byte(`"${1}T${2}"`)) }

// List returns the elements at a path of names in a decoded page.
func List(t *testing.T, page Fields, path string) (elements []Fields) {
	t.Helper()
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		page, _ = page[name].(Fields)
	}
	all, ok := page[names[len(names)-1]].([]any)
	if !ok {
		t.Fatalf("%s is no list", path)
	}
	for _, element := range all {
		elements = append(elements, element.(Fields))
	}
	return elements
}

// Titles returns the titles or bodies of a list's elements.
func Titles(t *testing.T, page Fields, path string) string {
	t.Helper()
	var out []string
	for _, element := range List(t, page, path) {
		for _, name := range []string{"title", "body", "filename"} {
			if text, ok := element[name].(string); ok {
				out = append(out, text)
				break
			}
		}
	}
	return strings.Join(out, ", ")
}

// Created sets a record's date of creation in the database, which the API does not allow.
func (r *Room) Created(record *core.Record, at string) *core.Record {
	r.T.Helper()
	r.Exec("UPDATE {{"+record.Collection().Name+"}} SET created = {:at} WHERE id = {:id}", dbx.Params{"at": at, "id": record.Id})
	return record
}

// Away returns the time at a distance from now, as records store it.
func Away(d time.Duration) string { return time.Now().UTC().Add(d).Format(types.DefaultDateLayout) }

func TextFile(name string) *filesystem.File {
	file, err := filesystem.NewFileFromBytes([]byte("something to hear"), name)
	if err != nil {
		panic(err) // reading from memory never fails
	}
	return file
}

// MustNotContain fails if an answer contains one of the secrets.
func MustNotContain(t *testing.T, what string, raw []byte, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		if secret != "" && bytes.Contains(bytes.ToLower(raw), []byte(strings.ToLower(secret))) {
			t.Errorf("%s shows %q: %s", what, secret, raw)
		}
	}
}

// EachText calls do for every string in a decoded page, with the name of its member.
func EachText(value any, name string, do func(name, text string)) {
	switch v := value.(type) {
	case Fields:
		for name, member := range v {
			EachText(member, name, do)
		}
	case []any:
		for _, element := range v {
			EachText(element, name, do)
		}
	case string:
		do(name, v)
	}
}

// Exec runs a statement on the database without hooks.
func (r *Room) Exec(statement string, params dbx.Params) {
	r.T.Helper()
	if _, err := r.App.DB().NewQuery(statement).Bind(params).Execute(); err != nil {
		r.T.Fatal(err)
	}
}

// Save saves a record and fails the test if that fails.
func (r *Room) Save(record *core.Record, more Fields) *core.Record {
	r.T.Helper()
	record = r.Reload(record)
	record.Load(more)
	if err := r.App.Save(record); err != nil {
		r.T.Fatal(err)
	}
	return record
}
