import { render, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import type { Leg } from "../api/client";
import { offset } from "./call-timeline";
import { LegCard } from "./leg-card";

const leg: Leg = {
	role: "caller",
	callId: "1",
	party: { address: "alice@parley.test", displayName: "Alice", userAgent: "", dialect: "lync" },
	streams: [
		{
			id: "1",
			label: "main-audio",
			media: "audio",
			direction: "from-endpoint",
			codec: "PCMU",
			started: "2026-11-22T12:00:00Z",
			seconds: 10,
			transport: "UDP",
			security: "SDES",
			verdict: "poor",
			why: ["jitter is 41.3 ms, above the limit of 30"],
			clock: "repaired",
			notes: [],
			sources: [
				{ by: "relay", format: "rtp", reporter: "", received: "2026-11-22T12:00:10Z", intervals: 0 },
				{ by: "receiver", format: "ms-qoe", reporter: "bob", received: "2026-11-22T12:00:11Z", intervals: 2 },
			],
			metrics: [{ name: "jitter", title: "Jitter", unit: "ms", values: [41.3, null], used: 0 }],
			lossRuns: [],
		},
	],
};

it("puts what each party measured side by side", () => {
	render(<LegCard leg={leg} />);
	expect(screen.getByRole("heading", { name: "Audio from Alice" })).toBeTruthy();
	expect(screen.getAllByRole("columnheader").map((cell) => cell.textContent)).toEqual([
		"Metric",
		"Relay",
		"Receiver (MS-QoE)",
	]);
	expect(screen.getAllByRole("cell").map((cell) => cell.textContent)).toEqual(["41.3 ms", "–"]);
	expect(screen.getByText("Jitter is 41.3 ms, above the limit of 30")).toBeTruthy();
	expect(screen.getByText(/clock was wrong; the server's times are shown/)).toBeTruthy();
});

it.each([
	[0, "+0 ms"],
	[12, "+12 ms"],
	[4000, "+4.00 s"],
	[188_000, "+3:08"],
	[-5, "−5 ms"],
])("offset(%s) is %s", (ms, want) => expect(offset(ms)).toBe(want));
