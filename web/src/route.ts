import { useSyncExternalStore } from "react";

/** Route is where the page is, as its address tells behind the number sign: #/Calls/ID?user=alice. */
export interface Route {
	/** Path segments in lower case but for the last of a call, whose id keeps its case. */
	path: string[];
	query: URLSearchParams;
}

export function parseRoute(hash: string): Route {
	const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
	const segments = path.split("/").filter(Boolean).map(decode);
	const [page, ...rest] = segments;
	return { path: page === undefined ? [] : [page.toLowerCase(), ...rest], query: new URLSearchParams(query) };
}

function decode(segment: string): string {
	try {
		return decodeURIComponent(segment);
	} catch {
		return segment; // typed by hand, not made by a link
	}
}

export function callHref(id: string): string {
	return `#/Calls/${encodeURIComponent(id)}`;
}

/** callsHref is the list of calls with a filter; empty values are left out. */
export function callsHref(filter: Record<string, string>): string {
	const set = Object.entries(filter).filter(([, value]) => value !== "");
	return set.length === 0 ? "#/Calls" : `#/Calls?${new URLSearchParams(set)}`;
}

/** Where is a condition that a reader added to a report by a click: the dimension and its value, null for none. */
export type Where = [dimension: string, value: string | number | boolean | null];

export interface ReportPlace {
	id: string;
	view?: "" | "edit" | "streams" | "versions";
	/** A span such as P28D instead of the report's own. */
	last?: string;
	classifier?: string;
	zone?: string;
	where?: Where[];
}

/** reportHref is a report with what its reader chose; all of it is in the address, so that it can be sent to somebody. */
export function reportHref({ id, view = "", last = "", classifier = "", zone = "", where = [] }: ReportPlace): string {
	const query = new URLSearchParams();
	if (last) query.set("last", last);
	if (classifier) query.set("classifier", classifier);
	if (zone) query.set("zone", zone);
	for (const w of where) query.append("where", JSON.stringify(w));
	const text = query.toString();
	return `#/Reports/${encodeURIComponent(id)}${view && `/${view}`}${text && `?${text}`}`;
}

/** reportPlace reads an address that reportHref made; conditions that it did not make are left out. */
export function reportPlace(id: string, view: string, query: URLSearchParams): ReportPlace {
	const where: Where[] = [];
	for (const text of query.getAll("where").slice(0, 20)) {
		try {
			const [dimension, value] = JSON.parse(text) as unknown[];
			if (typeof dimension === "string" && (value === null || ["string", "number", "boolean"].includes(typeof value))) {
				where.push([dimension, value as Where[1]]);
			}
		} catch {
			// typed by hand
		}
	}
	return {
		id,
		view: view === "edit" || view === "streams" || view === "versions" ? view : "",
		last: query.get("last") ?? "",
		classifier: query.get("classifier") ?? "",
		zone: query.get("zone") ?? "",
		where,
	};
}

/** replaceRoute changes the address without an entry in the history, for filters that are being typed. */
export function replaceRoute(href: string) {
	history.replaceState(null, "", href);
	dispatchEvent(new HashChangeEvent("hashchange"));
}

function subscribe(onChange: () => void): () => void {
	addEventListener("hashchange", onChange);
	return () => removeEventListener("hashchange", onChange);
}

export function useRoute(): Route {
	const hash = useSyncExternalStore(subscribe, () => location.hash);
	return parseRoute(hash);
}
