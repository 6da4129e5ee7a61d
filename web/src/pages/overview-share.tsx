import type { Counts } from "../api/client";
import { count } from "../format/number";
import look from "../parts/chart-look.module.css";
import css from "./overview.module.css";

/** Share shows how the streams divide into the three verdicts. */
export function Share({ counts }: { counts: Counts }) {
	return (
		<>
			<div
				className={css.share}
				role="img"
				aria-label={`${count(counts.good)} good, ${count(counts.unclassified)} unclassified and ${count(counts.poor)} poor`}
			>
				{(["good", "unclassified", "poor"] as const).map(
					(verdict) =>
						counts[verdict] > 0 && (
							<span key={verdict} className={css[verdict]} style={{ flexGrow: counts[verdict] }} />
						),
				)}
			</div>
			<ul className={look.legend} aria-hidden>
				<li>
					<span className={`${css.key} ${css.good}`} />
					{count(counts.good)}
				</li>
				<li>
					<span className={`${css.key} ${css.unclassified}`} />
					{count(counts.unclassified)}
				</li>
				<li>
					<span className={`${css.key} ${css.poor}`} />
					{count(counts.poor)}
				</li>
			</ul>
		</>
	);
}
