package demo

// ananya leads a start-up that wants to be usable by everybody from the first day.
func ananya() client {
	return client{
		name: "अनन्या शर्मा", email: "ananya@nivaas.example", company: "Nivaas", stripe: "cus_demoNivaas", since: ago(98, "07:30"),
		projects: []project{
			{
				title: "Booking service for home repairs: first version", service: "SOFTWARE", status: "ACTIVE",
				description: "One small server, one database file, one page. A repair is asked for in three fields and confirmed by text message.",
				started:     ago(90, "08:00"), due: dueIn(21),
				milestones: []milestone{
					{title: "Data model on one page", status: "DONE", due: overdueBy(80)},
					{title: "Asking for a repair", status: "DONE", due: overdueBy(41)},
					{title: "Text messages, with retries", status: "ACTIVE", due: overdueBy(1),
						thread: []comment{
							{by: byJames, at: ago(3, "10:00"), body: "The provider answers 200 and then sends nothing when a number has a space in it. I clean the numbers now, on the way in."},
							{by: byClient, at: ago(3, "10:25"), body: "That explains the whole of last month. Thank you!"},
						}},
					{title: "Payments", status: "TODO", due: dueIn(14)},
				},
				sessions: []session{
					{title: "Pairing on the queue", date: ago(3, "08:30"), minutes: 115,
						notes: `We replaced the three background jobs by one table and one loop. A message is a row; a row is either due, or sent, or
							has failed with a reason that a person can read. It survives a restart because there is nothing in memory.

							How to look at it: select what is due and not sent. If that list is empty, all is well. If it is not, the
							reason stands beside it.

							Left for you: decide after how many hours a confirmation is pointless. I put 12.`,
						thread: []comment{
							{by: byClient, at: ago(2, "07:45"), body: "12 hours is right for confirmations. For reminders it should be 1. Can both live in the same table?"},
						}},
					{title: "Load test", date: ago(17, "09:00"), minutes: 60, notes: "400 requests a second on the small machine, and the disk was bored. No cache needed."},
				},
				goals: []goal{
					{title: "A repair asked for in under a minute, by voice", target: dueIn(21)},
					{title: "Costs below ten pounds a month", target: overdueBy(15), done: ago(17, "11:00")},
				},
				deliverables: []deliverable{
					{title: "Source code and a page on how to run it", status: "DELIVERED", delivered: ago(2, "17:30")},
					{title: "Load test results", status: "APPROVED", delivered: ago(16, "10:00"), approved: ago(16, "12:40")},
					{title: "Payments", status: "PENDING"},
				},
				actions: []action{
					{title: "Give James access to the text message account", whose: byClient, due: overdueBy(4)},
					{title: "Choose the wording of the confirmation", whose: byClient, due: dueThisWeek},
					{title: "Rotate the test keys", whose: byJames, due: dueThisWeek},
				},
			},
			{
				title: "Accessibility review before the launch", service: "ACCESSIBILITY", status: "IN_REVIEW", started: ago(20, "09:00"), due: dueIn(7),
				milestones: []milestone{{title: "Keyboard and screen reader walk-through", status: "DONE", due: overdueBy(4)}},
				sessions: []session{{title: "Walk-through with NVDA and VoiceOver", date: ago(6, "10:00"), minutes: 140,
					notes: `Asked for a repair eleven times in three browsers. It works without a mouse from the first field to the last word, and
						the errors are read out where they happen. That is rare, and your team should hear it.

						Two things block people: the date picker cannot be opened from the keyboard, and the confirmation appears without
						being announced. Both are an afternoon's work.`}},
				deliverables: []deliverable{{title: "Short report", description: "Two blockers, five remarks.", status: "DELIVERED", delivered: ago(5, "09:00")}},
				actions:      []action{{title: "Test again once the date picker is replaced", whose: byJames, due: dueIn(7)}},
			},
		},
		bookings: []booking{
			{title: "Launch rehearsal", start: in(5, "08:00"), minutes: 60, meet: "nivaas"},
			{title: "Pairing on the queue", start: ago(3, "08:30"), minutes: 115, meet: "nivaas"},
		},
	}
}

// hong sells cooking lessons and waits for one approval.
func hong() client {
	return client{
		name: "Nguyễn Thị Hồng", email: "hong@bepnha.example", company: "Bếp Nhà", stripe: "cus_demoBepNha", since: ago(64, "15:00"),
		projects: []project{{
			title: "Calendar and vouchers for the cooking school", service: "SOFTWARE", status: "IN_REVIEW",
			description: "Lessons from the calendar, vouchers that are a number and not an image, one page to print.",
			started:     ago(60, "09:00"), due: dueIn(4),
			milestones: []milestone{
				{title: "Lessons show up by themselves", status: "DONE", due: overdueBy(30)},
				{title: "Vouchers", status: "DONE", due: overdueBy(7)},
			},
			sessions: []session{
				{title: "Vouchers", date: ago(8, "14:00"), minutes: 150,
					notes: "A voucher has twelve digits in groups of four, and a check digit: whoever reads it out over the phone is told at once if one is wrong.",
					thread: []comment{
						{by: byClient, at: ago(7, "21:00"), body: "My mother bought one by phone today. She read it back twice, and it was right. Cảm ơn James!"},
						{by: byJames, at: ago(7, "21:20"), body: "Say hello to your mother. Is there anything on the printed page that she would want larger?"},
					}},
			},
			goals:        []goal{{title: "Every lesson of the new term sold out", target: dueIn(60)}},
			deliverables: []deliverable{{title: "The finished site", status: "DELIVERED", delivered: ago(6, "16:00")}},
			actions:      []action{{title: "Print ten vouchers and scan one", whose: byClient, due: dueIn(3)}},
		}},
		bookings: []booking{{title: "Handing over", start: in(4, "14:00"), minutes: 45, meet: "bepnha"}},
	}
}
