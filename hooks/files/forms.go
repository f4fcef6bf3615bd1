package files

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/security"

	"greenroom/hooks/people"
	"greenroom/hooks/phrases"
)

const (
	envelope       = 4 << 10         // bytes of a form that are not the file
	largestForm    = 512<<20 + 1<<20 // bytes; the schema's limit for a file in a form, and its other fields
	largestNonFile = 4 << 20         // bytes of a form without a file
	releaseKey     = "@release"      // key under which a request or record carries the function that ends its reservation; no field has this name
	createRoute    = "POST /api/collections/{collection}/records"
)

// limitForms applies the limits of uploads to files sent in PocketBase's own form. A form is read completely, into
// memory and the server's temporary folder, so its room is reserved before its body is read. Package access decides
// before this who may send one, and how many at a time.
func (s *service) limitForms() {
	s.app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{Id: "greenroomForms", Priority: apis.DefaultBodyLimitMiddlewarePriority + 2, Func: s.admitForm})
		return e.Next()
	})
	s.app.OnRecordCreateRequest(collection).BindFunc(func(e *core.RecordRequestEvent) error {
		for _, file := range e.Record.GetUnsavedFiles("file") {
			if file.Size == 0 {
				return e.BadRequestError("The file is empty. Choose one that has something in it.", nil)
			}
			if err := s.notTooLarge(file.Size); err != nil {
				return err
			}
			if e.HasSuperuserAuth() {
				continue
			}
			if early, ok := e.Get(releaseKey).(func()); ok {
				early() // replaced by the reservation of the file's exact size
			}
			if e.Record.Id == "" {
				e.Record.Id = security.PseudorandomStringWithAlphabet(core.DefaultIdLength, core.DefaultIdAlphabet)
			}
			release, err := s.reserve(e.App, who{people.Account(e.Auth), false}, e.Record.Id, file.Size)
			if err != nil {
				return err
			}
			e.Record.Set(releaseKey, release)
		}
		err := e.Next()
		if err != nil {
			releaseOf(e.Record)
		}
		return err
	})
	// After the commit the record itself counts against the limits; after a failure nothing does.
	s.app.OnRecordAfterCreateSuccess(collection).BindFunc(func(e *core.RecordEvent) error {
		releaseOf(e.Record)
		return e.Next()
	})
	s.app.OnRecordAfterCreateError(collection).BindFunc(func(e *core.RecordErrorEvent) error {
		releaseOf(e.Record)
		return e.Next()
	})
}

func releaseOf(record *core.Record) {
	if release, ok := record.Get(releaseKey).(func()); ok {
		release()
		record.Set(releaseKey, nil)
	}
}

func (s *service) admitForm(e *core.RequestEvent) error {
	if e.Auth == nil || e.HasSuperuserAuth() || !isForm(e.Request) {
		return e.Next()
	}
	most := int64(largestNonFile)
	if s.isFileForm(e) {
		most = largestForm
	}
	if e.Request.ContentLength > most {
		return tooLarge(fmt.Sprintf("The form has %s; up to %s is taken here. Larger files go through an upload.", phrases.Bytes(e.Request.ContentLength), phrases.Bytes(most)))
	}
	length := e.Request.ContentLength
	if most == largestForm {
		// Without a Content-Length, the largest file is reserved and a longer body is cut off.
		if length < 0 {
			length = min(largestForm, int64(s.config.MaxUpload)+envelope)
		}
		most = length
		release, err := s.reserve(e.App, who{people.Account(e.Auth), false}, "form "+security.PseudorandomString(20), max(length-envelope, 0))
		if err != nil {
			return failure(e, err)
		}
		defer release()
		e.Set(releaseKey, release)
	}
	if e.Request.ContentLength < 0 {
		e.Request.Body = http.MaxBytesReader(e.Response, e.Request.Body, most)
	}
	return e.Next()
}

func isForm(r *http.Request) bool {
	return strings.HasPrefix(strings.ToLower(strings.TrimSpace(r.Header.Get("Content-Type"))), "multipart/")
}

// isFileForm reports whether the request creates an attachment. The path may name the collection by its id.
func (s *service) isFileForm(e *core.RequestEvent) bool {
	if e.Request.Pattern != createRoute {
		return false
	}
	c, err := e.App.FindCachedCollectionByNameOrId(e.Request.PathValue("collection"))
	return err == nil && c.Name == collection
}
