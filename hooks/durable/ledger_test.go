package durable_test

import (
	"fmt"
	"maps"
	"slices"
)

// ledger is what one writer knows of its records: those that the server has acknowledged, and those of the last
// request, which may or may not have been done. A state is any text that distinguishes a record's states; absent is the
// state of a record that does not exist.
type ledger struct {
	sure  map[string]string // by id
	maybe map[string]string // of the request that is under way, which is one transaction
	acks  int
}

const absent = ""

func newLedger() *ledger { return &ledger{sure: map[string]string{}, maybe: map[string]string{}} }

// asked notes the states that one request would lead to. The request is done as a whole or not at all.
func (l *ledger) asked(states map[string]string) { l.maybe = states }

// answered notes how the request ended: without an error it was done; with one it may or may not have been.
func (l *ledger) answered(err error) error {
	if err == nil {
		l.acks++
		maps.Copy(l.sure, l.maybe)
		l.maybe = map[string]string{}
	}
	return err
}

func (l *ledger) known() *ledger { return l }

// there lists the ids of the records that certainly exist, sorted.
func (l *ledger) there() (ids []string) {
	for id, state := range l.sure {
		if state != absent {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// compare reports the differences between what was found after a restart and what is known, and from then on takes what
// was found as certain.
func (l *ledger) compare(found map[string]string) (wrong []string) {
	done, undone := 0, 0
	for id := range union(l.sure, l.maybe, found) {
		maybe, open := l.maybe[id]
		switch {
		case open && found[id] == maybe && maybe != l.sure[id]:
			done++
		case found[id] != l.sure[id]:
			wrong = append(wrong, fmt.Sprintf("%s is %q and should be %q", id, found[id], l.sure[id])+orElse(open, maybe))
		case open && maybe != l.sure[id]:
			undone++
		}
	}
	if done > 0 && undone > 0 {
		wrong = append(wrong, fmt.Sprintf("the last request was done by half: %d records of %d", done, done+undone))
	}
	l.sure, l.maybe = found, map[string]string{}
	slices.Sort(wrong)
	return wrong
}

func orElse(open bool, maybe string) string {
	if !open {
		return ""
	}
	return fmt.Sprintf(" or %q", maybe)
}

func union(parts ...map[string]string) map[string]bool {
	all := map[string]bool{}
	for _, part := range parts {
		for id := range part {
			all[id] = true
		}
	}
	return all
}
