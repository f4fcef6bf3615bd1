package demo

// sato composes for films and writes in two languages.
func sato() client {
	return client{
		name: "佐藤 陽子", email: "yoko@sato.example", company: "陽だまり音楽事務所", stripe: "cus_demoSato", since: ago(150, "08:00"),
		projects: []project{
			{
				title: "「海辺の図書館」: piano and celesta for the film", service: "MUSICIAN", status: "ACTIVE",
				description: "Eleven cues. The score arrives as MusicXML, which my notation reader speaks bar by bar.",
				started:     ago(27, "08:30"), due: dueIn(9),
				milestones: []milestone{
					{title: "Cues 1 to 5", status: "DONE", due: overdueBy(10)},
					{title: "Cues 6 to 11", status: "ACTIVE", due: dueThisWeek},
				},
				sessions: []session{
					{title: "Cues 1 to 5", date: ago(12, "08:00"), minutes: 210,
						notes: `Recorded with the soft pedal half down throughout, as you asked. In cue 3, bar 17, the score has an F sharp in the
							left hand and an F natural in the right. I played both versions.`,
						files: []file{{name: "第三曲, bar 17, two versions.wav", by: byJames, at: ago(12, "12:00"), content: wav(chord(349.23, 369.99, 523.25))}},
						thread: []comment{
							{by: byClient, at: ago(11, "07:20"), body: "ありがとうございます。F sharp, please. It is the sea, it should hurt a little."},
							{by: byJames, at: ago(11, "08:05"), body: "F sharp it is. Cue 3 is final."},
						}},
				},
				goals: []goal{{title: "The whole score playable by one pianist on stage", target: dueIn(60)}},
				deliverables: []deliverable{
					{title: "Cues 1 to 5", status: "APPROVED", delivered: ago(11, "09:00"), approved: ago(10, "06:30")},
					{title: "Cues 6 to 11", status: "IN_PROGRESS"},
				},
				actions: []action{
					{title: "Send the corrected score of cue 8", whose: byClient, due: dueThisWeek},
					{title: "Tune the celesta", whose: byJames, due: dueIn(1)},
				},
			},
			{
				title: "Demo recordings for the publisher", service: "PRODUCTION", status: "COMPLETED", started: ago(148, "08:00"), due: overdueBy(120),
				milestones:   []milestone{{title: "Six demos", status: "DONE", due: overdueBy(121)}},
				sessions:     []session{{title: "Six demos in a day", date: ago(124, "09:00"), minutes: 420, notes: "All six in one take each. The publisher has them."}},
				deliverables: []deliverable{{title: "Six demos, MP3 and WAV", status: "APPROVED", delivered: ago(123, "18:00"), approved: ago(122, "06:10")}},
			},
		},
		bookings: []booking{
			{title: "録音の打ち合わせ", start: in(3, "08:30"), minutes: 45, meet: "sato"},
			{title: "First listening", start: ago(10, "08:30"), minutes: 30, meet: "sato"},
		},
	}
}

// minjun has moved on; his work is kept.
func minjun() client {
	return client{
		name: "김민준", email: "minjun@example.com", since: ago(500, "12:00"), archived: ago(75, "16:00"),
		projects: []project{{
			title: "Rhodes overdubs, “서울의 밤”", service: "MUSICIAN", status: "COMPLETED", started: ago(480, "12:00"), due: overdueBy(440),
			milestones:   []milestone{{title: "Overdubs on four songs", status: "DONE", due: overdueBy(445)}},
			sessions:     []session{{title: "Four songs", date: ago(450, "19:00"), minutes: 180, notes: "Rhodes through a small amp, one microphone. He kept everything."}},
			deliverables: []deliverable{{title: "Overdubs", status: "APPROVED", delivered: ago(449, "10:00"), approved: ago(447, "13:00")}},
		}},
		bookings: []booking{{title: "Overdubs", start: ago(450, "19:00"), minutes: 180}},
	}
}
