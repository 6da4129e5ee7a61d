import type { Call, Counts, Party, Verdict } from "../api/client";

export const verdictLabel: Record<Verdict, string> = { good: "Good", poor: "Poor", unclassified: "Unclassified" };

const outcomes: Record<string, string> = {
	answered: "Answered",
	busy: "Busy",
	rejected: "Declined",
	"no-answer": "No answer",
	cancelled: "Cancelled",
	failed: "Failed",
	unknown: "Not known",
};

/** outcome tells how a call went, with the SIP status where it did not go well. */
export function outcome(call: Pick<Call, "outcome" | "sipCode">): string {
	const label = outcomes[call.outcome] ?? call.outcome;
	return call.outcome === "failed" && call.sipCode ? `${label} (${call.sipCode})` : label;
}

/** nameOf is what a party is called: its name, or its address without one. */
export function nameOf(party: Pick<Party, "displayName" | "address">): string {
	return party.displayName || party.address || "Unknown";
}

export function total(counts: Counts): number {
	return counts.good + counts.poor + counts.unclassified;
}

/** poorPercent is outside of the unclassified: poor / (poor + good). */
export function poorPercent(counts: Counts): number | null {
	const classified = counts.good + counts.poor;
	return classified === 0 ? null : (100 * counts.poor) / classified;
}

const sources: Record<string, string> = {
	relay: "Relay",
	rtcp: "Other end (RTCP)",
	receiver: "Receiver",
	sender: "Sender",
	caller: "Caller",
	callee: "Callee",
};

export const sourceLabel = (by: string) => sources[by] ?? by;

const formats: Record<string, string> = {
	rtp: "RTP",
	rtcp: "RTCP",
	"ms-qoe": "MS-QoE",
	rfc6035: "RFC 6035",
	"x-rtp-stat": "X-RTP-Stat",
};

export const formatLabel = (format: string) => formats[format] ?? format;

const media: Record<string, string> = {
	audio: "Audio",
	video: "Video",
	vbss: "Video-based sharing",
	appshare: "Application sharing",
	data: "Data",
};

export const mediaLabel = (kind: string) => media[kind] ?? kind;
