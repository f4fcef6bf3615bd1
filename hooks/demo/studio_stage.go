package demo

// eleni runs a theatre whose titles are as long as its plays.
func eleni() client {
	return client{
		name: "Ελένη Παπαδοπούλου", email: "eleni@theatro-anemi.example", company: "Θέατρο Ανέμη", stripe: "cus_demoAnemi", since: ago(260, "13:15"),
		projects: []project{
			{
				title: "Sound design, live foley and surround playback for “The Wanderings of the Weaver's Seven Daughters across the " +
					"Islands, the Mountains and the Market of Voices, as Told by the Youngest, Who Was Not Believed”, a play in nine " +
					"scenes with one interval, for a small house, a touring rig and an audience that listens in the dark",
				service: "PRODUCTION", status: "ACTIVE",
				description: "Half of the play happens in darkness, so the sound has to say where everybody is.",
				started:     ago(55, "11:00"), due: dueIn(24),
				milestones: []milestone{
					{title: "Sound script of all nine scenes", status: "DONE", due: overdueBy(30)},
					{title: "Cues programmed", status: "ACTIVE", due: dueIn(6),
						thread: []comment{
							{by: byJames, at: ago(4, "12:00"), body: "Cues 1 to 41 are in. Who will press the button, and will that person hear the stage or only the monitor?"},
						}},
					{title: "Technical rehearsal", status: "TODO", due: dueIn(17)},
				},
				sessions: []session{
					{title: "First reading", date: ago(44, "18:00"), minutes: 150,
						notes: `Sat in the last row and listened to the reading without music. The daughters are easy to tell apart by their shoes,
							so I asked wardrobe to keep the wooden soles for the youngest.

							Positions: the sea is always behind the audience, the market always left. If we never break that rule, nobody
							needs to see the set change.`},
					{title: "The market of voices", date: ago(15, "10:00"), minutes: 190,
						notes: "Recorded sixteen voices in the foyer, in five languages, walking. It moves through the room now, and it is not loud at all.",
						files: []file{{name: "market-of-voices-left-to-right.wav", by: byJames, at: ago(15, "14:00"), content: wav(sweep(220, 880))}},
						thread: []comment{
							{by: byClient, at: ago(14, "09:50"), body: "Υπέροχο! The stage manager closed her eyes and walked straight to the oranges."},
							{by: byJames, at: ago(14, "10:30"), body: "That is the best review I have ever had."},
						}},
				},
				goals: []goal{{title: "A first night that can be followed with eyes closed", target: dueIn(24)}},
				deliverables: []deliverable{
					{title: "Sound script", status: "APPROVED", delivered: ago(31, "10:00"), approved: ago(28, "18:00")},
					{title: "Show file for the playback computer", status: "IN_PROGRESS", delivered: ago(9, "17:00"),
						feedback: "Cue 23 comes before the door closes, every time. Could it wait for the stage manager instead of the clock?"},
				},
				actions: []action{
					{title: "Send the final cut of scene 7", whose: byClient, due: overdueBy(6)},
					{title: "Lend the rehearsal room a pair of speakers", whose: byJames, due: overdueBy(2)},
					{title: "Reserve row F for the audio description test", whose: byClient, due: dueIn(10)},
				},
			},
			{
				title: "Restoring the tapes of 1978", service: "AUDIO", status: "COMPLETED", started: ago(240, "10:00"), due: overdueBy(150),
				milestones:   []milestone{{title: "Twelve reels transferred", status: "DONE", due: overdueBy(180)}, {title: "Noise taken down", status: "DONE", due: overdueBy(155)}},
				sessions:     []session{{title: "Transfer of reels 1 to 12", date: ago(190, "09:30"), minutes: 480, notes: "Baked two reels, played each only once. Everything is there, even the applause."}},
				deliverables: []deliverable{{title: "Twelve restored reels", status: "APPROVED", delivered: ago(154, "12:00"), approved: ago(151, "12:00")}},
			},
		},
		bookings: []booking{
			{title: "Τεχνική πρόβα", start: in(17, "15:00"), minutes: 300},
			{title: "Cue by cue", start: in(1, "11:00"), minutes: 60, meet: "theatro-anemi"},
			{title: "First reading", start: ago(44, "18:00"), minutes: 150},
			{title: "Budget", start: ago(51, "10:00"), minutes: 30, meet: "theatro-anemi", cancelled: ago(52, "08:00")},
		},
	}
}

// cohost is the second voice of the podcast, and one of its people.
const cohost = "Данило Коваль"

