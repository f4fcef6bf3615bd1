// The words for when the others could not be fetched.

export const words = {
	stale: 'The Studio could not be opened. It may have been upgraded, or the server may be away; nothing is lost.',
	reload: 'Open it again'
};
