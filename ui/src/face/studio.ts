// What the server wrote into the page of the studio itself; see ui/page.go.

interface Studio {
	studio: string;
	owner: string;
	timeZone: string;
	clerk: boolean;
	privacy: string; // the addresses of the studio's pages, and of its mark; empty where there are none
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
