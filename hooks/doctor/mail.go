package doctor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
	"greenroom/hooks/notify"
)

// mail reports the health of the mail server, and the notices that it has refused.
func mail(p *patient) check {
	if p.data == nil {
		return check{}
	}
	noted, troubles, err := p.notes("mail")
	if err != nil {
		return unreadable("mail", err)
	}
	c := check{Name: "mail", State: ok, Say: "no notice has been sent yet; to try: greenroom doctor --mail you@example.org"}
	if at := noted["mail"].LastSuccessAt; !at.IsZero() {
		c.Say = "the last notices left on " + p.moment(at.Time())
	}
	if !p.config.Service("mail").On {
		c.Say += "; without SMTP_URL mail is written to files in " + filepath.Join(p.dir, notify.OutboxDirName) + ", unless the dashboard's settings name a mail server"
	}
	if unmailable, err := p.unmailable(); err != nil {
		return unreadable("mail", err)
	} else if len(unmailable) > 0 {
		c.State, c.Say = warning, fmt.Sprintf("%s; many mail servers cannot reach %s, which has letters with accents or of another script before the @", c.Say, some(unmailable))
		c.Do = "Ask for another address"
	}
	if len(troubles) > 0 {
		slices.Sort(troubles)
		c.State, c.Say = warning, fmt.Sprintf("%s; there is trouble: %s", c.Say, some(slices.Compact(troubles)))
		c.Do = "Check SMTP_URL and the addresses. In the dashboard, the collection outbox has what was not delivered; set its state to waiting to try again"
	}
	return c
}

// unmailable returns the addresses that only a mail server with SMTPUTF8 accepts.
func (p *patient) unmailable() (addresses []string, err error) {
	var all []string
	if err := p.data.Select("email").From("clients").Where(dbx.NewExp("archivedAt = ''")).OrderBy("email").Column(&all); err != nil {
		return nil, err
	}
	for _, address := range append(all, string(p.config.OwnerEmail), string(p.config.SMTP.From)) {
		local, _, _ := strings.Cut(address, "@")
		if strings.ContainsFunc(local, func(r rune) bool { return r >= 0x80 }) && !slices.Contains(addresses, address) {
			addresses = append(addresses, address)
		}
	}
	return addresses, nil
}

// tryMail sends a mail as notices are sent. It needs the running app, because the mail server may be set in the
// dashboard.
func tryMail(app core.App, c config.Config, to string) check {
	tried := check{Name: "mail to " + to, State: fails}
	if _, err := os.Stat(filepath.Join(app.DataDir(), dataFile)); errors.Is(err, os.ErrNotExist) {
		tried.Say, tried.Do = "there is no studio yet that could send one", "Run greenroom serve once"
		return tried
	}
	err := app.Bootstrap()
	if err == nil {
		err = errors.Join(notify.SendTest(app, c, to), app.ClearBootstrap())
	}
	switch {
	case err != nil:
		tried.Say, tried.Do = strings.TrimSuffix(err.Error(), "."), "Check SMTP_URL, or the mail settings of the dashboard"
	case c.SMTP.Host == "":
		tried.State, tried.Say = ok, "it went to the mail server of the dashboard's settings or, without one, to a file in "+filepath.Join(app.DataDir(), notify.OutboxDirName)
	default:
		tried.State, tried.Say = ok, "the mail server took it; look whether it arrived, and not as spam"
	}
	return tried
}
