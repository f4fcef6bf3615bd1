// Names for buttons and fields, from the dashboard's own texts: labels, placeholders, and the tooltips that it sets as
// descriptions of buttons without a name.

import { idOf, text, type Rule } from './rules';

/**
 * The label of a field, without an icon's tooltip. `label for` may refer to the field's frame instead of its control.
 */
function labelOf(element: Element): string | undefined {
	const frame = element.closest('[id]');
	const label =
		(frame && document.querySelector(`label[for="${CSS.escape(frame.id)}"]`)) ??
		element.closest('.field, .field-list')?.querySelector('label');
	return text(label);
}

const hint = (element: Element) => element.getAttribute('placeholder') ?? element.getAttribute('data-placeholder');
const plain = (words: string | null | undefined) => words?.replace(/(\.\.\.|\*)$/, '').trim() || undefined;
const isRequired = (element: Element) => element.closest('.required') !== null;

/** A field's help text and error, which are beside it or after the frame that it shares. */
function helpOf(control: Element): string | null {
	const field = control.closest('.record-field-input') ?? control.closest('.field, .field-list')?.parentElement;
	return (
		[...(field?.querySelectorAll(':scope > .field-help, :scope > .slide-block > .field-help') ?? [])]
			.map(idOf)
			.join(' ') || null
	);
}

function described(control: HTMLElement): string | null | undefined {
	const words = [...((control as HTMLInputElement).labels ?? [])]
		.flatMap((label) => [...label.querySelectorAll('i[aria-description]')])
		.map((icon) => icon.getAttribute('aria-description'));
	return words.length ? words.join(' ') : undefined;
}

const namedWith = (button: Element, object: Element | null) => (object ? `${idOf(button)} ${idOf(object)}` : undefined);

const said = 'input:not([type="hidden"]), textarea';

export const names: Rule[] = [
	{
		at: 'button[aria-description]:not(.tab-item)',
		give: {
			'aria-label': (button) => (text(button) ? undefined : button.getAttribute('aria-description')),
			'aria-description': (button) => (text(button) ? undefined : null)
		}
	},
	{ at: '.logged-user', give: { 'aria-label': text } }, // a narrow window hides the text
	{ at: 'i[class*="ri-"]:not([role]):not(.btn-option-unset)', give: { 'aria-hidden': 'true' } },
	{
		at: said,
		give: {
			'aria-label': (field) =>
				[...((field as HTMLInputElement).labels ?? [])].some(text) ? undefined : plain(hint(field))
		}
	},
	{ at: said, give: { 'aria-description': described } },
	{
		at: '.editor-content',
		give: { 'aria-label': (editor) => labelOf(editor.parentElement!) ?? plain(hint(editor)) ?? 'Code' }
	},

	{ at: 'output.select', give: { role: 'none' } }, // as an output, every list of choices would be announced
	{
		at: '.selected-container',
		give: {
			'aria-label': (button) =>
				[labelOf(button), text(button), isRequired(button) && 'required'].filter(Boolean).join(', ')
		}
	},
	{ at: '.dropdown-item.active', give: { 'aria-current': 'true' } },
	{ at: '.dropdown-item:not(.active)', give: { 'aria-current': null } },
	{
		at: 'output.field-content',
		give: {
			role: 'group',
			'aria-label': (group) => [labelOf(group), isRequired(group) && 'required'].filter(Boolean).join(', ')
		}
	},
	{
		at: 'output.field-content > .btn.block',
		give: { 'aria-label': (button) => `${text(button)} for ${labelOf(button)}` }
	},

	// A button in a list is named by its own text and by the item it belongs to.
	{
		at: '.list-item > .actions > button',
		give: { 'aria-labelledby': (button) => namedWith(button, button.closest('.list-item')!.querySelector('.content')) }
	},
	{
		at: '.record-field-settings summary > button',
		give: {
			'aria-labelledby': (button) => namedWith(button, button.closest('summary')!.querySelector('.prop-name input'))
		}
	},

	{
		at: '.record-field-input :is(input, textarea, .editor-content, .selected-container, output.field-content)',
		give: { 'aria-describedby': helpOf }
	},
	{ at: '[data-error]', give: { 'aria-invalid': 'true' } },
	{ at: '[aria-invalid]:not([data-error])', give: { 'aria-invalid': null } },

	{ at: 'code.block', give: { role: 'group', tabindex: '0', 'aria-label': 'Code' } }, // it scrolls, so it must be focusable

	// A button must not contain another one, and the keyboard never reached these: the pin of a collection, and the
	// button that removes a choice, which choosing it again does too.
	{
		at: '.nav-item > .pin, .selected-container .btn-option-unset',
		give: { role: null, tabindex: null, 'aria-hidden': 'true' }
	}
];
