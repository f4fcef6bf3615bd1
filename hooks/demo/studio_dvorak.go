package demo

// tomas is a producer who hires James for what he hears.
func tomas() client {
	return client{
		name: "Tomáš Dvořák", email: "tomas@dvorak-sound.example", company: "Dvořák Sound s.r.o.", stripe: "cus_demoDvorak", notices: "none", since: ago(330, "09:40"),
		shows: "a master that opens when its invoice is paid, one that has opened, and invoices in every state",
		projects: []project{
			forestMaster(),
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
			{title: "Tomáš Dvořák and James", start: in(4, "15:30"), minutes: 30, meet: "dvorak-sound-labels",
				words: "Can we go through the labels of side B? I have the printer on the phone the next morning."},
			{title: "Catalogue, halfway call", start: in(2, "10:00"), minutes: 45, meet: "dvorak-sound"},
			{title: "Naming scheme", start: ago(36, "10:00"), minutes: 60, meet: "dvorak-sound"},
			{title: "Listening to reel 4", start: ago(19, "15:00"), minutes: 30, meet: "dvorak-sound"},
		},
		invoices: forestInvoices(),
	}
}

// The files of the forest record wait for these invoices.
const (
	forSoundtrack = "in_demoForestSoundtrack"
	forMaster     = "in_demoForestMaster"
)

// forestMaster has one master that waits for its payment and one that has been paid.
func forestMaster() project {
	return project{
		title: "Mastering “Osm minut lesa”, the record of the film", service: "AUDIO", status: "ACTIVE",
		description: "Eight minutes of forest a side. **No compression** where a bird sings; the [sleeve notes](https://forest.example/sleeve) name every valley.",
		started:     ago(34, "09:30"), due: dueIn(6),
		milestones: []milestone{
			{title: "Mixes heard on four pairs of speakers", status: "DONE", due: overdueBy(15)},
			{title: "Masters for streaming and for the cinema", status: "ACTIVE", due: dueThisWeek},
			{title: "Labels and the image for the pressing plant", status: "TODO", due: dueIn(6)},
		},
		sessions: []session{{title: "Mastering, day 2: both sides from start to end", date: ago(3, "09:00"), minutes: 260, notes: forestNotes,
			thread: []comment{
				{by: byClient, at: ago(2, "10:30"), body: "The thunder at 5:40 made my dog leave the room. **Perfect.** Is -1.0 dB enough for the lathe?"},
				{by: byJames, at: ago(2, "11:15"), body: "It is: the cutting engineer asked for no more than -3 dB below 150 Hz, and there we are at -6."},
			}}},
		goals: []goal{{title: "A record that can be played at night without the volume knob", target: dueIn(6)}},
		deliverables: []deliverable{
			{title: "Master for the cinema", description: "As it runs in the film, 48 kHz.", status: "APPROVED", delivered: ago(16, "15:00"), approved: ago(15, "09:20"), invoice: forSoundtrack,
				file: &file{name: "Osm minut lesa, cinema.wav", by: byJames, at: ago(16, "14:50"), content: wav(sweep(180, 620))}},
			{title: "Master for streaming and vinyl", description: "Both sides. The preview is one side’s first seconds, at half the rate.", status: "DELIVERED",
				delivered: ago(2, "17:20"), invoice: forMaster,
				file:    &file{name: "Osm minut lesa, master.wav", by: byJames, at: ago(2, "17:15"), content: wav(sweep(140, 900))},
				preview: &file{name: "Osm minut lesa, preview.wav", by: byJames, at: ago(2, "17:18"), content: wav(chord(164.81, 246.94, 329.63))}},
			{title: "Image for the pressing plant", status: "PENDING"},
		},
		actions: []action{
			{title: "Send the catalogue number for the labels", whose: byClient, due: dueIn(1)},
			{title: "Say which of the two silences separates the sides", whose: byClient, due: dueThisWeek},
			{title: "Ask the plant for a lacquer instead of a file", whose: byJames, due: dueIn(4)},
		},
	}
}

const forestNotes = `## What the room said

	The first morning went into listening, **not one knob touched**: side A at the level of a conversation, side B at the level of the
	forest itself, which is lower than anybody remembers. I wrote down what I stumbled over, in the order in which it came:

	1. The hum of the fridge is still there under the owl. It is *forty decibels* down, and I hear it because I know it.
	2. The stream in the second valley is wider than the speakers. In mono it loses its left bank.
	3. The bell of the last goat, at 7:12, is the loudest thing on the record. It should be.

	## What I did

	- Side A: one shelf, half a decibel at 9 kHz, because the microphones of 2019 are darker than those of this year.
	- Side B: nothing before the thunder. At the thunder a limiter that works **once**, for eleven milliseconds.
	- Both sides: the silences are real ones. What you hear in them is the hut in Kvilda, recorded with nobody in it.
	- Between the calls of the birds nothing was taken away: if you hear a wing there, a bird flew past the microphone.

	> A silence without a room is a hole. Yours have walls, and a door that does not quite shut.

	## In figures

	Side A is at -23.4 LUFS, side B at -22.9, true peaks at -1.0 dB. The platforms will turn both up by some seven decibels; I
	tried it, and the bell survives. For the cinema the level stays as the mixing stage left it: do not let anybody normalise it, however
	friendly they ask. The notes of the lathe are [with the plant](https://pressing.example/lathe), in words and without a picture.

	## What is left

	- The label of side B says 8:04, the file says 8:06. One of them is right.
	- I would like to hear the test pressing on *your* record player. Mine flatters.
	- The two silences are eleven and nineteen seconds long. Say which of them separates the sides; the other one stays where it is,
	  between the goats and the thunder, for there it is needed.
	- Please give me the catalogue number, or the plant gives you one of theirs.`

// forestInvoices has an invoice in each possible state.
func forestInvoices() []invoice {
	return []invoice{
		{number: "INV-0118", what: "Labels and the image for the plant", amount: 18_000, made: ago(0, "08:00"), state: isDraft},
		{id: forMaster, number: "INV-0117", what: "Master for streaming and vinyl", amount: 42_000, made: ago(2, "17:25"), due: dueIn(12), state: isOpen},
		{number: "INV-0113", what: "Field recordings, first twenty hours", amount: 96_000, made: ago(12, "10:00"), due: dueIn(2), state: isPartPaid, part: 36_000},
		{number: "INV-0111", what: "Piano for three advertisements", amount: 54_000, made: ago(15, "12:00"), due: dueIn(1), state: isProcessing},
		{number: "INV-0109", what: "Spectral repair of reel 4", amount: 27_500, made: ago(18, "09:00"), due: overdueBy(4), state: isFailed},
		{id: forSoundtrack, number: "INV-0106", what: "Master for the cinema", amount: 38_000, made: ago(27, "16:00"), due: overdueBy(13), state: isPaid},
		{number: "INV-0098", what: "Naming scheme, six hours", amount: 36_000, made: ago(60, "11:00"), due: overdueBy(46), state: isRefundedInPart, part: 6_000},
		{number: "INV-0097", what: "Naming scheme, sent twice by mistake", amount: 36_000, made: ago(60, "10:40"), due: overdueBy(46), state: isVoid},
	}
}
