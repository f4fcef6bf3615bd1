package notify_test

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"greenroom/hooks/live"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares a mail as its reader sees it with testdata/<name>.txt.
func golden(t *testing.T, name string, l letter) {
	t.Helper()
	got := "To: " + l.Get("To") + "\nReply-To: " + l.Get("Reply-To") + "\nSubject: " + l.Subject + "\n\n" + l.Text
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s is\n%s\nnot\n%s", name, got, want)
	}
}

// notices causes each notice over HTTP, as the owner or a client would. The notice about opened files is in other
// tests.
var notices = map[string]func(r *room){
	"sessionNotes": func(r *room) {
		session := r.in("sessions", fields{"id": "session00000001", "title": "Tracking, day 2"})
		r.change(session, r.Owner, fields{"notes": "Drums are done."})
	},
	"milestoneStatus": func(r *room) {
		milestone := r.in("milestones", fields{"id": "milestone000001", "title": "Mixes"})
		r.change(milestone, r.Owner, fields{"status": "DONE"})
	},
	"ownerComment": func(r *room) {
		milestone := r.in("milestones", fields{"id": "milestone000001", "title": "Mixes"})
		r.make("comments", fields{"milestone": milestone.Id, "body": "The bass is\nlouder now.\r\n\r\n.\r\nBcc: everybody@example.com"})
	},
	"deliverableReady": func(r *room) {
		deliverable := r.in("deliverables", fields{"id": "deliverable0001", "title": "Mix 3"})
		r.change(deliverable, r.Owner, fields{"status": "DELIVERED"})
	},
	"actionItem": func(r *room) {
		r.in("action_items", fields{"title": "Send stems", "assignedTo": "client", "dueDate": "2026-11-27 00:00:00Z"})
	},
	"clientComment": func(r *room) {
		goal := r.in("goals", fields{"id": "goal00000000001", "title": "Release in spring"})
		r.must("POST", "comments", "", r.anaToken, fields{"id": "comment00000001", "goal": goal.Id, "body": strings.Repeat("That is März. ", 30)})
	},
	"clientVerdict": func(r *room) {
		deliverable := r.in("deliverables", fields{"id": "deliverable0001", "title": "Mix 3", "status": "DELIVERED"})
		r.outbox.Prune()
		r.change(deliverable, r.anaToken, fields{"status": "APPROVED"})
	},
}

func TestEachNotice(t *testing.T) {
	for name, comesAbout := range notices {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			comesAbout(r)
			if early := r.later(gathered - time.Second); len(early) > 0 {
				t.Errorf("a mail left early: %v", early)
			}
			l := r.one(r.later(time.Second))
			golden(t, name, l)
			if got := r.one(r.later(48 * time.Hour)); got.Text != l.Text {
				t.Errorf("another mail: %v", got)
			}
		})
	}
}

func TestChangesAskedFor(t *testing.T) {
	r := newRoom(t)
	deliverable := r.in("deliverables", fields{"id": "deliverable0001", "title": "Mix 3", "status": "DELIVERED"})
	r.change(deliverable, r.anaToken, fields{"status": "IN_PROGRESS", "feedback": "Less reverb on the voice."})
	golden(t, "clientVerdict changes", r.one(r.later(gathered)))
}

