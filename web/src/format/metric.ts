import type { Stream } from "../api/client";
import { measure } from "./number";

/** metricValue is a metric's value from the source that the verdict took, null when nobody measured it. */
export function metricValue(stream: Stream, name: string): number | null {
	const metric = stream.metrics.find((m) => m.name === name);
	return metric?.values[metric.used] ?? metric?.values.find((value) => value !== null) ?? null;
}

/** mosOf is the stream's mean opinion score: by the E-model for listening, else what an endpoint estimated. */
export function mosOf(stream: Stream): number | null {
	return metricValue(stream, "mos_lq") ?? metricValue(stream, "network_mos") ?? metricValue(stream, "recv_listen_mos");
}

/** headline is what matters most of a stream, in a few words. */
export function headline(stream: Stream): string[] {
	const parts = [stream.codec || stream.media];
	for (const [name, word] of headlineMetrics) {
		const value = metricValue(stream, name);
		const unit = stream.metrics.find((m) => m.name === name)?.unit ?? "";
		if (value !== null) parts.push(`${measure(value, unit)} ${word}`);
	}
	return parts;
}

const headlineMetrics = [
	["loss", "lost"],
	["jitter", "jitter"],
	["rtt", "round trip"],
] as const;
