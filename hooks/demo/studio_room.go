package demo

// slowThaw is the mix for trying out the listening room: three versions, each louder than the one before, with comments
// on moments of them.
func slowThaw() deliverable {
	mix := func(number, name string, at moment, loudness, bass, keys, kit float64) file {
		return file{name: "Slow Thaw, mix " + number + name + ".wav", by: byJames, at: at, content: recording(bandSeconds, loudness, band(bass, keys, kit))}
	}
	current := mix("3", "", ago(1, "19:10"), 0.85, 1, 0.8, 0.7)
	return deliverable{
		title: "Mix: “Slow Thaw”", description: "The title song. Mix 3 has the breath before “stay” again, and the bass a little nearer to the kick.",
		status: "DELIVERED", delivered: ago(1, "19:15"), file: &current,
		earlier: []file{
			mix("1", ", rough", ago(20, "18:05"), 0.3, 0.5, 1, 0.4),
			mix("2", "", ago(6, "16:30"), 0.55, 0.8, 1, 0.9),
		},
		thread: []comment{
			{by: byClient, at: ago(19, "21:10"), version: 1, mark: &mark{from: 3.2}, body: "The breath before “stay” has gone! It was in the rough one from the sofa."},
			{by: byClient, at: ago(19, "21:14"), version: 1, mark: &mark{from: 6, until: 8.5}, body: "In these bars the left guitar sits on the Hammond. One of them should move over."},
			{by: byClient, at: ago(19, "21:20"), version: 1, kind: "changes", body: "The breath, please, and a little more air around the Hammond. Everything else is already the song."},
			{by: byJames, at: ago(6, "16:35"), version: 1, mark: &mark{from: 3.2}, body: "It is back in mix 2, two decibels louder than you sang it."},
			{by: byJames, at: ago(6, "16:38"), version: 1, mark: &mark{from: 6, until: 8.5}, body: "I moved the guitar, by one chair. The Hammond stays where it was."},
			{by: byClient, at: ago(5, "08:20"), version: 2, mark: &mark{from: 3.2}, body: "There it is. Thank you."},
			{by: byClient, at: ago(5, "08:31"), version: 2, mark: &mark{from: 9, until: 10.5}, body: "Felix says the kick and the bass are not friends here."},
			{by: byClient, at: ago(5, "08:40"), version: 2, kind: "changes", body: "Nearly. Only the low end of the last chorus, and then we stop listening."},
			{by: byJames, at: ago(1, "19:16"), mark: &mark{from: 9, until: 10.5}, body: "Friends again: the bass was a sixteenth late. Please listen on the phone as well."},
			{by: byJames, at: ago(1, "19:18"), mark: &mark{from: 11.2}, body: "The last note now ends by itself. Do you want it to ring on under the applause of the live take?"},
			{by: byClient, at: ago(1, "23:40"), mark: &mark{from: 0.4}, body: "Is the little click on the first beat ours, or is it my headphones?"},
		},
	}
}
