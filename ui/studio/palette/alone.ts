// The dialogs that a key opens from anywhere replace any other open dialog.

/** Shows a dialog after closing any other. Returns false if it is open already. */
export function showAlone(dialog: HTMLDialogElement): boolean {
	if (dialog.open) return false;
	for (const other of document.querySelectorAll<HTMLDialogElement>('dialog[open]')) other.close();
	dialog.showModal();
	return true;
}
