// Keyboard shortcuts of every page. Single keys do nothing in fields and dialogs, and are off until the owner switches them
// on: screen readers have their own commands on the same keys, and speech input can trigger them by accident (WCAG 2.1.4).

import { recall, remember } from '$face/memory';

export const single = $state({ on: recall('single-keys') === 'on' });

export function useSingleKeys(on: boolean): void {
	single.on = on;
	remember('single-keys', on ? 'on' : 'off');
}

/** Whether the key was pressed with Control, or Command on a Mac. Some keyboards need Shift for a sign. */
export function isWithControl({ key, ctrlKey, metaKey, altKey }: KeyboardEvent, wanted: string): boolean {
	return (ctrlKey || metaKey) && !altKey && key.toLowerCase() === wanted;
}

/** The single key that was pressed; empty if it has another meaning there. */
export function keyOf({
	key,
	target,
	ctrlKey,
	metaKey,
	altKey,
	isComposing,
	repeat,
	defaultPrevented
}: KeyboardEvent): string {
	if (!single.on || ctrlKey || metaKey || altKey || isComposing || repeat || defaultPrevented) return '';
	const isElsewhere =
		(target as Element).closest('input, textarea, select, audio, video, [contenteditable], [popover], dialog') ||
		document.querySelector('dialog[open]');
	return isElsewhere ? '' : key;
}
