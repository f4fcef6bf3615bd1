package demo

// secondAlbum is the project with everything in it.
func secondAlbum() project {
	return project{
		title: "“Slow Thaw”: mixing and mastering the second album", service: "AUDIO", status: "ACTIVE",
		description: "Eleven songs, mixed for headphones and for rooms, mastered for streaming and for vinyl. Everything arrives as " +
			"stems, is mixed by ear, and comes back for one round of changes a song.",
		started: ago(62, "09:00"), due: dueIn(37),
		milestones: albumMilestones(), sessions: albumSessions(), goals: albumGoals(), deliverables: albumDeliverables(),
		actions: []action{
			{title: "Send the stems of “Harbour Lights”", whose: byClient, due: overdueBy(3)},
			{title: "Decide the order of side B", whose: byClient, due: dueThisWeek},
			{title: "Confirm the spelling of every credit on the sleeve", whose: byClient, due: dueIn(12)},
			{title: "Send the stems of side A", whose: byClient, due: overdueBy(40), done: ago(42, "22:10")},
			{title: "Sign the mixing agreement", whose: byClient, due: overdueBy(55), done: ago(58, "13:05")},
			{title: "Tune the backing vocals of “Lantern”", whose: byJames, due: overdueBy(1)},
			{title: "Book the vinyl cut", whose: byJames, due: dueThisWeek},
			{title: "Back up the session drives in two places", whose: byJames, due: overdueBy(8), done: ago(9, "18:00")},
		},
		files: []file{
			{name: "Reference, the low end we like.wav", by: byClient, at: ago(57, "20:41"), content: wav(drums(84))},
			{name: "Songs, keys and tempi.csv", by: byClient, at: ago(56, "10:02"), content: document("songs.csv")},
			{name: "Room measurement, 20 Hz to 10 kHz, left speaker.wav", by: byJames, at: ago(52, "11:20"), content: wav(sweep(20, 10_000))},
		},
	}
}

func albumMilestones() []milestone {
	return []milestone{
		{title: "Stems of all eleven songs in, named and checked", status: "DONE", due: overdueBy(38)},
		{title: "Editing and comping", description: "Best vocal takes chosen together, timing only where it hurts.", status: "DONE", due: overdueBy(20),
			thread: []comment{
				{by: byJames, at: ago(21, "16:20"), body: "All vocals are comped. I kept the breath before “stay” in the title song: it is the best bar on the record."},
				{by: byClient, at: ago(21, "19:02"), body: "Please never take that breath out."},
			}},
		{title: "Mixes of side A", description: "Six songs. Each is ready when it holds up on a phone, in the van and on the big speakers.", status: "ACTIVE", due: overdueBy(2),
			thread: []comment{
				{by: byClient, at: ago(8, "07:58"), body: "“Lantern” is there. “Harbour Lights” still feels like two bands; is that the bass or the drums?", edited: ago(8, "08:03")},
				{by: byJames, at: ago(8, "09:40"), body: "The bass: it is a sixteenth late in the verses, and only there. I will move it once the new stems are in."},
				{by: byClient, at: ago(7, "22:31"), body: "Can we just drop the song? I am so tired of it.", deleted: ago(6, "08:10")},
				{by: byJames, at: ago(2, "17:45"), body: "Side A runs 19:40 now, so it fits one side without losing level. Are you happy if “Tidewater” fades ten seconds earlier?"},
			}},
		{title: "Mixes of side B", status: "TODO", due: dueIn(14)},
		{title: "Mastering for streaming and vinyl", status: "TODO", due: dueIn(30)},
		{title: "Test pressing signed off", status: "TODO", due: dueIn(37)},
	}
}

