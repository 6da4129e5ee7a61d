import type { Call } from "../api/client";
import { nameOf } from "../format/call";
import { duration, full, moment } from "../format/time";
import { Scroll } from "../parts/scroll";
import table from "../parts/table.module.css";
import { DialectBadge, Mos, VerdictPill } from "../parts/verdict";
import { callHref } from "../route";
import css from "./calls.module.css";

/** RecentCalls is a short list of calls, each a link to its page. */
export function RecentCalls({ calls, label }: { calls: Call[]; label: string }) {
	return (
		<Scroll label={label}>
			<table className={table.table}>
				<thead>
					<tr>
						<th scope="col">Call</th>
						<th scope="col">Verdict</th>
						<th scope="col" className={css.wide}>
							Worst MOS
						</th>
						<th scope="col">Began</th>
						<th scope="col" className={`${table.number} ${css.wide}`}>
							Length
						</th>
					</tr>
				</thead>
				<tbody>
					{calls.map((call) => (
						<tr key={call.id}>
							<td>
								<a className={css.link} href={callHref(call.id)}>
									{nameOf(call.caller)} <DialectBadge dialect={call.caller.dialect} /> <span aria-hidden>→</span>
									<span className="unseen">calls</span> {nameOf(call.callee)}{" "}
									<DialectBadge dialect={call.callee.dialect} />
								</a>
							</td>
							<td>
								<VerdictPill verdict={call.verdict} />
							</td>
							<td className={css.wide}>
								<Mos value={call.worstMos} />
							</td>
							<td>
								<time dateTime={call.started} title={full(call.started)}>
									{moment(call.started)}
								</time>
							</td>
							<td className={`${table.number} ${css.wide}`}>{duration(call.seconds)}</td>
						</tr>
					))}
				</tbody>
			</table>
		</Scroll>
	);
}
