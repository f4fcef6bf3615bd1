// Package stripefake is a fake Stripe for tests and for the demo: an HTTP server that speaks API version 2023-10-16 as
// far as Greenroom uses it, and keeps its objects in memory.
//
// It has customers, invoices, charges, PaymentIntents and portal sessions; lists with Stripe's filters, order and
// pages; Stripe's errors; and idempotency keys. It refuses a wrong key, another version and any unknown parameter.
// Drafts are made, given lines and deleted by the API; the acts of people and banks, from finalising to refunds, are in
// acts.go. Tests add and change objects, make requests fail, and read the log of requests.
package stripefake

import (
	"bytes"
	"embed"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Key is the only secret key that the server accepts.
const Key = "sk_test_51StripefakeKeyThatNoLogMayHold"

const version = "2023-10-16"

// Object is an object of Stripe's as decoded JSON.
type Object = map[string]any

// Server is one fake Stripe with its own objects.
type Server struct {
	URL string

	http *httptest.Server
	mu   sync.Mutex

	stored  map[string][]Object // by path, the oldest first
	replays map[string]replay   // by idempotency key
	asked   []string
	fail    func(r *http.Request) http.HandlerFunc
	clock   int64

	numbered int            // the number of invoices that have got a number
	gone     map[string]int // by path: the count of removed objects, so that no id is used twice
}

// replay is the stored answer to an idempotency key.
type replay struct {
	request string
	status  int
	body    []byte
}

//go:embed objects
var objects embed.FS

// kinds maps each kind of object to its path and the prefix of its ids.
var kinds = map[string]struct{ path, prefix string }{
	"customer":       {"customers", "cus_"},
	"invoice":        {"invoices", "in_"},
	"charge":         {"charges", "ch_"},
	"payment_intent": {"payment_intents", "pi_"},

	"checkout_session": {"checkout_sessions", "cs_"},
}

// New starts a server on a free port. The caller must call Close.
func New() *Server {
	s := &Server{stored: map[string][]Object{}, replays: map[string]replay{}, gone: map[string]int{}, clock: 1_700_000_000}
	s.http = httptest.NewServer(http.HandlerFunc(s.serve))
	s.URL = s.http.URL
	return s
}

// Close stops the server and ends all requests that are waiting.
func (s *Server) Close() {
	s.http.CloseClientConnections()
	s.http.Close()
}

// FailWith sets a function that sees each request first and may read its body. If it returns a handler, that handler
// answers. nil removes the function.
func (s *Server) FailWith(fail func(r *http.Request) http.HandlerFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = fail
}

// Asked returns the requests since the last call, as "METHOD path?query".
func (s *Server) Asked() (requests []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests, s.asked = s.asked, nil
	return requests
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	form, err := url.ParseQuery(string(body))
	if r.Method == http.MethodGet {
		form, err = r.URL.Query(), nil
	}
	s.mu.Lock()
	s.asked = append(s.asked, r.Method+" "+r.URL.RequestURI())
	fail := s.fail
	s.mu.Unlock()
	if fail != nil {
		if handler := fail(r); handler != nil {
			handler(w, r)
			return
		}
	}
	key := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case err != nil:
		refuse(w, http.StatusBadRequest, "invalid_request_error", "", "Invalid request body.")
	case key != Key: // Stripe masks a wrong key in its answer. The fake does not, to test that the log is safe even then.
		refuse(w, http.StatusUnauthorized, "invalid_request_error", "", "Invalid API Key provided: "+key)
	case r.Header.Get("Stripe-Version") != version:
		refuse(w, http.StatusBadRequest, "invalid_request_error", "", "Invalid Stripe API version: "+r.Header.Get("Stripe-Version"))
	case r.Method == http.MethodPost && r.Header.Get("Idempotency-Key") != "":
		s.once(w, r, form, r.Header.Get("Idempotency-Key"))
	default:
		s.answer(w, r, form)
	}
}

// once repeats the stored answer for a request with a used idempotency key, and refuses another request with it.
func (s *Server) once(w http.ResponseWriter, r *http.Request, form url.Values, key string) {
	request := r.URL.Path + "?" + form.Encode()
	s.mu.Lock()
	first, again := s.replays[key]
	if !again {
		first = replay{request: request}
		s.replays[key] = first
	}
	s.mu.Unlock()
	switch {
	case again && first.request != request:
		refuse(w, http.StatusBadRequest, "idempotency_error", "", "Keys for idempotent requests can only be used with the same parameters they were first used with.")
		return
	case again && first.status == 0:
		refuse(w, http.StatusConflict, "invalid_request_error", "idempotency_key_in_use", "There is currently another in-progress request using this Stripe-Idempotency key.")
		return
	case !again:
		recorder := httptest.NewRecorder()
		s.answer(recorder, r, form)
		first.status, first.body = recorder.Code, recorder.Body.Bytes()
		s.mu.Lock()
		s.replays[key] = first
		s.mu.Unlock()
	default:
		w.Header().Set("Idempotent-Replayed", "true")
	}
	w.WriteHeader(first.status)
	_, _ = io.Copy(w, bytes.NewReader(first.body))
}

