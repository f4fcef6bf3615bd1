package demo

// mara is the client to show: she has a record of every kind.
func mara() client {
	return client{
		name: "Mara Lindqvist", email: clientEmail, company: "Polar Hours", stripe: "cus_demoPolarHours", since: ago(410, "11:05"),
		shows:    "everything a project can hold, and “Mix: ‘Slow Thaw’” to listen to in three versions with marks",
		projects: []project{secondAlbum(), autumnTour(), saltRoads(), bandWebsite()},
		bookings: maraBookings(),
		invoices: []invoice{
			{number: "INV-0116", what: "Mixing, second half", amount: 64_000, made: ago(3, "09:00"), due: dueIn(11), state: isOpen},
			{number: "INV-0104", what: "Mixing, first half", amount: 64_000, made: ago(40, "09:00"), due: overdueBy(26), state: isPaid},
			{number: "INV-0088", what: "Piano and Hammond on “Salt Roads”", amount: 32_000, made: ago(172, "09:00"), due: overdueBy(158), state: isPaid},
		},
	}
}

func maraBookings() []booking {
	upcoming := []booking{
		{title: "Mix review: side B", start: within(2), minutes: 45, meet: "polar-hours-mix"},
		{title: "Tour rehearsal, Stockwell, bring the in-ear packs", start: in(4, "18:30"), minutes: 180},
		{title: "Vinyl test pressing, listening together", start: in(11, "16:00"), minutes: 60, meet: "polar-hours-mix"},
		{title: "Radio session planning", start: in(6, "12:00"), minutes: 30, meet: "polar-hours-radio", cancelled: ago(1, "09:12")},
	}
	past := []booking{
		{title: "Mix review: side A", start: ago(9, "14:00"), minutes: 90, meet: "polar-hours-mix", event: sideAReview},
		{title: "Vocal comping with Mara", start: ago(23, "10:30"), minutes: 120, event: vocalComping},
		{title: "Kick-off: the second album", start: ago(61, "15:00"), minutes: 60, meet: "polar-hours-kickoff"},
		{title: "Photographer on site", start: ago(33, "13:00"), minutes: 60, cancelled: ago(34, "18:45")},
	}
	check := weekly(26, 5, "09:30", 30, "polar-hours-weekly",
		"Weekly check-in", "Weekly check-in: arrangements", "Weekly check-in", "Weekly check-in: dates and money")
	return append(append(upcoming, past...), check...)
}

// These are the bookings from which sessions were made.
const (
	sideAReview  = "demo-polar-hours-side-a-review"
	vocalComping = "demo-polar-hours-vocal-comping"
)

func autumnTour() project {
	return project{
		title: "Autumn tour: monitor mixes and the streaming desk", service: "PRODUCTION", status: "IN_REVIEW",
		description: "Eleven dates, one small desk. In-ear mixes that travel from venue to venue, and a stereo feed for the stream.",
		started:     ago(48, "10:00"), due: dueIn(19),
		milestones: []milestone{
			{title: "Input list agreed with every venue", status: "DONE", due: overdueBy(21)},
			{title: "In-ear mixes saved as scenes", status: "DONE", due: overdueBy(6)},
			{title: "Stream check with a real audience", status: "ACTIVE", due: dueIn(5)},
		},
		sessions: []session{
			{
				title: "Desk programming", date: ago(13, "13:00"), minutes: 210,
				notes: `Programmed the desk from the keyboard editor, scene by scene. There is one scene for each venue and a safe one
					that only opens the vocals, so that nobody is ever left with silence.

					Ida's in-ear mix has the click on the left only. Jonas asked for more room: I put one ambience microphone
					into his mix at -12 and he was happy with it.`,
				files: []file{{name: "in-ear-balance-check.wav", by: byJames, at: ago(13, "17:10"), content: wav(chord(196, 246.94, 392))}},
			},
			{title: "Stream feed, first try", date: ago(6, "19:00"), minutes: 75,
				notes: `Forty minutes on a private stream. Sound and picture stayed within 30 ms. The limiter works harder than I like on the loud songs.`},
		},
		deliverables: []deliverable{
			{title: "Scene file for the desk", description: "Copy it to a USB stick, root folder, and load it before sound check.", status: "DELIVERED", delivered: ago(4, "10:20"),
				file: &file{name: "monitor-scenes-read-me.md", by: byJames, at: ago(4, "10:15"), content: document("monitor-scenes-read-me.md")}},
			{title: "Input list and stage plan in words", status: "APPROVED", delivered: ago(30, "09:00"), approved: ago(29, "20:14")},
		},
		actions: []action{
			{title: "Send the final running order", whose: byClient, due: dueThisWeek},
			{title: "Ask the Leeds venue for a wired network socket", whose: byJames, due: overdueBy(1)},
		},
	}
}

func saltRoads() project {
	return project{
		title: "Piano and Hammond on “Salt Roads”", service: "MUSICIAN", status: "COMPLETED",
		description: "Session playing for the single: upright piano in the verses, Hammond in the last chorus.",
		started:     ago(203, "09:30"), due: overdueBy(160),
		milestones: []milestone{
			{title: "Chart and guide track received", status: "DONE", due: overdueBy(196)},
			{title: "Takes delivered", status: "DONE", due: overdueBy(170)},
		},
		sessions: []session{
			{
				title: "Recording at home", date: ago(181, "10:00"), minutes: 240,
				notes: `Three full passes on the upright, then the last chorus on the Hammond with the slow rotor. The second pass is the
					one: it breathes with the drums. All takes are aligned to bar 1 and named by pass, so nothing has to be nudged.`,
				files: []file{{name: "hammond-last-chorus.wav", by: byJames, at: ago(181, "15:00"), content: wav(chord(130.81, 164.81, 196, 233.08))}},
				thread: []comment{
					{by: byClient, at: ago(180, "08:55"), body: "Second pass, yes! The little run before the last chorus made Jonas laugh out loud."},
					{by: byJames, at: ago(180, "09:30"), body: "Then it stays. Invoice follows from Stripe today."},
				},
			},
		},
		goals: []goal{{title: "Single on the radio before the tour", target: overdueBy(120), done: ago(131, "21:40")}},
		deliverables: []deliverable{
			{title: "Piano and Hammond takes, 24 bit", status: "APPROVED", delivered: ago(175, "18:00"), approved: ago(173, "12:31")},
		},
		actions: []action{
			{title: "Register the performers for the single", whose: byClient, due: overdueBy(150), done: ago(149, "10:00")},
		},
	}
}

func bandWebsite() project {
	return project{
		title: "A website people can read in the back of a van", service: "SOFTWARE", status: "ON_HOLD",
		description: "Dates, songs, a mailing list. Waiting until the album has artwork.",
		started:     ago(95, "16:00"),
		milestones: []milestone{
			{title: "One page of dates that loads on one bar of signal", status: "TODO"},
			{title: "Mailing list moved over", status: "TODO"},
		},
		goals: []goal{{title: "Sell half of the tickets from our own page"}},
		actions: []action{
			{title: "Choose a typeface that is legible at arm's length", whose: byClient},
		},
	}
}
