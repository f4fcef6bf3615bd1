declare global {
	namespace App {
		interface Error {
			message: string;
			code?: 'offline' | 'owner'; // beside the status, decides what the error page says
		}
	}
	interface Window {
		early?: { path: string; token: string; answer: Promise<Response> }; // see app.html
	}
}

export {};