func albumSessions() []session {
	return []session{
		{
			title: "Mix review: side A", date: ago(9, "14:00"), minutes: 90, event: sideAReview,
			notes: `We listened to all six songs twice: once straight through on the big speakers without a word, once song by song
				with the call open. Everybody had headphones on, and Ida heard the phone version in the kitchen.

				What stays as it is: “Lantern”, “Snow on the Wires”, “Eleven Letters”. The vocal is finally in the room with us,
				and the low end holds on a phone because the second harmonic carries it.

				What changes before the next call:
				- “Harbour Lights”: the bass is late in the verses. It needs the dry stem; the one I have is printed with the amp.
				- “Tidewater”: the fade is too polite. Shorter, and let the delay run over the end.
				- “Slow Thaw”: half a decibel more of the left guitar from the second chorus on. I can hear Jonas smiling there.

				What I tried and put back: a plate on the snare of “Eleven Letters”. It made the song sound dated, and the
				dry one sounds like the rehearsal room, which is the whole point of this record.

				Loudness for those who collect numbers: between -12.4 and -11.8 LUFS integrated, true peaks below -1.2 dB. There is
				no reason to go louder; the songs breathe, and the platforms would turn us down anyway.

				Next: side B starts as soon as its order is decided. I keep Thursday and Friday free for it.`,
			files: []file{
				{name: "Lantern, mix 4.wav", by: byJames, at: ago(9, "16:10"), content: wav(chord(220, 277.18, 329.63))},
				{name: "Tidewater, mix 3, shorter fade.wav", by: byJames, at: ago(8, "11:30"), content: wav(drums(112))},
			},
			thread: []comment{
				{by: byClient, at: ago(8, "21:15"), body: `Played it to the others in the van, twice. “Lantern” got applause from people who wrote it.

					One wish: could the last word of “Eleven Letters” be a little drier? It sounds as if I walk away, and I stay.`},
				{by: byJames, at: ago(7, "09:05"), body: "Done, it is in mix 5 tonight. You stay."},
				{by: byClient, at: ago(1, "23:08"), body: "Mix 5 made me cry on the night bus, thank you. When do you need the order of side B at the latest?"},
			},
		},
		{
			title: "Vocal comping with Mara", date: ago(23, "10:30"), minutes: 120, event: vocalComping,
			notes: `Comped seven songs together, you on the sofa, me at the keyboard. Method: play three takes of a line, you say a number,
				I cut. No solo button after the first song; everything in the track.

				The title song is take 2 from start to end except for one word. I did not tune anything, and nobody will miss it.`,
			thread: []comment{
				{by: byJames, at: ago(22, "10:00"), body: "The comps are saved as playlists, so every other take is still there if you change your mind."},
			},
		},
		{
			title: "Drum editing, “Snow on the Wires” and “Tidewater”", date: ago(34, "09:00"), minutes: 165,
			notes: "Only the fills before the choruses were moved. Felix plays behind the beat on purpose in “Tidewater”, and it is lovely.",
		},
		{
			title: "Listening to the stems", date: ago(45, "13:30"), minutes: 100,
			notes: `Went through every stem with the level meter speaking and the speakers low. 148 files, all at 48 kHz, all from bar 1.
				Two were silent (bv_high_3 and tamb_2), one was mono where the name says stereo. I wrote to you about these three.`,
		},
		{title: "Kick-off call", date: ago(61, "15:00"), minutes: 60, notes: "Agreed the sound in three records and one kitchen. Your list of references is in the files."},
	}
}

func albumGoals() []goal {
	return []goal{
		{title: "An album that sounds like the rehearsal room", description: "Fewer microphones in the mix, no samples on the drums, rooms we really played in.", target: dueIn(30),
			thread: []comment{
				{by: byClient, at: ago(50, "18:22"), body: "If you ever want to add a sample to the snare, call me first. I will bring cake and say no."},
				{by: byJames, at: ago(50, "18:40"), body: "No samples. Cake is still welcome."},
				{by: byClient, at: ago(3, "12:15"), body: "Felix asks whether the room microphones of side B came through all right?"},
			}},
		{title: "Ready to play live with the same sounds", description: "Every keyboard sound of the record also exists as a patch for the stage.", target: dueIn(19)},
		{title: "All songs registered before the first single", target: overdueBy(10), done: ago(11, "09:45"),
			thread: []comment{{by: byJames, at: ago(11, "10:02"), body: "Registered and confirmed, all eleven."}}},
		{title: "Vinyl in the shops", target: dueIn(80)},
	}
}

func albumDeliverables() []deliverable {
	return []deliverable{
		{title: "Rough mixes of all songs", description: "To live with for a week. Nothing in them is decided.", status: "APPROVED", delivered: ago(39, "17:00"), approved: ago(37, "09:12")},
		{title: "Mix: “Lantern”", status: "APPROVED", delivered: ago(9, "16:15"), approved: ago(8, "21:20"),
			file: &file{name: "Lantern, approved mix.wav", by: byJames, at: ago(9, "16:12"), content: wav(chord(220, 277.18, 329.63, 440))}},
		{title: "Mix: “Eleven Letters”", description: "Mix 5, with the drier last word.", status: "DELIVERED", delivered: ago(2, "20:30"),
			file:    &file{name: "Eleven Letters, mix 5.wav", by: byJames, at: ago(2, "20:25"), content: wav(chord(146.83, 174.61, 220))},
			earlier: []file{{name: "Eleven Letters, mix 4.wav", by: byJames, at: ago(6, "17:40"), content: wav(chord(146.83, 174.61, 233.08))}},
			thread: []comment{
				{by: byClient, at: ago(5, "22:05"), body: "The last word hangs in the room for too long. Could it be dry, as if it were said to one person?", kind: "changes", version: 1},
				{by: byJames, at: ago(2, "20:31"), body: "It is dry now, and two decibels louder than the line before it."},
			}},
		{title: "Mix: “Tidewater”", status: "DELIVERED", delivered: ago(1, "11:40"),
			file: &file{name: "Tidewater, mix 4.wav", by: byJames, at: ago(1, "11:35"), content: wav(drums(114))}},
		{title: "Mix: “Harbour Lights”", description: "Waiting for the dry bass.", status: "IN_PROGRESS", delivered: ago(12, "18:05"),
			feedback: "It still feels like two bands in the verses. The choruses are perfect, please leave them. Could the bass come closer to the kick?"},
		slowThaw(),
		{title: "Masters for streaming", status: "PENDING"},
		{title: "Masters for vinyl", description: "Two sides, with the gaps and the engraving text.", status: "PENDING"},
	}
}
