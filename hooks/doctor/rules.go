package doctor

import (
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/pb_migrations"
)

// rules compares the collections' rules with the permission table. A rule that requires no sign-in shows a client's
// words to everybody, so it fails; other differences may be intended by the owner and are warnings.
func rules(p *patient) check {
	if p.data == nil || p.behind {
		return check{}
	}
	c := check{Name: "rules", State: ok, Say: "all are as in the permission table"}
	collections, err := p.collections()
	if err != nil {
		return unreadable("rules", err)
	}
	var changed, opened []string
	compare := func(name, want string, have *string) {
		if sameRule(want, have) {
			return
		}
		if have != nil && !strings.Contains(*have, "@request.auth.") {
			opened = append(opened, name+meaning(have))
			return
		}
		changed = append(changed, name+meaning(have))
	}
	all := append(slices.Clone(pb_migrations.Permissions), pb_migrations.Permission{Collection: core.CollectionNameSuperusers})
	for _, want := range all {
		have := collections[want.Collection]
		if have == nil { // the check of the schema reports it
			continue
		}
		compare(want.Collection+" list", want.List, have.ListRule)
		compare(want.Collection+" view", want.View, have.ViewRule)
		compare(want.Collection+" create", want.Create, have.CreateRule)
		compare(want.Collection+" update", want.Update, have.UpdateRule)
		compare(want.Collection+" delete", want.Delete, have.DeleteRule)
	}
	if clients := collections["clients"]; clients != nil {
		compare("clients manage", "", clients.ManageRule)
		switch {
		case sameRule(pb_migrations.MaySignIn, clients.AuthRule):
		case clients.AuthRule == nil || *clients.AuthRule != "":
			changed = append(changed, "clients sign-in"+meaning(clients.AuthRule))
		default:
			opened = append(opened, "clients sign-in (now open to archived and banned ones)")
		}
	}
	switch {
	case len(opened) > 0:
		c.State, c.Say = fails, "open to people who may not come in: "+strings.Join(opened, ", ")
		if len(changed) > 0 {
			c.Say += "; also changed from the permission table: " + strings.Join(changed, ", ")
		}
		c.Do = "Put them back in the dashboard at once, as the newest files of pb_migrations have them"
	case len(changed) > 0:
		c.State, c.Say = warning, "changed from the permission table: "+strings.Join(changed, ", ")
		c.Do = "If that was not you, put them back in the dashboard as the newest files of pb_migrations have them"
	}
	return c
}

// sameRule compares a rule of the table, in which "" means only the owner, with PocketBase's, in which nil does.
func sameRule(want string, have *string) bool {
	if have == nil {
		return want == ""
	}
	return want != "" && *have == want
}

// meaning describes the two most important rules.
func meaning(rule *string) string {
	switch {
	case rule == nil:
		return " (now the owner alone)"
	case *rule == "":
		return " (now open to everybody)"
	}
	return ""
}
