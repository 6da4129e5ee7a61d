import { expect, it } from "vitest";
import { callHref, callsHref, parseRoute } from "./route";

it.each([
	["", [], ""],
	["#/", [], ""],
	["#/Health", ["health"], ""],
	["#/health", ["health"], ""],
	["#/Calls?user=alice%40parley.test&verdict=poor", ["calls"], "user=alice%40parley.test&verdict=poor"],
	["#/Calls/A%2Fb%3Fc", ["calls", "A/b?c"], ""],
	["#/Calls/%E0%A4%A", ["calls", "%E0%A4%A"], ""],
])("%s", (hash, path, query) => {
	const route = parseRoute(hash);
	expect(route.path).toEqual(path);
	expect(route.query.toString()).toBe(query);
});

it("links lead where they say", () => {
	expect(parseRoute(callHref("A/b?c#d%")).path).toEqual(["calls", "A/b?c#d%"]);
	expect(callsHref({ user: "", verdict: "" })).toBe("#/Calls");
	expect(parseRoute(callsHref({ user: "a b&c", verdict: "" })).query.get("user")).toBe("a b&c");
});
