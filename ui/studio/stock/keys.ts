// What a mend made a button of is pressed as one.

/** The header of a column, which the dashboard sorts by on a click alone. The arrow of a row answers keys already. */
const pressed = 'th.sort-handle > [role="button"]';

export function answerKeys(): void {
	document.addEventListener('keydown', (event) => {
		const target = event.target as HTMLElement;
		if ((event.key !== 'Enter' && event.key !== ' ') || !target.matches(pressed)) return;
		event.preventDefault(); // the space would scroll
		target.click();
	});
}
