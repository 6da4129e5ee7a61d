import type { Leg, Stream } from "../api/client";
import { formatLabel, mediaLabel, nameOf, sourceLabel } from "../format/call";
import { measure, plural } from "../format/number";
import { Card } from "../parts/card";
import { Scroll } from "../parts/scroll";
import table from "../parts/table.module.css";
import { VerdictPill } from "../parts/verdict";
import css from "./call.module.css";

/** LegCard has every measurement of one leg: a table for each stream, with a column for each party that measured it. */
export function LegCard({ leg }: { leg: Leg }) {
	return (
		<Card title={`Leg of ${nameOf(leg.party)}`} note={leg.role === "caller" ? "Caller" : "Callee"} flush>
			{leg.streams.length === 0 && <p className={css.why}>Nobody measured a stream on this leg.</p>}
			{leg.streams.map((stream) => (
				<StreamMeasures key={stream.id} stream={stream} leg={leg} />
			))}
		</Card>
	);
}

function StreamMeasures({ stream, leg }: { stream: Stream; leg: Leg }) {
	const way = stream.direction === "from-endpoint" ? "from" : "to";
	const how = [stream.codec, stream.transport, stream.security].filter(Boolean).join(" · ");
	return (
		<div className={css.stream}>
			<div className={css.streamHead}>
				<h3>
					{mediaLabel(stream.media)} {way} {nameOf(leg.party)}
				</h3>
				<VerdictPill verdict={stream.verdict} />
				<span className={table.quiet}>{how}</span>
			</div>
			<ul className={css.why}>
				{stream.why.map((reason) => (
					<li key={reason}>{sentence(reason)}</li>
				))}
				{stream.clock !== "ok" && (
					<li>
						{stream.clock === "repaired"
							? "The endpoint's clock was wrong; the server's times are shown."
							: "The endpoint's clock was wrong and the server has no times of its own: set aside."}
					</li>
				)}
				{stream.notes.map((note) => (
					<li key={note}>{note}</li>
				))}
			</ul>
			<Measures stream={stream} />
		</div>
	);
}

function Measures({ stream }: { stream: Stream }) {
	if (stream.metrics.length === 0) return null;
	return (
		<Scroll label="Measurements">
			<table className={`${table.table} ${css.measures}`}>
				<thead>
					<tr>
						<th scope="col">Metric</th>
						{stream.sources.map((source) => (
							<th
								scope="col"
								className={table.number}
								key={source.by + source.format + source.reporter}
								title={source.intervals > 0 ? `${plural(source.intervals, "in-call report")} beside the final one` : ""}
							>
								{columnTitle(source)}
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{stream.metrics.map((metric) => (
						<tr key={metric.name}>
							<th scope="row">{metric.title}</th>
							{stream.sources.map((source, i) => (
								<td
									key={source.by + source.format + source.reporter}
									className={`${table.number} ${i === metric.used ? css.used : css.unused}`}
								>
									{measure(metric.values[i] ?? null, metric.unit)}
								</td>
							))}
						</tr>
					))}
				</tbody>
			</table>
		</Scroll>
	);
}

function sentence(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}

function columnTitle(source: Stream["sources"][number]): string {
	return source.by === "relay" || source.by === "rtcp"
		? sourceLabel(source.by)
		: `${sourceLabel(source.by)} (${formatLabel(source.format)})`;
}
