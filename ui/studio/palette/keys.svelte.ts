// The keys that do something wherever one is on a page. Single keys can be turned off, and do nothing in fields and
// dialogs; what speaks to a machine by voice or by switches may never meet them.

import { recall, remember } from '$face/memory';

export const single = $state({ on: recall('single-keys') !== 'off' });

export function useSingleKeys(on: boolean): void {
	single.on = on;
	remember('single-keys', on ? '' : 'off');
}

export function isPaletteKey({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
	return (ctrlKey || metaKey) && !altKey && !shiftKey && key.toLowerCase() === 'k';
}

/** The single key that was pressed; empty where it means something else. */
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
