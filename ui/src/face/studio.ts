// Facts about the studio that the server writes into the page; see ui/page.go.

interface Studio {
	studio: string;
	owner: string;
	timeZone: string;
	clerk: boolean;
	privacy: string; // addresses of the studio's own pages and logo; empty without them
	terms: string;
	logo: string;
	booking: boolean; // whether clients book meetings here
}

const written = JSON.parse(document.getElementById('studio')?.textContent ?? '{}') as Partial<Studio>;

export const studio: Studio = {
	studio: 'Greenroom',
	owner: 'James',
	timeZone: 'Europe/London',
	clerk: false,
	privacy: '',
	terms: '',
	logo: '',
	booking: false,
	...written
};
