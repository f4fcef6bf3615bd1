package billing

import (
	"testing"

	"golang.org/x/text/currency"
)

func TestMoney(t *testing.T) {
	for _, c := range []struct {
		amount   int64
		currency string
		want     string
	}{
		{125_000, "gbp", "£1,250.00"}, {5, "gbp", "£0.05"}, {0, "eur", "€0.00"}, {123_456_789_01, "usd", "US$123,456,789.01"},
		{-125_050, "gbp", "-£1,250.50"}, {100, "chf", "1.00 CHF"}, {500, "jpy", "500 JPY"}, {1_000_000, "jpy", "1,000,000 JPY"},
		{5120, "kwd", "5.120 KWD"}, {7, "kwd", "0.007 KWD"}, {50_000, "isk", "500.00 ISK"}, {50_000, "ugx", "500.00 UGX"}, {99_999, "gbp", "£999.99"},
	} {
		if got := money(c.amount, c.currency); got != c.want {
			t.Errorf("%d %s: %s, want %s", c.amount, c.currency, got, c.want)
		}
	}
}

// The Unicode consortium's table (CLDR, in golang.org/x/text) is independent of Stripe's. Both agree on the currencies
// without decimals or with three, except those that Stripe keeps in hundredths.
func TestExponentsAgreeWithAnotherSource(t *testing.T) {
	for code, ours := range exponents {
		unit, err := currency.ParseISO(code)
		if err != nil {
			t.Errorf("%s: %v", code, err)
			continue
		}
		if theirs, _ := currency.Standard.Rounding(unit); theirs != ours {
			t.Errorf("%s: %d decimals here, %d there", code, ours, theirs)
		}
	}
	for code, want := range map[string]int{"gbp": 2, "EUR": 2, "JPY": 0, "KWD": 3, "isk": 2, "ugx": 2, "huf": 2, "twd": 2, "": 2} {
		if got := exponent(code); got != want {
			t.Errorf("%s: %d, want %d", code, got, want)
		}
	}
}
