// Keyboard shortcuts of every page. Single keys can be switched off, because speech input can trigger them by accident
// (WCAG 2.1.4), and do nothing in fields and dialogs.

import { recall, remember } from '$face/memory';

export const single = $state({ on: recall('single-keys') !== 'off' });

export function useSingleKeys(on: boolean): void {
	single.on = on;
	remember('single-keys', on ? '' : 'off');
}

export function isPaletteKey({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): boolean {
	return (ctrlKey || metaKey) && !altKey && !shiftKey && key.toLowerCase() === 'k';
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
