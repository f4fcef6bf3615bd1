// The stock form of a new client asks for a password twice. Nobody has one where the sign-in by password is off: the
// server makes one up that is never asked for. A field of JSON is a code editor, which keeps the Tab key for itself:
// the only one in the schema is a twin that the server writes, and nobody has to get past it.

import type { Stock } from './app';
import { text, type Rule } from './rules';

export function fields(app: Stock): Rule[] {
	const collectionOf = (element: Element) => {
		const name = text(element.closest('.modal')?.querySelector('.collection-name'));
		return app.store.collections.find((collection) => collection.name === name);
	};
	const twin = 'accountId'; // of a person's account, for the rules
	return [
		{
			at: '.record-field-input.field-type-json',
			give: { hidden: (field) => (text(field.querySelector('label'))?.startsWith(twin) ? '' : undefined) }
		},
		{
			at: '.field-type-auth-password input[required]',
			give: { required: (input) => (collectionOf(input)?.['passwordAuth']?.enabled === false ? null : undefined) }
		}
	];
}
