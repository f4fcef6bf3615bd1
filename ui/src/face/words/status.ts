// The words of services and statuses.

export const services = {
	SOFTWARE: 'Software',
	ACCESSIBILITY: 'Accessibility',
	AUDIO: 'Audio',
	PRODUCTION: 'Production',
	MUSICIAN: 'Musician'
};

export const projectStatus = { ACTIVE: 'Active', IN_REVIEW: 'In review', COMPLETED: 'Completed', ON_HOLD: 'On hold' };

export const milestoneStatus = { TODO: 'To do', ACTIVE: 'In progress', DONE: 'Done' };

export const deliverableStatus = {
	PENDING: 'Not started',
	IN_PROGRESS: 'In progress',
	DELIVERED: 'Ready to approve',
	APPROVED: 'Approved'
};