func TestHeaders(t *testing.T) {
	r := newRoom(t)
	notices["ownerComment"](r)
	_, rows := r.states()
	l := r.one(r.later(gathered))
	for name, want := range map[string]string{
		"Message-Id": "<" + rows[0].Id + "@portal.example.com>", "In-Reply-To": "<milestones-milestone000001@portal.example.com>",
		"References":            "<milestones-milestone000001@portal.example.com>",
		"From":                  "=?utf-8?q?James_=C3=93_Dubhthaigh?= <studio@example.com>",
		"List-Unsubscribe":      "<https://portal.example.com/api/portal/unsubscribe?key=" + r.Reload(r.ana).GetString("unsubscribeKey") + ">",
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Auto-Submitted": "auto-generated", "Content-Type": "text/plain; charset=utf-8",
	} {
		if got := l.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if to, err := l.AddressList("To"); err != nil || to[0].Name != "Ana Söder" || l.rcpt != "TO:<ana@example.com>" {
		t.Errorf("to %v, %v, %s", to, err, l.rcpt)
	}
	if _, err := l.Date(); err != nil {
		t.Error(err)
	}
	if l.Get("Bcc") != "" {
		t.Error("a comment made a header")
	}
}

func TestATitleMakesNoHeader(t *testing.T) {
	r := newRoom(t)
	for _, title := range []string{"x\r\nBcc: everybody@example.com", "x\u2028y", strings.Repeat("ü", 500)} {
		_, err := r.App.DB().Update("projects", map[string]any{"title": title}, nil).Execute() // without validation
		if err != nil {
			t.Fatal(err)
		}
		r.in("action_items", fields{"title": "Send stems", "assignedTo": "client"})
		before := len(r.server.letters())
		letters := r.later(gathered)
		if len(letters) != before+1 || letters[before].Get("Bcc") != "" || strings.ContainsAny(letters[before].Subject, "\r\n\u2028") {
			t.Errorf("%q: %v", title, letters[before:])
		}
	}
}

// silence holds changes that cause no notice.
var silence = map[string]func(r *room){
	"a session without notes": func(r *room) { r.in("sessions", fields{"title": "Talk"}) },
	"notes edited after their mail": func(r *room) {
		session := r.in("sessions", fields{"title": "Talk", "notes": "First."})
		r.later(gathered)
		r.change(session, r.Owner, fields{"notes": "First. Second."})
	},
	"a new milestone":             func(r *room) { r.in("milestones", fields{"title": "Mixes", "status": "ACTIVE"}) },
	"a milestone renamed":         func(r *room) { r.change(r.in("milestones", fields{"title": "Mixes"}), r.Owner, fields{"title": "Mix"}) },
	"a deliverable not delivered": func(r *room) { r.in("deliverables", fields{"title": "Mix", "status": "IN_PROGRESS"}) },
	"an item of James's":          func(r *room) { r.in("action_items", fields{"title": "Mix", "assignedTo": "james"}) },
	"an item that is done": func(r *room) {
		r.in("action_items", fields{"title": "x", "assignedTo": "client", "completedAt": "2026-01-01 00:00:00Z"})
	},
	"the client's tick": func(r *room) {
		r.change(r.in("goals", fields{"title": "Release"}), r.anaToken, fields{"completedAt": "2026-01-01 00:00:00Z"})
	},
	"James's own approval": func(r *room) {
		r.change(r.in("deliverables", fields{"title": "Mix"}), r.Owner, fields{"status": "APPROVED"})
	},
	"a comment deleted before its mail": func(r *room) {
		comment := r.make("comments", fields{"goal": r.in("goals", fields{"title": "Release"}).Id, "body": "Wrong window."})
		r.must("DELETE", "comments", "/"+comment.Id, r.Owner, nil)
	},
	"a client's comment taken back": func(r *room) {
		goal := r.in("goals", fields{"title": "Release"})
		id := r.must("POST", "comments", "", r.anaToken, fields{"goal": goal.Id, "body": "Wrong window."})
		r.must("DELETE", "comments", "/"+id, r.anaToken, nil)
	},
	"a delivery taken back": func(r *room) {
		deliverable := r.in("deliverables", fields{"title": "Mix", "status": "DELIVERED"})
		r.change(deliverable, r.Owner, fields{"status": "IN_PROGRESS"})
	},
	"notes emptied again": func(r *room) {
		r.change(r.in("sessions", fields{"title": "Talk", "notes": "Wrong."}), r.Owner, fields{"notes": ""})
	},
	"an item reassigned again": func(r *room) {
		r.change(r.in("action_items", fields{"title": "x", "assignedTo": "client"}), r.Owner, fields{"assignedTo": "james"})
	},
	"a project deleted before its mail": func(r *room) {
		notices["sessionNotes"](r)
		r.must("DELETE", "projects", "/"+r.project.Id, r.Owner, nil)
	},
	"a project that went to another client": func(r *room) {
		notices["sessionNotes"](r)
		r.change(r.project, r.Owner, fields{"client": r.make("clients", fields{"email": "ben@example.com", "verified": true}).Id})
	},
	"a client who is archived before their mail": func(r *room) {
		notices["sessionNotes"](r)
		r.change(r.ana, r.Owner, fields{"archivedAt": "2026-01-01 00:00:00Z"})
	},
	"a client who wants no mail any more": func(r *room) {
		notices["sessionNotes"](r)
		r.change(r.ana, r.anaToken, fields{"notices": "none"})
	},
	"a client who never wanted mail": func(r *room) {
		r.change(r.ana, r.anaToken, fields{"notices": "none"})
		notices["sessionNotes"](r)
	},
	"a client who has not joined": func(r *room) {
		r.set(r.ana, fields{"verified": false})
		notices["sessionNotes"](r)
	},
	"a client who is looking": func(r *room) {
		line := r.Live(r.anaToken, topicOf(r.project))
		notices["sessionNotes"](r)
		line.Close()
		poll(r.t, "the page to be closed", func() bool { return !live.Looking(r.App, r.ana.Id, r.ana.Id, r.project.Id) })
	},
	"a client who looks before the mail leaves": func(r *room) {
		notices["sessionNotes"](r)
		r.Live(r.anaToken, topicOf(r.project))
	},
	"a refused change": func(r *room) {
		inTransaction := &hook.Handler[*core.RecordEvent]{Priority: 150, Func: func(e *core.RecordEvent) error {
			return errors.Join(e.Next(), errors.New("the disk is full"))
		}}
		r.App.OnRecordCreateExecute("comments").Bind(inTransaction)
		goal := r.in("goals", fields{"title": "Release"})
		if answer := r.Do("POST", "/api/collections/comments/records", r.Owner, fields{"goal": goal.Id, "body": "x"}); answer.Status < 400 {
			r.t.Errorf("%d %s", answer.Status, answer.Raw)
		}
	},
}

func TestSilence(t *testing.T) {
	for name, change := range silence {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			change(r)
			before := len(r.server.letters())
			if letters := r.later(gathered); len(letters) > before {
				t.Errorf("a mail left: %v", letters[before:])
			}
			if counts, _ := r.states(); counts["waiting"]+counts["failed"] > 0 {
				t.Errorf("the outbox has %v", counts)
			}
		})
	}
}

