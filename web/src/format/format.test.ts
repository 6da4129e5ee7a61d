import { describe, expect, it } from "vitest";
import { outcome, poorPercent } from "./call";
import { clientOf } from "./client";
import { headline, metricValue, mosOf } from "./metric";
import { bytes, count, measure, none, percent, plural, satisfaction } from "./number";
import { presenceOf } from "./presence";
import { ago, duration, moment, span, until } from "./time";

describe("numbers", () => {
	it.each([
		[null, none],
		[0, "0 %"],
		[0.042, "0.04 %"],
		[2.55, "2.5 %"],
		[33.7, "34 %"],
	])("percent(%s) is %s", (value, want) => expect(percent(value)).toBe(want));

	it.each([
		[0.083, "ratio", "8.3 %"],
		[41.26, "ms", "41.3 ms"],
		[128.4, "ms", "128 ms"],
		[14_900, "ms", "14.9 s"],
		[8.3, "%", "8.3 %"],
		[2.61, "MOS", "2.61"],
		[64_000, "bit/s", "64.0 kbit/s"],
		[9200, "", "9,200"],
		[-18.25, "dB", "-18.3 dB"],
		[null, "ms", none],
	])("measure(%s, %s) is %s", (value, unit, want) => expect(measure(value, unit)).toBe(want));

	it("groups thousands, sizes and nouns", () => {
		expect(count(1234567)).toBe("1,234,567");
		expect(bytes(0)).toBe("0 B");
		expect(bytes(50 * 1024 * 1024)).toBe("50.0 MiB");
		expect(plural(1, "call")).toBe("1 call");
		expect(plural(2, "person", "people")).toBe("2 people");
	});

	it("tells the listeners' satisfaction at the limits of G.107 table B.1", () => {
		expect([4.34, 4.33, 4.03, 4.02, 3.6, 3.59, 3.1, 2.58, 2.57].map(satisfaction)).toEqual([
			"very satisfied",
			"satisfied",
			"satisfied",
			"some users dissatisfied",
			"some users dissatisfied",
			"many users dissatisfied",
			"many users dissatisfied",
			"nearly all users dissatisfied",
			"not recommended",
		]);
	});
});

describe("times", () => {
	const now = Date.parse("2026-11-22T12:00:00Z");
	it.each([
		[0, "0:00"],
		[7.4, "0:07"],
		[184, "3:04"],
		[3765, "1:02:45"],
		[-1, "0:00"],
	])("duration(%s) is %s", (seconds, want) => expect(duration(seconds)).toBe(want));

	it.each([
		[200, "200 ms"],
		[12_000, "12 s"],
		[420_000, "7 min"],
		[11_160_000, "3 h"],
		[5 * 86_400_000, "5 days"],
	])("span(%s) is %s", (ms, want) => expect(span(ms)).toBe(want));

	it("counts from now in both directions", () => {
		expect(ago("2026-11-22T11:59:58Z", now)).toBe("just now");
		expect(ago("2026-11-22T11:53:00Z", now)).toBe("7 min ago");
		expect(until("2026-11-22T12:00:40Z", now)).toBe("in 40 s");
		expect(until("2026-11-22T11:00:00Z", now)).toBe("due");
	});

	it("names the day of a moment unless it is today", () => {
		const noon = new Date(2026, 10, 22, 12);
		expect(moment(new Date(2026, 10, 22, 9, 5).toISOString(), noon)).not.toContain("22");
		expect(moment(new Date(2026, 10, 21, 9, 5).toISOString(), noon)).toContain("21");
	});
});

describe("clients", () => {
	it.each([
		["UCCAPI/15.0.4420.1017 OC/15.0.4420.1017 (Microsoft Lync)", "Lync 2013", "15.0.4420.1017"],
		["UCCAPI/16.0.6001.1073 OC/16.0.6001.1073 (Skype for Business)", "Skype for Business", "16.0.6001.1073"],
		["Purple/2.14.12 Sipe/1.25.0 (linux-x86_64; RTC/6.0)", "Pidgin SIPE", "1.25.0"],
		["baresip v1.0.0 (x86_64/linux)", "baresip", "1.0.0"],
		["Linphone/5.1.65 (belle-sip/5.2.0)", "Linphone", "5.1.65"],
		["Acme Phone/2.1", "Acme Phone", "2.1"],
		["something", "something", ""],
		["", "Unknown client", ""],
	])("%s", (userAgent, name, version) => expect(clientOf(userAgent)).toEqual({ name, version }));
});

describe("presence", () => {
	it.each([
		[0, "", "unknown", "Presence unknown"],
		[3500, "", "available", "Available"],
		[5000, "", "available", "Inactive"],
		[6500, "on-the-phone", "busy", "In a call"],
		[9500, "do-not-disturb", "do-not-disturb", "Do not disturb"],
		[12500, "", "away", "Be right back"],
		[15500, "away", "away", "Away"],
		[18500, "", "offline", "Offline"],
	])("%s %s", (availability, activity, status, label) =>
		expect(presenceOf(availability, activity)).toEqual({ status, label }),
	);
});

describe("calls", () => {
	it("leaves the unclassified out of the poor per cent", () => {
		expect(poorPercent({ good: 3, poor: 1, unclassified: 96 })).toBe(25);
		expect(poorPercent({ good: 0, poor: 0, unclassified: 5 })).toBeNull();
	});

	it("shows the status of a failure only", () => {
		expect(outcome({ outcome: "failed", sipCode: 488 })).toBe("Failed (488)");
		expect(outcome({ outcome: "busy", sipCode: 486 })).toBe("Busy");
		expect(outcome({ outcome: "new-kind", sipCode: null })).toBe("new-kind");
	});
});

describe("metrics", () => {
	const stream = {
		codec: "PCMU",
		media: "audio",
		metrics: [
			{ name: "loss", title: "Loss", unit: "ratio", values: [0.5, 0.083], used: 1 },
			{ name: "jitter", title: "Jitter", unit: "ms", values: [41.3, null], used: 1 },
			{ name: "network_mos", title: "MOS", unit: "MOS", values: [null, 2.6], used: 1 },
		],
	} as Parameters<typeof headline>[0];

	it("takes the value of the source that the verdict took, else any", () => {
		expect(metricValue(stream, "loss")).toBe(0.083);
		expect(metricValue(stream, "jitter")).toBe(41.3);
		expect(metricValue(stream, "rtt")).toBeNull();
		expect(mosOf(stream)).toBe(2.6);
		expect(headline(stream)).toEqual(["PCMU", "8.3 % lost", "41.3 ms jitter"]);
	});
});
