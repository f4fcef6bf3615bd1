package calendar

import "time"

// Tests wait for nothing: pauses are short, and what hangs is given up soon.
func init() {
	firstPause, answerTimeout, lull = time.Millisecond, 300*time.Millisecond, 20*time.Millisecond
}
