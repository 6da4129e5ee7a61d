import { expect, it } from "vitest";
import { barsOf } from "./overview-bars";

function hours(n: number) {
	const end = new Date(2026, 10, 22, 23).getTime();
	return Array.from({ length: n }, (_, i) => ({
		start: new Date(end - (n - 1 - i) * 3_600_000).toISOString(),
		calls: 1,
		streams: { good: 2, poor: 1, unclassified: 1 },
	}));
}

it("shows hours up to eight days", () => {
	const bars = barsOf(hours(192));
	expect(bars).toHaveLength(192);
	expect(bars[0]?.day).toBe(false);
});

it("adds hours up to the reader's days beyond", () => {
	const bars = barsOf(hours(720));
	expect(bars).toHaveLength(30);
	expect(bars[0]).toMatchObject({ day: true, calls: 24, streams: { good: 48, poor: 24, unclassified: 24 } });
	expect(bars.reduce((sum, bar) => sum + bar.calls, 0)).toBe(720);
});

it("does not change what it was given", () => {
	const given = hours(720);
	barsOf(given);
	expect(given[0]?.streams.good).toBe(2);
});
