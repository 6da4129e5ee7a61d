import type { Health } from "../api/client";
import { count, none } from "../format/number";
import { ago, full, span } from "../format/time";
import { Card } from "../parts/card";
import { Scroll } from "../parts/scroll";
import table from "../parts/table.module.css";
import { StatusPill } from "./status";

export function QueueTable({ queues }: { queues: Health["queues"] }) {
	if (queues.length === 0) return null;
	return (
		<Card title="Queues" note="How far the server is behind with what it has accepted" flush>
			<Scroll label="Queues">
				<table className={table.table}>
					<thead>
						<tr>
							<th scope="col">Queue</th>
							<th scope="col" className={table.number}>
								Waiting
							</th>
							<th scope="col" className={table.number}>
								Lag
							</th>
							<th scope="col">State</th>
						</tr>
					</thead>
					<tbody>
						{queues.map((queue) => (
							<tr key={queue.name}>
								<td>{queue.name}</td>
								<td className={table.number}>{count(queue.depth)}</td>
								<td className={table.number}>{queue.depth === 0 ? none : span(queue.lagSeconds * 1000)}</td>
								<td>
									<StatusPill status={queue.status} />
								</td>
							</tr>
						))}
					</tbody>
				</table>
			</Scroll>
		</Card>
	);
}

const columns = [
	{ name: "Accepted", of: (c: Collector) => c.accepted },
	{ name: "Merged", of: (c: Collector) => c.merged },
	{ name: "Set aside", of: (c: Collector) => c.quarantined },
	{ name: "Refused", of: (c: Collector) => c.rejected },
];

type Collector = Health["collectors"][number];

/** CollectorTable leaves out the columns that this server does not count. */
export function CollectorTable({ collectors }: { collectors: Collector[] }) {
	if (collectors.length === 0) return null;
	const shown = columns.filter((column) => collectors.some((collector) => column.of(collector) !== null));
	const timed = collectors.some((collector) => collector.last !== null);
	return (
		<Card title="Quality reports" note="What each source sent since the server started" flush>
			<Scroll label="Quality reports">
				<table className={table.table}>
					<thead>
						<tr>
							<th scope="col">Source</th>
							{shown.map((column) => (
								<th scope="col" className={table.number} key={column.name}>
									{column.name}
								</th>
							))}
							{timed && (
								<th scope="col" className={table.number}>
									Last
								</th>
							)}
						</tr>
					</thead>
					<tbody>
						{collectors.map((collector) => (
							<tr key={collector.name}>
								<td>{collector.name}</td>
								{shown.map((column) => (
									<td className={table.number} key={column.name}>
										{count(column.of(collector))}
									</td>
								))}
								{timed && (
									<td className={table.number}>
										{collector.last === null ? none : <time title={full(collector.last)}>{ago(collector.last)}</time>}
									</td>
								)}
							</tr>
						))}
					</tbody>
				</table>
			</Scroll>
		</Card>
	);
}
