// The words for the case that the other words could not be loaded.

export const words = {
	title: 'The Studio could not be opened',
	stale: 'It may have been upgraded, or the server may be away; nothing is lost.',
	reload: 'Try again'
};
