import type { Health } from "../api/client";
import { count, none } from "../format/number";
import { Card } from "../parts/card";
import { Scroll } from "../parts/scroll";
import table from "../parts/table.module.css";
import css from "./health.module.css";
import { StatusPill } from "./status";

export function Checks({ checks }: { checks: Health["checks"] }) {
	if (checks.length === 0) return null;
	return (
		<Card title="Checks" flush>
			<Scroll label="Checks">
				<table className={table.table}>
					<thead>
						<tr>
							<th scope="col">Check</th>
							<th scope="col">State</th>
							<th scope="col">Finding</th>
						</tr>
					</thead>
					<tbody>
						{checks.map((check) => (
							<tr key={check.name}>
								<td>{check.name}</td>
								<td>
									<StatusPill status={check.status} />
								</td>
								<td>
									<div className={table.quiet}>{check.detail}</div>
									{check.action && <div className={css.action}>{check.action}</div>}
								</td>
							</tr>
						))}
					</tbody>
				</table>
			</Scroll>
		</Card>
	);
}

export function Listeners({ listeners }: { listeners: Health["listeners"] }) {
	const counted = listeners.some((listener) => listener.connections !== null);
	return (
		<Card title="Listeners" flush>
			<Scroll label="Listeners">
				<table className={table.table}>
					<thead>
						<tr>
							<th scope="col">Name</th>
							<th scope="col">Address</th>
							{counted && (
								<th scope="col" className={table.number}>
									Connections
								</th>
							)}
							<th scope="col">State</th>
						</tr>
					</thead>
					<tbody>
						{listeners.map((listener) => (
							<tr key={listener.name}>
								<td>
									{listener.name} <span className={table.quiet}>{listener.protocol}</span>
								</td>
								<td className={`${table.mono} ${table.whole}`}>{listener.address}</td>
								{counted && (
									<td className={table.number}>
										{listener.connections === null ? (
											<span title="Datagrams have none">{none}</span>
										) : (
											count(listener.connections)
										)}
									</td>
								)}
								<td>
									<StatusPill status={listener.status} />
									{listener.detail && <div className={table.quiet}>{listener.detail}</div>}
								</td>
							</tr>
						))}
					</tbody>
				</table>
			</Scroll>
		</Card>
	);
}
