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
