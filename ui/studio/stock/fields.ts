// The stock form of a new client asks for a password twice. Nobody has one where the sign-in by password is off: the server makes one
// up that is never asked for.

import type { Stock } from './app';
import { text, type Rule } from './rules';

export function fields(app: Stock): Rule[] {
	const collectionOf = (element: Element) => {
		const name = text(element.closest('.modal')?.querySelector('.collection-name'));
		return app.store.collections.find((collection) => collection.name === name);
	};
	return [{ at: '.field-type-auth-password input[required]', give: { required: (input) => (collectionOf(input)?.['passwordAuth']?.enabled === false ? null : undefined) } }];
}
