// Keys for elements that a rule has made buttons.

/** The header of a column, which the dashboard sorts by clicks only. The arrow of a row handles keys already. */
const pressed = 'th.sort-handle > [role="button"]';

export function answerKeys(): void {
	document.addEventListener('keydown', (event) => {
		const target = event.target as HTMLElement;
		if ((event.key !== 'Enter' && event.key !== ' ') || !target.matches(pressed)) return;
		event.preventDefault(); // the space bar would scroll
		target.click();
	});
}
