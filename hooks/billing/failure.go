package billing

// failures has a sentence for each reason by which Stripe says that a payment failed. It does not repeat that a card
// was reported lost or stolen: the holder has to hear that from their bank (Stripe's documentation of decline codes).
var failures = map[string]string{
	"insufficient_funds": "There was not enough money in the account.",
	"expired_card":       "The card has expired.",
	"card_declined":      "The bank declined the card. It can say why.",

	"incorrect_number": "A detail of the card was not right.",
	"invalid_number":   "A detail of the card was not right.",
	"incorrect_cvc":    "A detail of the card was not right.",
	"invalid_cvc":      "A detail of the card was not right.",
	"incorrect_zip":    "A detail of the card was not right.",

	"authentication_required":               "The bank wanted the payment to be confirmed, and it was not.",
	"payment_intent_authentication_failure": "The bank wanted the payment to be confirmed, and it was not.",
	"card_velocity_exceeded":                "The payment is beyond the limit of the card.",
	"currency_not_supported":                "The card does not pay in this currency.",
	"processing_error":                      "Something went wrong at the bank. It may work the next time.",
	"try_again_later":                       "Something went wrong at the bank. It may work the next time.",

	"debit_not_authorized":        "The bank did not allow the debit.",
	"debit_authorization_error":   "The bank did not allow the debit.",
	"refer_to_customer":           "The bank did not allow the debit.",
	"charge_exceeds_source_limit": "The payment is beyond the limit of the account.",
	"account_closed":              "The account has been closed.",
	"bank_account_restricted":     "The account does not take debits.",
	"no_account":                  "The bank does not know the account.",
}

// failureInWords returns the sentence for Stripe's failure or decline code, and a general one for any other code.
func failureInWords(code string) string {
	if words := failures[code]; words != "" {
		return words
	}
	return "The bank did not let the payment through."
}