// oleksandra makes a podcast, a new episode every week.
func oleksandra() client {
	return client{
		name: "Олександра Шевченко", email: "oleksandra@tykhi-holosy.example", company: "Подкаст «Тихі голоси»", stripe: "cus_demoHolosy", since: ago(120, "10:10"),
		shows: "the people of a client: one who sees the work and no money, and one who has not answered the invitation",
		people: []person{
			{name: cohost, email: "danylo@tykhi-holosy.example", access: "work", invited: ago(66, "11:20"), joined: true},
			{name: "Ірина Бондар", email: "iryna@tykhi-holosy.example", access: "all", invited: ago(2, "09:45")},
		},
		projects: []project{{
			title: "«Тихі голоси»: editing and mastering, season three", service: "AUDIO", status: "ACTIVE",
			description: "An episode a week, up on Thursday. Two languages, one loudness.",
			started:     ago(70, "09:00"), due: dueIn(70),
			milestones: []milestone{
				{title: "Episodes 1 to 4", status: "DONE", due: overdueBy(35)},
				{title: "Episodes 5 to 8", status: "ACTIVE", due: dueIn(2)},
				{title: "Episodes 9 to 12", status: "TODO", due: dueIn(44)},
			},
			sessions: []session{
				{title: "Episode 7", date: ago(5, "13:00"), minutes: 130,
					notes: "Two microphones, one tram. I took the tram out and left the kettle in. 34:10, -16 LUFS. The chapters are in the file.",
					files: []file{{name: "episode-7-opening.wav", by: byJames, at: ago(5, "16:00"), content: wav(chord(98, 146.83))}},
					thread: []comment{
						{by: byClient, at: ago(4, "08:40"), body: "Чайник залишаємо! The kettle stays, my grandmother would be proud."},
						{by: cohost, at: ago(3, "19:15"), body: "At 21:40 I say the wrong year, 1986 instead of 1968. Can the sentence go, or do I record it again?"},
					}},
				{title: "Episode 6", date: ago(12, "13:00"), minutes: 120, notes: "Clean recording, almost nothing to do. 29:55."},
				{title: "Episode 5", date: ago(19, "13:00"), minutes: 170, notes: "The guest sat in a stairwell. It took a while, and you can still tell if you listen for it; I like it."},
			},
			goals: []goal{
				{title: "Transcripts within a day of each episode", target: dueIn(30)},
				{title: "One loudness for the whole season", target: overdueBy(35), done: ago(36, "12:00")},
			},
			deliverables: []deliverable{
				{title: "Episode 7", status: "DELIVERED", delivered: ago(4, "18:00")},
				{title: "Episode 8", status: "PENDING"},
			},
			actions: []action{
				{title: "Upload the raw recording of episode 8", whose: byClient, due: dueThisWeek},
				{title: "Write down the tram trick for the interns", whose: byJames, due: dueIn(8)},
			},
		}},
		bookings: append(weekly(6, 6, "12:00", 20, "tykhi-holosy", "Thursday is coming"),
			booking{title: "Thursday is coming", start: in(1, "12:00"), minutes: 20, meet: "tykhi-holosy"}),
		invoices: []invoice{{number: "INV-0115", what: "Episodes 5 to 8", amount: 48_000, made: ago(5, "16:00"), due: dueIn(9), state: isOpen}},
	}
}

// crookedHouse has only an address and no name.
func crookedHouse() client {
	return client{
		email: "bookings@crookedhouse.example", since: ago(32, "20:05"),
		projects: []project{{
			title: "A hearing loop for the back room", service: "PRODUCTION", status: "ACTIVE", started: ago(31, "10:00"), due: dueIn(28),
			milestones: []milestone{{title: "Measure the room", status: "DONE", due: overdueBy(14)}, {title: "Lay the loop", status: "TODO", due: dueIn(20)}},
			sessions: []session{{title: "Measuring", date: ago(15, "16:30"), minutes: 70,
				notes:  "The steel beam above the bar eats the field in the left corner. A second turn of cable will fix it, and costs less than moving the bar.",
				thread: []comment{{by: byClient, at: ago(13, "23:50"), body: "The bar is older than the house. Second turn please."}}}},
			actions: []action{{title: "Say who will be the contact on the day", whose: byClient, due: overdueBy(5)}},
		}},
		bookings: []booking{{title: "Laying the loop", start: in(20, "09:00"), minutes: 240}, {title: "Measuring", start: ago(15, "16:30"), minutes: 70}},
	}
}
