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

export function CollectorTable({ collectors }: { collectors: Health["collectors"] }) {
	if (collectors.length === 0) return null;
	return (
		<Card title="Quality reports" note="What each source sent since the server started" flush>
			<Scroll label="Quality reports">
				<table className={table.table}>
					<thead>
						<tr>
							<th scope="col">Source</th>
							{["Accepted", "Merged", "Set aside", "Refused", "Last"].map((name) => (
								<th scope="col" className={table.number} key={name}>
									{name}
								</th>
							))}
						</tr>
					</thead>
					<tbody>
						{collectors.map((collector) => (
							<tr key={collector.name}>
								<td>{collector.name}</td>
								<td className={table.number}>{count(collector.accepted)}</td>
								<td className={table.number}>{count(collector.merged)}</td>
								<td className={table.number}>{count(collector.quarantined)}</td>
								<td className={table.number}>{count(collector.rejected)}</td>
								<td className={table.number}>
									{collector.last === null ? none : <time title={full(collector.last)}>{ago(collector.last)}</time>}
								</td>
							</tr>
						))}
					</tbody>
				</table>
			</Scroll>
		</Card>
	);
}
