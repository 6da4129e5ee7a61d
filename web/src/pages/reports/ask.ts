import type { Cell, Column, Filter, Query, Report, Result } from "../../api/reports";
import type { ReportPlace, Where } from "../../route";

/** spans that a reader can pick instead of the report's own. */
export const spans = [
	{ value: "", label: "As in the report" },
	{ value: "PT24H", label: "24 hours" },
	{ value: "P7D", label: "7 days" },
	{ value: "P28D", label: "28 days" },
	{ value: "P90D", label: "90 days" },
	{ value: "P7M", label: "7 months" },
	{ value: "P13M", label: "13 months" },
];

export const ownZone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

function condition([dim, value]: Where): Filter {
	return value === null ? { dim, null: true } : { dim, eq: value };
}

/** and joins filters; undefined is everything. */
export function and(...filters: (Filter | undefined)[]): Filter | undefined {
	const all = filters.filter((f) => f !== undefined);
	return all.length > 1 ? { and: all } : all[0];
}

/** asked is the query of a report with what its reader chose. */
export function asked(query: Query, place: ReportPlace): Query {
	const filter = and(query.filter, ...(place.where ?? []).map(condition));
	const last = place.last || undefined;
	const grain = last === "PT24H" && query.time?.grain ? "hour" : query.time?.grain;
	const { filter: _, time, ...rest } = query;
	const compare = time?.compare ? { compare: time.compare } : {};
	return {
		...rest,
		timezone: place.zone || query.timezone || ownZone,
		...(place.classifier ? { classifier: place.classifier } : {}),
		...(last ? { time: { last, ...(grain ? { grain } : {}), ...compare } } : time ? { time } : {}),
		...(filter ? { filter } : {}),
	};
}

/** streamsOf is the query for the single rows behind a report. */
export function streamsOf(query: Query, place: ReportPlace): Query {
	const whole = asked(query, place);
	const dimensions =
		whole.dataset === "calls"
			? ["call.outcome", "call.sip_code", "call.reason"]
			: whole.dataset === "ratings"
				? ["rating.stars"]
				: ["verdict", "second.building", "second.net", "jitter", "loss", "rtt", "network_mos", "codec", "poor_reason"];
	const { time, filter, dataset, classifier, timezone } = whole;
	const { grain: _, compare: __, ...span } = time ?? {};
	return {
		dimensions,
		limit: 500,
		...(dataset ? { dataset } : {}),
		...(classifier ? { classifier } : {}),
		...(timezone ? { timezone } : {}),
		...(filter ? { filter } : {}),
		time: span,
	};
}

/** rowWhere are the conditions by which a row was made. */
export function rowWhere(columns: Column[], row: Cell[]): Where[] {
	return columns.flatMap((c, i): Where[] => (c.dimension ? [[c.dimension, row[i] ?? null]] : []));
}

/** isTime tells a column of grains of time. */
export function isTime(column: Column): boolean {
	return column.dimension?.startsWith("time.") === true && (column.type === "date" || column.type === "time" || column.type === "text");
}

export interface Shown {
	columns: Column[];
	rows: Cell[][];
}

export function shownOf(result: Result): Shown {
	return { columns: result.columns, rows: result.rows as Cell[][] };
}

/** measuresOf lists the columns of measures themselves, without their intervals and comparisons. */
export function measuresOf(columns: Column[]): number[] {
	return columns.flatMap((c, i) => (c.measure && !c.of ? [i] : []));
}

/** label is the text of a row's dimensions. */
export function label(columns: Column[], row: Cell[]): string {
	const parts = columns.flatMap((c, i) => (c.dimension ? [cellText(row[i] ?? null)] : []));
	return parts.length === 0 ? "All" : parts.join(" · ");
}

export function cellText(value: Cell): string {
	return value === null || value === "" || (typeof value === "string" && /^[ :]+$/.test(value)) ? "(blank)" : value === true ? "yes" : value === false ? "no" : String(value);
}

/** drawsChart tells whether a report is shown as a chart. */
export function drawsChart(report: Report, shown: Shown): boolean {
	return report.view?.as !== "table" && shown.rows.length > 0 && measuresOf(shown.columns).length > 0;
}
