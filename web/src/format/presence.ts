import type { PresenceBadgeStatus } from "@fluentui/react-components";

/** Shown is how a presence looks and what it is called. */
export interface Shown {
	status: PresenceBadgeStatus;
	label: string;
}

/** Ranges of Microsoft's availability scale, each from its first value. */
const ranges: [number, Shown][] = [
	[18000, { status: "offline", label: "Offline" }],
	[15000, { status: "away", label: "Away" }],
	[12000, { status: "away", label: "Be right back" }],
	[9000, { status: "do-not-disturb", label: "Do not disturb" }],
	[7500, { status: "busy", label: "Busy, inactive" }],
	[6000, { status: "busy", label: "Busy" }],
	[4500, { status: "available", label: "Inactive" }],
	[3000, { status: "available", label: "Available" }],
];

/** Activities say more than the availability that they come with. */
const activities: Record<string, string> = {
	"on-the-phone": "In a call",
	"in-a-conference": "In a conference call",
	"in-a-meeting": "In a meeting",
	"in-presentation": "Presenting",
	"urgent-interruptions-only": "Urgent interruptions only",
	"off-work": "Off work",
	"out-to-lunch": "Out to lunch",
	"out-of-office": "Out of office",
};

export function presenceOf(availability: number, activity: string): Shown {
	const range = ranges.find(([from]) => availability >= from)?.[1] ?? { status: "unknown", label: "Presence unknown" };
	const label = activities[activity];
	return label ? { ...range, label } : range;
}
