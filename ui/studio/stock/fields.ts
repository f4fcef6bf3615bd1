// Corrects fields of the stock forms. A new client's form requires a password twice, although clients cannot sign in by
// password and the server sets a random one. A JSON field is a code editor, which traps the Tab key; the only one in
// the schema is a copy that the server writes, and is hidden.

import type { Stock } from './app';
import { text, type Rule } from './rules';

export function fields(app: Stock): Rule[] {
	const collectionOf = (element: Element) => {
		const name = text(element.closest('.modal')?.querySelector('.collection-name'));
		return app.store.collections.find((collection) => collection.name === name);
	};
	const twin = 'accountId'; // copy of a person's account, for the rules
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
