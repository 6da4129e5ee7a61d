import type { Counts, Schema } from "../api/client";
import { clock, date } from "../format/time";

/** Bar is one bar of the chart: an hour, or a day of the reader's time zone. */
export interface Bar {
	start: string;
	day: boolean;
	label: string;
	calls: number;
	streams: Counts;
}

/** More hours than these are shown by day: eight days of bars still fit a screen. */
const mostHours = 192;

export function barsOf(hours: Schema["Hour"][]): Bar[] {
	if (hours.length <= mostHours) {
		const oneDay = hours.length <= 25;
		return hours.map((h) => ({
			...h,
			day: false,
			label: oneDay ? clock(h.start) : `${date(h.start)}, ${clock(h.start)}`,
		}));
	}
	const days = new Map<string, Bar>();
	for (const h of hours) {
		const label = date(h.start);
		const bar = days.get(label);
		if (bar === undefined) {
			days.set(label, { ...h, streams: { ...h.streams }, day: true, label });
			continue;
		}
		bar.calls += h.calls;
		bar.streams.good += h.streams.good;
		bar.streams.poor += h.streams.poor;
		bar.streams.unclassified += h.streams.unclassified;
	}
	return [...days.values()];
}
