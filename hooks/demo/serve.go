package demo

import (
	"fmt"
	"io"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks"
)

// terminal is where the person who started the server reads. It may be set after the hooks are bound.
type terminal interface{ OutOrStdout() io.Writer }

// guardServing makes a demo directory tell how to sign in and print its codes, and keeps it on this machine. Whether it
// is one is looked up when the server starts; any other is left alone from then on.
func guardServing(app core.App, out terminal) {
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		demo, err := isDemo(e.App)
		if err != nil {
			return fmt.Errorf("demo: look whether this is one: %w", err)
		}
		if !demo {
			return e.Next()
		}
		if address := listensOn(e); !hooks.IsLoopback(address) {
			return fmt.Errorf("this is a demo studio and its password is known to everybody, so it is not served on %s: "+
				"serve it on 127.0.0.1, which only this machine can reach", address)
		}
		printCodes(e.App, out)
		if err := e.Next(); err != nil {
			return err
		}
		welcome(e.App, out, listensOn(e))
		return nil
	})
}

func welcome(app core.App, out terminal, address string) {
	first := "This is the demo studio. Everything in it is made up."
	if services, _ := app.Store().Get(madeUpKey).(string); services != "" {
		first = "This is the demo studio. Everything in it is made up, " + services + " too."
	}
	lines := append([]string{
		first,
		"Portal: http://" + address + "/",
		"Dashboard: http://" + address + "/_/",
	}, howToSignIn()...)
	for _, line := range lines {
		fmt.Fprintln(out.OutOrStdout(), line)
	}
}

// printCodes says each sign-in code once it has been handed to the mailer, as nobody reads the mail of made-up people.
// Whether it arrives is the mailer's own business, which tries again.
func printCodes(app core.App, out terminal) {
	app.OnMailerRecordOTPSend("clients").BindFunc(func(e *core.MailerRecordEvent) error {
		if err := e.Next(); err != nil {
			return err
		}
		fmt.Fprintf(out.OutOrStdout(), "Sign-in code for %s: %v\n", e.Record.Email(), e.Meta["password"])
		return nil
	})
}

// listensOn is the address of the server: of its listener, where somebody else opened it.
func listensOn(e *core.ServeEvent) string {
	if e.Listener != nil {
		return e.Listener.Addr().String()
	}
	return e.Server.Addr
}
