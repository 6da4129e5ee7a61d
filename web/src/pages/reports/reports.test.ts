import { expect, it } from "vitest";
import type { SchemaItem } from "../../api/reports";
import { reportHref, reportPlace } from "../../route";
import { and, asked, cellText, rowWhere, streamsOf } from "./ask";
import { condition, simple } from "./conditions";
import { find, measureName } from "./name-picker";

const item = (key: string, name: string, type = "text"): SchemaItem => ({ key, name, type, category: "C", datasets: ["streams"], allowed: true });

it("keeps what the reader chose in the address", () => {
	const place = { id: "a/b", view: "streams" as const, last: "P7D", classifier: "jpdr", zone: "UTC", where: [["second.building", "A & B"], ["second.net", null]] as [string, string | null][] };
	const href = reportHref(place);
	const [path = "", query = ""] = href.slice(2).split("?");
	const [, id = "", view = ""] = path.split("/");
	expect(reportPlace(decodeURIComponent(id), view, new URLSearchParams(query))).toEqual(place);
	expect(reportPlace("x", "other", new URLSearchParams("where=nonsense&where=[1,2]")).where).toEqual([]);
});

it("adds the reader's conditions and span to a report's query", () => {
	const query = { time: { last: "P7M", grain: "month" }, measures: ["streams"], filter: { dim: "media_type", eq: "audio" } };
	expect(asked(query, { id: "x", last: "P7D", zone: "UTC", where: [["second.net", null]] })).toEqual({
		measures: ["streams"],
		timezone: "UTC",
		time: { last: "P7D", grain: "month" },
		filter: { and: [{ dim: "media_type", eq: "audio" }, { dim: "second.net", null: true }] },
	});
	expect(asked({ measures: ["streams"] }, { id: "x", zone: "UTC" })).toEqual({ measures: ["streams"], timezone: "UTC" });
	expect(and()).toBeUndefined();
	expect(streamsOf(query, { id: "x", zone: "UTC" }).time).toEqual({ last: "P7M" });
});

it("makes conditions of a row's dimensions only", () => {
	const columns = [
		{ name: "second.net", title: "Net", type: "text", dimension: "second.net" },
		{ name: "streams", title: "Streams", type: "number", measure: "streams" },
	];
	expect(rowWhere(columns, [null, 7])).toEqual([["second.net", null]]);
	expect([cellText(null), cellText(" : "), cellText(true), cellText("x")]).toEqual(["(blank)", "(blank)", "yes", "x"]);
});

it("takes conditions apart and puts them together again", () => {
	for (const f of [{ dim: "a", in: ["x", "y"] }, { dim: "a", null: true }, { dim: "a", null: false }, { dim: "a", contains: "x" }]) {
		const s = simple(f);
		expect(s && condition(s, item("a", "A"))).toEqual(f);
	}
	const s = simple({ dim: "jitter", gt: 30 });
	expect(s && condition(s, item("jitter", "Jitter", "number"))).toEqual({ dim: "jitter", gt: 30 });
	expect(simple({ dim: "a", eq: true })).toEqual({ dim: "a", operator: "in", text: "true" });
	expect(simple({ and: [] })).toBeUndefined();
	expect(simple({ dim: "a", gt: 1, lt: 2 })).toBeUndefined();
});

it("finds names by any of their words", () => {
	const items = [item("second.building", "Second Building Name"), item("first.building", "First Building Name"), item("jitter", "Jitter")];
	expect(find(items, "build second").map((i) => i.key)).toEqual(["second.building"]);
	expect(find(items, "")).toEqual([]);
	expect([measureName("poor"), measureName({ p95: "jitter" }), measureName({ measure: "poor", as: "x" })]).toEqual(["poor", "p95.jitter", "poor"]);
});
