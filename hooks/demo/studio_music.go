package demo

// tomas is a producer who hires James for what he hears.
func tomas() client {
	return client{
		name: "Tomáš Dvořák", email: "tomas@dvorak-sound.example", company: "Dvořák Sound s.r.o.", stripe: "cus_demoDvorak", notices: "none", since: ago(330, "09:40"),
		projects: []project{
			{
				title: "Field recordings of the Šumava, cleaned and catalogued", service: "PRODUCTION", status: "ACTIVE",
				description: "Sixty hours of forest. Wind and aeroplanes out, everything named so that it can be found by ear and by search.",
				started:     ago(40, "10:00"), due: dueIn(50),
				milestones: []milestone{
					{title: "Naming scheme", status: "DONE", due: overdueBy(33)},
					{title: "First twenty hours", status: "ACTIVE", due: overdueBy(4),
						thread: []comment{
							{by: byClient, at: ago(5, "10:11"), body: "Is the owl at 04:12 in reel 9 really an owl? My assistant says it is a gate."},
						}},
					{title: "Remaining forty hours", status: "TODO", due: dueIn(45)},
				},
				sessions: []session{
					{title: "Reels 1 to 6", date: ago(18, "09:00"), minutes: 300,
						notes: `Cut 214 clips. Wherever a plane passes under birdsong I kept both versions: the film people may want the plane.

							The spectral repair of reel 4 took longer than planned. It is the reel with the hum of the fridge in the hut, and
							the hum moves. I would rather lose ten minutes of it than leave traces that somebody hears in a cinema.`,
						files: []file{{name: "reel-04-before-repair.wav", by: byClient, at: ago(20, "12:00"), content: wav(sweep(90, 130))}}},
					{title: "Reels 7 to 9", date: ago(6, "09:00"), minutes: 280, notes: "Owls, or gates, from reel 9 on. 96 clips named."},
				},
				goals: []goal{{title: "Every clip findable in under a minute", target: dueIn(50)}},
				deliverables: []deliverable{
					{title: "Catalogue, reels 1 to 6", status: "APPROVED", delivered: ago(15, "16:00"), approved: ago(14, "11:00")},
					{title: "Catalogue, reels 7 to 9", status: "DELIVERED", delivered: ago(5, "15:30")},
				},
				actions: []action{
					{title: "Post the drive with reels 10 to 14", whose: byClient, due: overdueBy(2)},
					{title: "Order a second drive for the backup", whose: byJames, due: dueThisWeek},
				},
			},
			{
				title: "Piano for three advertisements", service: "MUSICIAN", status: "IN_REVIEW",
				started: ago(16, "14:00"), due: dueIn(3),
				milestones: []milestone{{title: "Three takes of each", status: "DONE", due: overdueBy(5)}},
				sessions: []session{{title: "Takes at the upright", date: ago(7, "11:00"), minutes: 95,
					notes:  "Nine takes. The second of the tea spot has a wrong note that I would keep: it makes people look up.",
					files:  []file{{name: "tea-take-2.wav", by: byJames, at: ago(7, "13:00"), content: wav(chord(261.63, 329.63, 415.3))}},
					thread: []comment{{by: byJames, at: ago(6, "09:30"), body: "Which length do you need for the tea spot, 20 or 30 seconds?"}}}},
				deliverables: []deliverable{{title: "Stereo takes, 48 kHz", status: "DELIVERED", delivered: ago(6, "09:20")}},
			},
		},
		bookings: []booking{
			{title: "Catalogue, halfway call", start: in(2, "10:00"), minutes: 45, meet: "dvorak-sound"},
			{title: "Naming scheme", start: ago(36, "10:00"), minutes: 60, meet: "dvorak-sound"},
			{title: "Listening to reel 4", start: ago(19, "15:00"), minutes: 30, meet: "dvorak-sound"},
		},
	}
}

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
