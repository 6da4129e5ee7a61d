import type { Schema } from "../api/client";
import { clockSeconds } from "../format/time";
import { Card } from "../parts/card";
import { Scroll } from "../parts/scroll";
import table from "../parts/table.module.css";
import css from "./call.module.css";

const actions: Record<Schema["Translation"]["action"], string> = {
	changed: "Changed",
	dropped: "Dropped",
	added: "Added",
};

/** Translations lists what the server changed between the two dialects, and why. */
export function Translations({ translations }: { translations: Schema["Translation"][] }) {
	if (translations.length === 0) return null;
	return (
		<Card title="Translation notes" note="What was changed, dropped or added between the two dialects, and why" flush>
			<Scroll label="Translation notes">
				<table className={table.table}>
					<thead>
						<tr>
							<th scope="col">Time</th>
							<th scope="col">Sent to</th>
							<th scope="col">Change</th>
							<th scope="col">What</th>
							<th scope="col">Value</th>
							<th scope="col">Why</th>
						</tr>
					</thead>
					<tbody>
						{translations.map((change) => (
							<tr key={change.at + change.leg + change.what + change.before + change.after}>
								<td className={table.quiet}>{clockSeconds(change.at)}</td>
								<td>{change.leg}</td>
								<td>
									<span className={css.action} data-action={change.action}>
										{actions[change.action]}
									</span>
								</td>
								<td className={`${table.mono} ${table.whole}`}>{change.what}</td>
								<td>
									<div className={`${css.values} ${table.mono}`}>
										{change.before && (
											<del className={css.before}>
												<span className="unseen">before: </span>
												{change.before}
											</del>
										)}
										{change.after && <ins style={{ textDecoration: "none" }}>{change.after}</ins>}
									</div>
								</td>
								<td className={table.quiet} style={{ minWidth: "22ch" }}>
									{change.reason}
								</td>
							</tr>
						))}
					</tbody>
				</table>
			</Scroll>
		</Card>
	);
}
