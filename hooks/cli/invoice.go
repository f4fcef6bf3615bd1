package cli

import (
	"context"
	"net/http"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/billing"
	"greenroom/hooks/config"
)

// billingTimeout is how long a running server may take to make a draft at Stripe line by line.
const billingTimeout = 3 * time.Minute

func invoiceCommand(app core.App, c config.Config) *cobra.Command {
	command := &cobra.Command{Use: "invoice PROJECT", Short: "Make a draft invoice of the sessions that are not billed yet",
		Long: "Make a draft invoice at Stripe, with a line for each session of a project that is not billed yet, and say it in words.\n" +
			"Nothing is sent: read the draft and finalise it at Stripe. Voided or deleted there, its sessions are free again.\n" +
			"PROJECT is an id or a part of a title.",
		Example: "greenroom invoice album --rate 60\ngreenroom invoice album --rate 62.50 --round --since 2026-11-01 --dry-run\n" +
			`greenroom invoice album --fixed "Mixing, first half=640"`,
		Args: one("the project")}
	var o billing.Order
	command.Flags().StringVar(&o.Rate, "rate", "", "what an hour of the sessions costs, such as 62.50")
	command.Flags().StringVar(&o.Currency, "currency", "gbp", "the currency's code of three letters")
	command.Flags().StringVar(&o.Since, "since", "", "leave out sessions before this day, such as 2026-11-01")
	command.Flags().StringArrayVar(&o.Fixed, "fixed", nil, `a fixed amount and what it is for, such as "Mixing, first half=640"; may be given more than once`)
	command.Flags().BoolVar(&o.RoundUp, "round", false, "round each session up to the quarter of an hour")
	command.Flags().BoolVar(&o.DryRun, "dry-run", false, "only say what would be on it")
	jsonFlag(command)
	command.RunE = onProject(app, func(command *cobra.Command, writer *Writer, p project, args []string) error {
		o.Project = p.Id
		d, err := writer.invoice(command.Context(), c, o)
		if err != nil {
			return err
		}
		return answer(command, d, d.Words...)
	})
	return command
}

// invoice makes the draft through the running server, which tells open pages, or directly without one.
func (w *Writer) invoice(ctx context.Context, c config.Config, o billing.Order) (*billing.Draft, error) {
	if w.server == nil {
		d, err := billing.MakeDraft(ctx, w.app, c, o)
		if err != nil {
			return nil, refusal("The draft was not made.", err)
		}
		return d, nil
	}
	ctx, cancel := context.WithTimeout(ctx, billingTimeout)
	defer cancel()
	var d billing.Draft
	if err := w.send(ctx, http.MethodPost, billing.DraftsPath, o, &d); err != nil {
		return nil, err
	}
	return &d, nil
}
