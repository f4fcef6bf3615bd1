package calendar

import "time"

// The tests use short pauses, and give up soon on an answer that does not come.
func init() {
	firstPause, answerTimeout, debounce = time.Millisecond, 300*time.Millisecond, 20*time.Millisecond
}
