import { poorPercent } from "../format/call";
import { count, percent } from "../format/number";
import { Scroll } from "../parts/scroll";
import table from "../parts/table.module.css";
import type { Bar } from "./overview-bars";

/** OverviewTable is the chart in numbers, newest first, without the empty bars. */
export function OverviewTable({ bars }: { bars: Bar[] }) {
	return (
		<Scroll label="Streams by time">
			<table className={table.table}>
				<thead>
					<tr>
						<th scope="col">{bars[0]?.day ? "Day" : "Hour"}</th>
						{["Calls", "Good", "Unclassified", "Poor", "Poor per cent"].map((name) => (
							<th scope="col" className={table.number} key={name}>
								{name}
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{bars
						.filter((bar) => bar.calls > 0)
						.reverse()
						.map((bar) => (
							<tr key={bar.start}>
								<td>{bar.label}</td>
								<td className={table.number}>{count(bar.calls)}</td>
								<td className={table.number}>{count(bar.streams.good)}</td>
								<td className={table.number}>{count(bar.streams.unclassified)}</td>
								<td className={table.number}>{count(bar.streams.poor)}</td>
								<td className={table.number}>{percent(poorPercent(bar.streams))}</td>
							</tr>
						))}
				</tbody>
			</table>
		</Scroll>
	);
}