// answer routes a request whose key and version are right.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, form url.Values) {
	s.mu.Lock()
	defer s.mu.Unlock()
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1/"), "/")
	path := parts[0]
	switch {
	case r.Method == http.MethodPost && r.URL.Path == "/v1/billing_portal/sessions":
		s.portalSession(w, form)
	case r.Method == http.MethodGet && r.URL.Path == "/v1/checkout/sessions":
		s.list(w, kinds["checkout_session"].path, form)
	case r.Method == http.MethodPost && r.URL.Path == "/v1/invoices":
		s.newDraft(w, form)
	case r.Method == http.MethodPost && r.URL.Path == "/v1/invoiceitems":
		s.newLine(w, form)
	case r.Method == http.MethodDelete && strings.HasPrefix(r.URL.Path, "/v1/invoices/") && len(parts) == 2:
		s.deleteDraft(w, parts[1])
	case !slices.ContainsFunc(slices.Collect(maps.Values(kinds)), func(k struct{ path, prefix string }) bool { return k.path == path }) || len(parts) > 2:
		refuse(w, http.StatusNotFound, "invalid_request_error", "", "Unrecognized request URL ("+r.Method+": "+r.URL.Path+").")
	case r.Method == http.MethodGet && len(parts) == 1:
		s.list(w, path, form)
	default:
		s.one(w, r.Method, parts[1], form)
	}
}

// one answers GET and POST of one object. A POST can change only the metadata.
func (s *Server) one(w http.ResponseWriter, method, id string, form url.Values) {
	object := s.find(id)
	if object == nil {
		missing(w, id)
		return
	}
	metadata, _ := object["metadata"].(Object)
	metadata = maps.Clone(metadata)
	for name, values := range form {
		key, isMetadata := strings.CutPrefix(name, "metadata[")
		switch {
		case name == "expand[0]" && expandable[values[0]]:
		case isMetadata && method == http.MethodPost:
			metadata[strings.TrimSuffix(key, "]")] = values[0]
		default:
			unknown(w, name)
			return
		}
	}
	if metadata != nil {
		object["metadata"] = metadata
	}
	write(w, http.StatusOK, s.expanded(object, form.Get("expand[0]")))
}

// list answers one page of a list: the newest first, filtered, starting after the object that starting_after names.
func (s *Server) list(w http.ResponseWriter, path string, form url.Values) {
	limit := 10
	for name, values := range form {
		switch name {
		case "limit":
			n, err := strconv.Atoi(values[0])
			if err != nil || n < 1 || n > 100 {
				refuse(w, http.StatusBadRequest, "invalid_request_error", "", "Invalid limit.")
				return
			}
			limit = n
		case "customer", "email", "payment_intent", "starting_after":
		case "expand[0]":
			if field, ok := strings.CutPrefix(values[0], "data."); !ok || !expandable[field] {
				unknown(w, name)
				return
			}
		default:
			unknown(w, name)
			return
		}
	}
	if id := form.Get("customer"); id != "" && s.find(id) == nil {
		missing(w, id)
		return
	}
	var found []Object
	for _, object := range slices.Backward(s.stored[path]) {
		if matches(object, form) {
			found = append(found, object)
		}
	}
	slices.SortStableFunc(found, func(a, b Object) int { return int(number(b["created"]) - number(a["created"])) })
	if after := form.Get("starting_after"); after != "" {
		at := slices.IndexFunc(found, func(o Object) bool { return o["id"] == after })
		if at < 0 {
			missing(w, after)
			return
		}
		found = found[at+1:]
	}
	page := []Object{}
	for _, object := range found[:min(limit, len(found))] {
		page = append(page, s.expanded(object, strings.TrimPrefix(form.Get("expand[0]"), "data.")))
	}
	write(w, http.StatusOK, Object{"object": "list", "url": "/v1/" + path, "has_more": len(found) > limit, "data": page})
}

func matches(object Object, form url.Values) bool {
	if object["deleted"] == true {
		return false
	}
	for _, name := range []string{"customer", "email", "payment_intent"} {
		if want := form.Get(name); want != "" && object[name] != want {
			return false
		}
	}
	return true
}

func number(value any) int64 {
	switch n := value.(type) {
	case int64:
		return n
	case int:
		return int64(n)
	case float64:
		return int64(n)
	}
	return 0
}

func (s *Server) portalSession(w http.ResponseWriter, form url.Values) {
	for name := range form {
		if name != "customer" && name != "return_url" {
			unknown(w, name)
			return
		}
	}
	customer := s.find(form.Get("customer"))
	if customer == nil || customer["deleted"] == true {
		missing(w, form.Get("customer"))
		return
	}
	write(w, http.StatusOK, Object{"id": "bps_fake", "object": "billing_portal.session", "customer": customer["id"], "return_url": form.Get("return_url"),
		"url": "https://billing.stripe.com/p/session/" + customer["id"].(string) + "?return=" + form.Get("return_url")})
}
