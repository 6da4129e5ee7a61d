import type { Stream } from "../api/client";
import { measure, percent } from "./number";

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
	const [loss, jitter, rtt] = [metricValue(stream, "loss"), metricValue(stream, "jitter"), metricValue(stream, "rtt")];
	if (loss !== null) parts.push(`${percent(loss * 100)} lost`);
	if (jitter !== null) parts.push(`${measure(jitter, "ms")} jitter`);
	if (rtt !== null) parts.push(`${measure(rtt, "ms")} round trip`);
	return parts;
}