func TestVisitorOfAnotherPageGetsMail(t *testing.T) {
	r := newRoom(t)
	other := r.make("projects", fields{"client": r.ana.Id, "title": "Live set", "serviceType": "AUDIO"})
	r.Live(r.anaToken, "portal", topicOf(other))
	notices["sessionNotes"](r)
	r.one(r.later(gathered))
}

func TestTheMailSaysWhatIsTrueWhenItLeaves(t *testing.T) {
	r := newRoom(t)
	comment := r.make("comments", fields{"goal": r.in("goals", fields{"title": "Release"}).Id, "body": "In Mai."})
	r.change(comment, r.Owner, fields{"body": "In May."})
	if l := r.one(r.later(gathered)); !strings.Contains(l.Text, "“In May.”") {
		t.Error(l.Text)
	}
}

func TestANewFileOfWhatIsDelivered(t *testing.T) {
	r := newRoom(t)
	deliverable := r.in("deliverables", fields{"title": "Mix 3", "status": "DELIVERED"})
	r.later(gathered)
	file := r.attach()
	r.change(deliverable, r.Owner, fields{"attachment": file})
	if letters := r.later(gathered); len(letters) != 2 {
		t.Errorf("%d mails, want one for each file", len(letters))
	}
}

func TestABatchOfTheOwners(t *testing.T) {
	r := newRoom(t)
	r.App.Settings().Batch.Enabled, r.App.Settings().Batch.MaxRequests, r.App.Settings().Batch.Timeout = true, 10, 10
	request := func(title string) fields {
		return fields{"method": "POST", "url": "/api/collections/action_items/records", "body": fields{"project": r.project.Id, "title": title, "assignedTo": "client"}}
	}
	if answer := r.Do("POST", "/api/batch", r.Owner, fields{"requests": []fields{request("One"), request("")}}); answer.Status == 200 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	r.wantStates(map[string]int{}) // a batch that failed causes no notice
	if answer := r.Do("POST", "/api/batch", r.Owner, fields{"requests": []fields{request("One"), request("Two")}}); answer.Status != 200 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	golden(t, "several", r.one(r.later(gathered)))
}

// A whole day is stored as its midnight in UTC, at which it is still the day before in New York.
func TestADueDayIsTheSameInEveryZone(t *testing.T) {
	r := newRoomAt(t, newMailServer(t), map[string]string{"GREENROOM_TIMEZONE": "America/New_York"})
	r.setClock("2026-11-24 16:00")
	r.in("action_items", fields{"title": "Send stems", "assignedTo": "client", "dueDate": "2026-12-24"})
	if l := r.one(r.later(gathered)); !strings.Contains(l.Text, ", by Thursday 24 December") {
		t.Errorf("the mail says\n%s", l.Text)
	}
}
