package cli

import (
	"errors"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"
)

func clientAdd(app core.App) *cobra.Command {
	command := &cobra.Command{Use: "add [EMAIL]", Short: "Add a client; nothing is sent to them", Args: cobra.MaximumNArgs(1),
		Example: "greenroom client add nora@example.com --name \"Nora Quinn\""}
	var email, name, company, stripe string
	command.Flags().StringVar(&email, "email", "", "the client's email, by which they sign in")
	command.Flags().StringVar(&name, "name", "", "the client's name")
	command.Flags().StringVar(&company, "company", "", "the client's company")
	command.Flags().StringVar(&stripe, "stripe", "", "the client's id at Stripe, cus_…, for their invoices")
	command.RunE = func(command *cobra.Command, args []string) error {
		if len(args) == 1 && email != "" {
			return errors.New("the email is given twice: leave out --email")
		}
		if len(args) == 1 {
			email = args[0]
		}
		if email = strings.TrimSpace(email); email == "" {
			return errors.New("the client's email is missing: greenroom client add EMAIL")
		}
		if stripe != "" && !strings.HasPrefix(stripe, "cus_") {
			return errors.New("--stripe takes a customer's id, which begins with cus_")
		}
		studio, err := OpenStudio(app)
		if err != nil {
			return err
		}
		record, err := studio.Create("clients", map[string]any{"email": email, "name": name, "company": company, "stripeCustomerId": stripe})
		if err != nil {
			return err
		}
		c := newClient(record)
		return answer(command, c, "Added "+c.String()+".")
	}
	return command
}
