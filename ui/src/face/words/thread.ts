// The words of conversations.

import { count, quoted } from './phrases';

export const thread = {
	comments: (n: number) => count(n, 'comment'),
	earlier: (n: number) => `Show earlier comments (${n})`,
	on: (title: string) => `on ${quoted(title)}`,
	write: 'Comment',
	changes: 'the changes to your comment',
	fresh: 'New',
	edited: 'edited',
	deleted: (author: string) => `${author} deleted this comment.`,
	youDeleted: 'You deleted this comment.',
	edit: 'Edit',
	editOf: (start: string) => `Edit your comment ${quoted(start)}`,
	remove: 'Delete',
	removeOf: (start: string) => `Delete your comment ${quoted(start)}`,
	confirmRemove: (start: string) => `Delete your comment ${quoted(start)}? It cannot be brought back.`,
	removed: 'Your comment is deleted.',
	putBack: 'Put its words back into the form',
	isBack: 'The words are in the form again. Send them when you are ready.',
	yours: 'your comment',
	visibleLabel: 'Your comment',
	send: 'Send',
	sending: 'Sending…',
	sent: 'Your comment is sent.',
	saved: 'Your comment is changed.',
	empty: 'Write something first.',
	left: (n: number) => (n >= 0 ? `${count(n, 'character')} left` : `${count(-n, 'character')} too many`),
	failed: (why: string) => `Your comment was not sent; the words are kept here. ${why}`,
	notSaved: (why: string) => `The comment stays as it was. ${why}`,
	editing: 'Your comment, changed'
};
