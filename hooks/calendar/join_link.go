package calendar

import (
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"greenroom/hooks/people"
)

// meetingHosts are those of the services that meetings take place at, and of all names below them.
var meetingHosts = []string{
	"zoom.us", "zoomgov.com", "teams.microsoft.com", "teams.microsoft.us", "teams.live.com", "teams.cloud.microsoft", "meet.google.com",
	"webex.com", "whereby.com", "meet.jit.si", "8x8.vc",
}

// meetURL is where to join by video: the entry point that Google names, else its hangout, else the first link of a
// known meeting host in the location or the description, where other services' invitations put it. A link that no
// browser opens safely counts as none. The address is empty where nothing is left.
func (e event) meetURL() string {
	link := e.HangoutLink
	for _, point := range e.ConferenceData.EntryPoints {
		if point.Type == "video" && point.URI != "" {
			link = point.URI
			break
		}
	}
	if link = openable(link); link != "" {
		return link
	}
	for _, text := range []string{e.Location, e.Description} {
		if link := meetingLink(text); link != "" {
			return link
		}
	}
	return ""
}

var (
	anyLink = regexp.MustCompile(`(?i)https://[^\s\p{Z}\p{C}"'<>\\|` + "`" + `]+`)
	// entity is a character written for HTML. In plain text, &copy= and the like belong to a link: only a semicolon tells.
	entity = regexp.MustCompile(`&(#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z]+);`)
	// redirects are addresses that mail programs and Google put around a link, and the parameter in which it is.
	redirects = map[string]string{"safelinks.protection.outlook.com": "url", "www.google.com": "q"}
)

// meetingLink is the first link of a known meeting host in a text, which may be HTML.
func meetingLink(text string) string {
	if len(text) > maxTextBytes {
		text = text[:maxTextBytes]
	}
	text = entity.ReplaceAllStringFunc(text, html.UnescapeString)
	for _, found := range anyLink.FindAllString(text, -1) {
		link := unwrapped(strings.TrimRightFunc(found, closesSentence))
		u, err := url.Parse(link)
		if err == nil && u.Scheme == "https" && u.User == nil && slices.ContainsFunc(meetingHosts, func(host string) bool { return below(u.Hostname(), host) }) {
			return openable(link)
		}
	}
	return ""
}

// closesSentence tells the characters that stand behind a link and are no part of it, in whatever script the words around are.
func closesSentence(r rune) bool {
	return strings.ContainsRune(".,;:!?)]}*_", r) || r > unicode.MaxASCII && unicode.IsPunct(r)
}

// maxTextBytes is as much of a description as is looked through: an invitation has its link near its beginning.
const maxTextBytes = 64 << 10

// unwrapped is the link that a redirect leads to.
func unwrapped(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	for host, parameter := range redirects {
		if below(u.Hostname(), host) && parameter != "" {
			if inner := u.Query().Get(parameter); inner != "" {
				return inner
			}
		}
	}
	return link
}

func below(host, of string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	return host == of || strings.HasSuffix(host, "."+of)
}

// openable is the link if a browser can open it safely.
func openable(link string) string {
	if !people.IsWebLink(link) || len(link) > maxURLChars || strings.ContainsFunc(link, people.Unprintable) {
		return ""
	}
	return link
}
