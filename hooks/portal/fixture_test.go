package portal_test

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

	"greenroom/hooks/testkit"
)

// room is a studio with two clients.
type room struct {
	*testkit.Studio
	t                  *testing.T
	ana, ben           *core.Record
	anaToken, benToken string
}

func newRoom(t *testing.T) *room {
	t.Helper()
	return furnish(t, testkit.New(t, nil))
}

func furnish(t *testing.T, s *testkit.Studio) *room {
	t.Helper()
	r := &room{Studio: s, t: t}
	r.ana, r.anaToken = s.Client("Ana")
	r.ben, r.benToken = s.Client("Ben")
	return r
}

type fields = map[string]any

// project makes one for Ana; further fields replace those that it needs.
func (r *room) project(title string, more ...fields) *core.Record {
	return r.with("projects", fields{"client": r.ana.Id, "title": title, "serviceType": "AUDIO"}, more...)
}

func (r *room) with(collection string, needed fields, more ...fields) *core.Record {
	r.t.Helper()
	for _, m := range more {
		for name, value := range m {
			needed[name] = value
		}
	}
	return r.Make(collection, needed)
}

// saveAs sends a write over HTTP, which has to work.
func (r *room) saveAs(token, method, path string, body any) fields {
	r.t.Helper()
	answer := r.Do(method, "/api/collections/"+path, token, body)
	if answer.Status/100 != 2 {
		r.t.Fatalf("%s %s: %d %s", method, path, answer.Status, answer.Raw)
	}
	return answer.JSON()
}

// page is a page of Ana's, which has to be there.
func (r *room) page(path string) fields {
	r.t.Helper()
	return decode(r.t, r.raw(path))
}

func (r *room) raw(path string) []byte {
	r.t.Helper()
	answer := r.Do("GET", "/api/portal/"+path, r.anaToken, nil)
	if answer.Status != 200 {
		r.t.Fatalf("%s: %d %s", path, answer.Status, answer.Raw)
	}
	return answer.Raw
}

func decode(t *testing.T, raw []byte) (page fields) {
	t.Helper()
	if err := json.Unmarshal(raw, &page); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return page
}

// record is what PocketBase itself answers Ana about a record, with times as the portal writes them; whatever the portal
// says of the record has to be this, with more members where given.
func (r *room) record(record *core.Record, more ...fields) fields {
	r.t.Helper()
	answer := r.Do("GET", "/api/collections/"+record.Collection().Name+"/records/"+record.Id, r.anaToken, nil)
	if answer.Status != 200 {
		r.t.Fatalf("%s: %d %s", record.Collection().Name, answer.Status, answer.Raw)
	}
	out := decode(r.t, withT(answer.Raw))
	delete(out, "collectionId")
	delete(out, "collectionName")
	for _, m := range more {
		for name, value := range m {
			out[name] = value
		}
	}
	return out
}

var storedTime = regexp.MustCompile(`"(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}Z)"`)

// withT writes the times in PocketBase's JSON as RFC 3339 has them.
func withT(raw []byte) []byte { return storedTime.ReplaceAll(raw, []byte(`"${1}T${2}"`)) }

// list gives the elements under a path of names in a decoded page.
func list(t *testing.T, page fields, path string) (elements []fields) {
	t.Helper()
	names := strings.Split(path, ".")
	for _, name := range names[:len(names)-1] {
		page, _ = page[name].(fields)
	}
	all, ok := page[names[len(names)-1]].([]any)
	if !ok {
		t.Fatalf("%s is no list", path)
	}
	for _, element := range all {
		elements = append(elements, element.(fields))
	}
	return elements
}

// titles are the titles, or the words, of a list's elements.
func titles(t *testing.T, page fields, path string) string {
	t.Helper()
	var out []string
	for _, element := range list(t, page, path) {
		for _, name := range []string{"title", "body", "filename"} {
			if text, ok := element[name].(string); ok {
				out = append(out, text)
				break
			}
		}
	}
	return strings.Join(out, ", ")
}

// created gives a record another date of its making, which nobody else can.
func (r *room) created(record *core.Record, at string) *core.Record {
	r.t.Helper()
	r.exec("UPDATE {{"+record.Collection().Name+"}} SET created = {:at} WHERE id = {:id}", dbx.Params{"at": at, "id": record.Id})
	return record
}

// away is a time so far from now, as records hold it.
func away(d time.Duration) string { return time.Now().UTC().Add(d).Format(types.DefaultDateLayout) }

const hour = time.Hour

func textFile(name string) *filesystem.File {
	file, err := filesystem.NewFileFromBytes([]byte("something to hear"), name)
	if err != nil {
		panic(err) // bytes can always be read
	}
	return file
}

// mustNotContain searches the bytes of an answer.
func mustNotContain(t *testing.T, what string, raw []byte, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		if secret != "" && bytes.Contains(bytes.ToLower(raw), []byte(strings.ToLower(secret))) {
			t.Errorf("%s shows %q: %s", what, secret, raw)
		}
	}
}

// eachText calls do for every text in a decoded page, with the name it has there.
func eachText(value any, name string, do func(name, text string)) {
	switch v := value.(type) {
	case fields:
		for name, member := range v {
			eachText(member, name, do)
		}
	case []any:
		for _, element := range v {
			eachText(element, name, do)
		}
	case string:
		do(name, v)
	}
}
