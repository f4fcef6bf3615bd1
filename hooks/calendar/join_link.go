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

// meetingHosts are the domains of video call services, each with all its subdomains.
var meetingHosts = []string{
	"zoom.us", "zoomgov.com", "teams.microsoft.com", "teams.microsoft.us", "teams.live.com", "teams.cloud.microsoft", "meet.google.com",
	"webex.com", "whereby.com", "meet.jit.si", "8x8.vc",
}

// meetURL returns the address for joining by video, or "": the video entry point that Google names, else the hangout
// link, else the first link to a known service in the location or the description, where invitations of other services
// have it. A link that browsers cannot open safely is ignored.
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
	// entity is an HTML character reference with its semicolon. Without a semicolon, "&copy=" and the like are a part
	// of a link in plain text.
	entity = regexp.MustCompile(`&(#[0-9]+|#[xX][0-9a-fA-F]+|[a-zA-Z]+);`)
	// redirects maps the hosts that mail programs and Google wrap around a link to the query parameter that holds the
	// link.
	redirects = map[string]string{"safelinks.protection.outlook.com": "url", "www.google.com": "q"}
)

// meetingLink returns the first link to a known video call service in a text, which may be HTML.
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

// closesSentence reports whether a character at the end of a link is punctuation of the sentence around it, in any
// script.
func closesSentence(r rune) bool {
	return strings.ContainsRune(".,;:!?)]}*_", r) || r > unicode.MaxASCII && unicode.IsPunct(r)
}

// maxTextBytes limits how much of a description is searched. Invitations have their link near the beginning.
const maxTextBytes = 64 << 10

// unwrapped returns the link inside a known redirect, or else the link itself.
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

// openable returns the link, or "" if it is no http or https address, is too long, or has unprintable characters.
func openable(link string) string {
	if !people.IsWebLink(link) || len(link) > maxURLChars || strings.ContainsFunc(link, people.Unprintable) {
		return ""
	}
	return link
}
