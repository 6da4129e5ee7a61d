import { useMemo } from "react";
import type { Leg } from "../api/client";
import { nameOf } from "../format/call";
import { count, plural } from "../format/number";
import Chart from "../parts/chart";
import { type Colors, useColors } from "../parts/colors";
import { look } from "../parts/chart-look";
import chart from "../parts/chart-look.module.css";
import css from "./overview.module.css";

/** Counted is a leg's histogram of runs of lost packets. */
interface Counted {
	name: string;
	runs: Leg["streams"][number]["lossRuns"];
}

/** LossRunsChart compares the legs' runs of lost packets by their length. */
export default function LossRunsChart({ legs }: { legs: Leg[] }) {
	const colors = useColors();
	const counted = useMemo(
		() =>
			legs.flatMap((leg) =>
				leg.streams
					.filter((stream) => stream.lossRuns.length > 0)
					.map((stream) => ({ name: `From ${nameOf(leg.party)}`, runs: stream.lossRuns })),
			),
		[legs],
	);
	const lossy = useMemo(() => counted.filter(({ runs }) => runs.some((run) => run.count > 0)), [counted]);
	const option = useMemo(() => optionOf(lossy, colors), [lossy, colors]);
	if (lossy.length === 0) return <p>No packet was lost on the way to the server.</p>;
	const none = counted.filter((leg) => !lossy.includes(leg));
	return (
		<>
			<div className={css.axes} aria-hidden>
				<span>How often</span>
			</div>
			<Chart option={option} label={summary(counted)} height={220} />
			<ul className={chart.legend}>
				{lossy.map(({ name }, i) => (
					<li key={name}>
						<span className={`${css.key} ${i === 0 ? css.poor : css.good}`} aria-hidden />
						{name}
					</li>
				))}
				{none.map(({ name }) => (
					<li key={name}>{name}: no packet lost</li>
				))}
			</ul>
		</>
	);
}

function summary(counted: Counted[]): string {
	return counted
		.map(({ name, runs }) => {
			const lost = runs.filter((run) => run.count > 0).map((run) => `${plural(run.count, "run")} of ${length(run)}`);
			return `${name}: ${lost.length > 0 ? lost.join(", ") : "no packet lost"}.`;
		})
		.join(" ");
}

function length(run: Counted["runs"][number]): string {
	return run.orMore ? `${run.packets} or more` : String(run.packets);
}

function optionOf(counted: Counted[], colors: Colors) {
	const { text, animationDuration, category, splitLine } = look(colors);
	const tones = [colors.poor, colors.good];
	return {
		animationDuration,
		grid: { left: 4, right: 8, top: 20, bottom: 24, containLabel: true },
		xAxis: {
			...category,
			name: "Packets lost in a row",
			nameLocation: "middle",
			nameGap: 30,
			nameTextStyle: text,
			data: counted[0]?.runs.map(length) ?? [],
		},
		yAxis: {
			type: "value",
			minInterval: 1,
			axisLabel: text,
			splitLine,
		},
		series: counted.map(({ name, runs }, i) => ({
			name,
			type: "bar",
			barMaxWidth: 32,
			itemStyle: { color: tones[i % tones.length], borderRadius: [3, 3, 0, 0] },
			label: {
				show: true,
				position: "top",
				...text,
				formatter: ({ value }: { value: number | null }) => (value ? count(value) : ""),
			},
			data: runs.map((run) => run.count || null),
		})),
	};
}
