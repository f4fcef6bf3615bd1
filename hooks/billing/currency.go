package billing

import (
	"strconv"
	"strings"
)

// exponents holds the number of decimals of amounts in Stripe's API, for currencies that do not have two. The source is
// Stripe's documentation of supported currencies (docs.stripe.com/currencies: zero-decimal, three-decimal, special
// cases), not ISO 4217: amounts of ISK and UGX have no fractions any more, yet stay in hundredths in the API; HUF and
// TWD have no decimals in payouts only.
var exponents = func() map[string]int {
	out := map[string]int{}
	for exponent, codes := range map[int]string{
		0: "bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf",
		3: "bhd jod kwd omr tnd",
	} {
		for _, code := range strings.Fields(codes) {
			out[code] = exponent
		}
	}
	return out
}()

// exponent returns how many of the digits of an amount at Stripe are decimals. The currency is an ISO 4217 code.
func exponent(currency string) int {
	if n, special := exponents[strings.ToLower(currency)]; special {
		return n
	}
	return 2
}

// symbols has the currency signs that are not ambiguous; other currencies are written with their code.
var symbols = map[string]string{"GBP": "£", "EUR": "€", "USD": "US$"}

// money formats an amount in minor units for people: £1,250.00 or 1,250.00 CHF.
func money(amount int64, currency string) string {
	digits := strconv.FormatInt(max(amount, -amount), 10)
	n := exponent(currency)
	if missing := n + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	whole, decimals := digits[:len(digits)-n], digits[len(digits)-n:]
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	out := whole
	if n > 0 {
		out += "." + decimals
	}
	code := strings.ToUpper(currency)
	if symbol := symbols[code]; symbol != "" {
		out = symbol + out
	} else {
		out += " " + code
	}
	if amount < 0 {
		out = "-" + out
	}
	return out
}
