package demo

// layla's charity helps people to find a home, and its site keeps some of them out.
func layla() client {
	return client{
		name: "ليلى حداد", email: "layla@open-door.example", company: "Open Door Housing", stripe: "cus_demoOpenDoor", since: ago(77, "10:30"),
		projects: []project{{
			title: "Accessibility audit of the housing application form", service: "ACCESSIBILITY", status: "ACTIVE",
			description: "WCAG 2.2, level AA, tested by somebody who depends on it. Then one repair sprint together.",
			started:     ago(44, "09:00"), due: dueIn(13),
			milestones: []milestone{
				{title: "Audit", description: "Nine pages, three screen readers, a keyboard and a phone.", status: "DONE", due: overdueBy(16)},
				{title: "Repair sprint", status: "ACTIVE", due: dueThisWeek,
					thread: []comment{
						{by: byClient, at: ago(6, "11:00"), body: "شكراً جزيلاً. The developers fixed findings 1 to 4 on Friday. Could you check number 3 again? They were not sure about the error text."},
						{by: byJames, at: ago(5, "16:10"), body: "Number 3 is right: the error names the field and says what to do. 1, 2 and 4 pass as well."},
					}},
				{title: "Second test and a statement to publish", status: "TODO", due: dueIn(13)},
			},
			sessions: []session{
				{title: "Audit, day 2: the form from start to end", date: ago(19, "09:30"), minutes: 330,
					notes: `I filled in the whole form as an applicant would, with NVDA and Firefox, then with VoiceOver on a phone, then with the keyboard
						alone. It took 52 minutes with the screen reader; your statistics say that other people need 14.

						Where the time goes:
						- Step 2 asks for a date in three unlabelled boxes. I hear “edit, blank” three times. I guessed, wrongly.
						- Step 4 puts the focus back to the top of the page after each upload. Eleven documents, eleven walks down.
						- Step 6 tells me “There are errors” and nothing else. I found the field on the third search.
						- The session ends after 20 minutes without a warning. I lost step 5 once. An applicant who loses it twice gives up.

						I repeated the whole form with the keyboard alone, at 400 percent zoom. Nothing is lost, but the help texts only
						appear when a mouse rests on a question mark. Whoever needs the help most is the one who does not get it.

						What is good, and should stay: headings in order, plain language, a phone number on every page, and a person who
						answers it. I called it.

						The report with every finding, its severity and how to repair it is in the files. The first four are worth
						more than the other six together.`,
					files: []file{
						{name: "accessibility-audit.md", by: byJames, at: ago(16, "17:00"), content: document("accessibility-audit.md")},
						{name: "findings.csv", by: byJames, at: ago(16, "17:01"), content: document("findings.csv")},
						{name: "what-step-2-sounds-like.wav", by: byJames, at: ago(19, "16:00"), content: wav(drums(240))},
					},
					thread: []comment{
						{by: byClient, at: ago(15, "09:05"), body: "I played “what step 2 sounds like” to the board. Nobody said a word for a minute. We have the budget."},
						{by: byJames, at: ago(15, "09:30"), body: "Good. Start with the first four, please, and call me before anybody buys an overlay."},
						{by: byClient, at: ago(1, "16:50"), body: "A salesman did call about an overlay. We said no. May we quote your report in our answer to the funders?"},
					}},
				{title: "Audit, day 1: pages around the form", date: ago(20, "09:30"), minutes: 240, notes: "Eight pages, six findings so far, none of them hard. The contrast of the orange buttons is 2.9 to 1."},
			},
			goals: []goal{
				{title: "An application in under 20 minutes, with any aid", target: dueIn(13)},
				{title: "Everybody in the team has listened to a screen reader once", target: overdueBy(3), done: ago(4, "15:00")},
			},
			deliverables: []deliverable{
				{title: "Audit report", status: "APPROVED", delivered: ago(16, "17:05"), approved: ago(15, "09:10"),
					file: &file{name: "accessibility-audit-final.md", by: byJames, at: ago(16, "17:04"), content: document("accessibility-audit.md")}},
				{title: "Accessibility statement", status: "IN_PROGRESS"},
			},
			actions: []action{
				{title: "Extend the session to two hours, with a warning", whose: byClient, due: overdueBy(1)},
				{title: "Name one person who owns accessibility", whose: byClient, due: dueIn(9)},
				{title: "Write the statement in plain English", whose: byJames, due: dueThisWeek},
			},
		}},
		bookings: []booking{
			{title: "Repair sprint, open questions", start: in(1, "15:00"), minutes: 30, meet: "open-door"},
			{title: "What the audit found", start: ago(15, "11:00"), minutes: 60, meet: "open-door"},
		},
	}
}

// sian's canal trust has had its audit, and will come back when there is money.
func sian() client {
	return client{
		name: "Siân Llywelyn", email: "sian@canal-trust.example", company: "Ymddiriedolaeth y Gamlas", stripe: "cus_demoCanal", notices: "daily", since: ago(290, "09:10"),
		projects: []project{
			{
				title: "Audit of the towpath map, Cymraeg and English", service: "ACCESSIBILITY", status: "COMPLETED", started: ago(280, "09:00"), due: overdueBy(230),
				milestones: []milestone{{title: "Audit", status: "DONE", due: overdueBy(250)}, {title: "Second test", status: "DONE", due: overdueBy(232)}},
				sessions: []session{{title: "The map in words", date: ago(255, "10:00"), minutes: 200,
					notes: `A map cannot be read aloud, so every stretch of towpath now has a sentence: surface, width, gates, the nearest bench.
						Volunteers wrote 140 of them. They are better than the map.`}},
				deliverables: []deliverable{{title: "Report in two languages", status: "APPROVED", delivered: ago(236, "12:00"), approved: ago(233, "09:00")}},
			},
			{
				title: "Lock opening times by text message", service: "SOFTWARE", status: "ON_HOLD", started: ago(84, "11:00"),
				description: "Waiting for the grant. The prototype answers in Welsh to Welsh and in English to English.",
				milestones:  []milestone{{title: "Prototype", status: "DONE", due: overdueBy(60)}, {title: "Trial with one lock", status: "TODO"}},
				actions:     []action{{title: "Tell James when the grant is decided", whose: byClient}},
			},
		},
		bookings: []booking{{title: "Grant news", start: in(26, "10:00"), minutes: 20}},
	}
}
