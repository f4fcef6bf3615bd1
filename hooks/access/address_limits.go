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

// Limits of requests from one address (with IPv6: one /64 network) within requestWindow. PocketBase's own limits count
// only requests to collections that exist. allRequests counts every request before it is routed, and guestsRequests
// every request without a sign-in.
const (
	requestWindow  = 10 * time.Second
	allRequests    = 1200 // with or without a sign-in; several people may share an address
	guestsRequests = 300
	maxAddresses   = 50_000
	// maxHeaderBytes is several times what a browser sends. Go's default is a megabyte.
	maxHeaderBytes = 32 << 10
)

const tooMany = "Too many requests came from your address. Wait a few seconds, then try again."

// limitAddresses wraps the router: it determines the visitor's address, counts the request, and sets the headers that hold
// for the whole site.
func limitAddresses(app core.App, c config.Config, now func() time.Time) {
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
			setSiteHeaders(w.Header(), c, r)
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

// TrustedBy returns the configured proxies. If the studio's address is https, a proxy on this machine is trusted as
// well, since the server itself may speak http.
func TrustedBy(c config.Config) Proxies {
	proxies := Proxies(slices.Clone(c.TrustedProxies))
	if c.URL != nil && c.URL.Scheme == "https" {
		proxies = append(proxies, Loopback...)
	}
	return proxies
}

// namesVisitor reports whether PocketBase takes the visitor's address from the header set here. The owner can name
// another header in the settings.
func namesVisitor(s *core.Settings) bool {
	return slices.Equal(s.TrustedProxy.Headers, []string{Visitor})
}

// counting reports whether rate limits are on. The owner can switch PocketBase's off, and with them these.
func counting(app core.App) bool { return app.Settings().RateLimits.Enabled }

// excluded reports whether the owner has exempted the address from rate limits.
func excluded(app core.App, address string) bool {
	visitor, err := netip.ParseAddr(address)
	return err == nil && slices.ContainsFunc(app.Settings().RateLimits.ExcludedIPs, func(entry string) bool {
		one, err := netip.ParseAddr(entry)
		within, errNetwork := netip.ParsePrefix(entry)
		return err == nil && one == visitor || errNetwork == nil && within.Contains(visitor)
	})
}

// countedAs returns the key under which the visitor's requests are counted.
func countedAs(e *core.RequestEvent) string {
	address, err := netip.ParseAddr(e.RealIP())
	if err != nil {
		return e.RealIP()
	}
	return networkOf(address.Unmap()).String()
}

// Seconds writes a wait for the Retry-After header, rounded up.
func Seconds(d time.Duration) string { return strconv.Itoa(int(d/time.Second) + 1) }

// noPowers is a Permissions-Policy that denies the features that no page needs.
const noPowers = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()"

// aYear is the Strict-Transport-Security header for https addresses.
const aYear = "max-age=31536000"

func setSiteHeaders(h http.Header, c config.Config, r *http.Request) {
	h.Set("Permissions-Policy", noPowers)
	if r.TLS != nil || c.URL != nil && c.URL.Scheme == "https" {
		h.Set("Strict-Transport-Security", aYear)
	}
}
