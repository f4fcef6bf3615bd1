package demo

import (
	"fmt"
	"io"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks"
)

// terminal is where the server's output goes. It may be set after the hooks are bound.
type terminal interface{ OutOrStdout() io.Writer }

// guardServing prints how to sign in, prints codes, and refuses addresses other than this machine's, if the directory
// is a demo. That is looked up when the server starts.
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

// printCodes prints each sign-in code once it has been handed to the mailer, because nobody reads the mail of invented
// people. Delivery is left to the mailer, which retries.
func printCodes(app core.App, out terminal) {
	app.OnMailerRecordOTPSend("clients").BindFunc(func(e *core.MailerRecordEvent) error {
		if err := e.Next(); err != nil {
			return err
		}
		fmt.Fprintf(out.OutOrStdout(), "Sign-in code for %s: %v\n", e.Record.Email(), e.Meta["password"])
		return nil
	})
}

// listensOn returns the server's address: that of its listener, if one was opened for it.
func listensOn(e *core.ServeEvent) string {
	if e.Listener != nil {
		return e.Listener.Addr().String()
	}
	return e.Server.Addr
}
