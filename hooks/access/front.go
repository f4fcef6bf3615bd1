package access

import (
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"

	"greenroom/hooks/config"
)

// Requests of one address, that of a whole network with IPv6, within requestWindow. PocketBase's own limits count only
// requests to a collection that exists; here all of them count, before anything is looked up.
const (
	requestWindow  = 10 * time.Second
	allRequests    = 1200 // with a sign-in too: several people may share an address
	guestsRequests = 300
	maxAddresses   = 50_000
	// maxHeaderBytes is several times what a browser sends. Go takes a megabyte.
	maxHeaderBytes = 32 << 10
)

const tooMany = "Too many requests came from your address. Wait a few seconds, then try again."

// guardFront stands before the router: it names the visitor, counts the request, and says how browsers should treat the
// site.
func guardFront(app core.App, c config.Config, now func() time.Time) {
	proxies := TrustedBy(c)
	all := newCounts(now, allRequests, requestWindow, maxAddresses)
	guests := newCounts(now, guestsRequests, requestWindow, maxAddresses)
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Server.MaxHeaderBytes = maxHeaderBytes
		e.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       "greenroomGuests",
			Priority: apis.DefaultLoadAuthTokenMiddlewarePriority + 1,
			Func: func(e *core.RequestEvent) error {
				if e.Auth != nil || !counting(e.App) || excluded(e.App, e.RealIP()) {
					return e.Next()
				}
				if ok, wait := guests.allow(countedAs(e)); !ok {
					e.Response.Header().Set("Retry-After", Seconds(wait))
					return e.TooManyRequestsError(tooMany, nil)
				}
				return e.Next()
			},
		})
		if err := e.Next(); err != nil {
			return err
		}
		inner := e.Server.Handler
		e.Server.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			sayHowToTreat(w.Header(), c, r)
			network := nameVisitor(app.Settings(), proxies, r)
			if counting(app) && namesVisitor(app.Settings()) && !excluded(app, r.Header.Get(Visitor)) {
				if ok, wait := all.allow(network.String()); !ok {
					w.Header().Set("Retry-After", Seconds(wait))
					router.ErrorHandler(w, r, router.NewTooManyRequestsError(tooMany, nil))
					return
				}
			}
			inner.ServeHTTP(w, r)
		})
		return nil
	})
}

// TrustedBy gives the proxies that a configuration names. Where the studio's address is https, and this server speaks
// http, a proxy on the same machine is one of them.
func TrustedBy(c config.Config) Proxies {
	proxies := Proxies(slices.Clone(c.TrustedProxies))
	if c.URL != nil && c.URL.Scheme == "https" {
		proxies = append(proxies, Loopback...)
	}
	return proxies
}

// namesVisitor tells whether the visitor's address is what was found here, and not by a header that the owner has named
// in the settings.
func namesVisitor(s *core.Settings) bool {
	return slices.Equal(s.TrustedProxy.Headers, []string{Visitor})
}

// counting tells whether counts in time are on: they are PocketBase's rate limits, which the owner may switch off.
func counting(app core.App) bool { return app.Settings().RateLimits.Enabled }

// excluded tells whether the owner has taken the address out of all counts.
func excluded(app core.App, address string) bool {
	visitor, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(app.Settings().RateLimits.ExcludedIPs, func(entry string) bool {
		one, err := netip.ParseAddr(entry)
		within, errNetwork := netip.ParsePrefix(entry)
		return err == nil && one == visitor || errNetwork == nil && within.Contains(visitor)
	})
}

// countedAs is whose request it is, for a count.
func countedAs(e *core.RequestEvent) string {
	address, err := netip.ParseAddr(e.RealIP())
	if err != nil {
		return e.RealIP()
	}
	return networkOf(address.Unmap()).String()
}

// Seconds is a wait as Retry-After says it, rounded up.
func Seconds(d time.Duration) string { return strconv.Itoa(int(d/time.Second) + 1) }

// noPowers are what no page of the studio asks a browser for.
const noPowers = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"

// aYear is how long a browser asks for the studio by https alone, once it has been told.
const aYear = "max-age=31536000"

func sayHowToTreat(h http.Header, c config.Config, r *http.Request) {
	h.Set("Permissions-Policy", noPowers)
	if r.TLS != nil || c.URL != nil && c.URL.Scheme == "https" {
		h.Set("Strict-Transport-Security", aYear)
	}
}
