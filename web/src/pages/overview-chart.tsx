import { useMemo } from "react";
import type { Counts, Verdict } from "../api/client";
import { poorPercent, total } from "../format/call";
import { count, percent, plural } from "../format/number";
import Chart from "../parts/chart";
import { look, tooltipBox } from "../parts/chart-look";
import { type Colors, useColors } from "../parts/colors";
import css from "./overview.module.css";
import type { Bar } from "./overview-bars";

/** OverviewChart stacks the streams of each bar by verdict; a line on the right axis is the poor per cent. */
export default function OverviewChart({ bars }: { bars: Bar[] }) {
	const colors = useColors();
	const option = useMemo(() => optionOf(bars, colors), [bars, colors]);
	return (
		<>
			<div className={css.axes} aria-hidden>
				<span>Streams</span>
				<span>Poor per cent</span>
			</div>
			<Chart option={option} label={summary(bars)} height={280} />
		</>
	);
}

function summary(bars: Bar[]): string {
	const worst = bars.reduce<Bar | undefined>(
		(found, bar) => (bar.streams.poor > (found?.streams.poor ?? 0) ? bar : found),
		undefined,
	);
	const all = bars.reduce((sum, bar) => sum + bar.calls, 0);
	const trouble = worst
		? `Most poor streams: ${plural(worst.streams.poor, "stream")} at ${worst.label}.`
		: "No poor stream.";
	return `Streams by verdict over ${plural(all, "call")}. ${trouble} The table view has every number.`;
}

/** topOf is the verdict that a bar's stack ends with: its corners are rounded. */
function topOf(streams: Counts): Verdict {
	return streams.poor > 0 ? "poor" : streams.unclassified > 0 ? "unclassified" : "good";
}

function optionOf(bars: Bar[], colors: Colors) {
	const base = look(colors);
	const stacked = (name: string, color: string, verdict: Verdict) => ({
		name,
		type: "bar",
		stack: "streams",
		barMaxWidth: 28,
		barCategoryGap: bars.length > 100 ? "10%" : "30%",
		itemStyle: { color },
		emphasis: { itemStyle: { color } },
		data: bars.map((bar) => ({
			value: bar.streams[verdict] || null,
			itemStyle: { borderRadius: topOf(bar.streams) === verdict ? [3, 3, 0, 0] : 0 },
		})),
	});
	return {
		animationDuration: base.animationDuration,
		grid: { left: 4, right: 4, top: 8, bottom: 4, containLabel: true },
		tooltip: base.tooltip((at) => tooltip(bars[at])),
		xAxis: { ...base.category, data: bars.map((bar) => bar.label) },
		yAxis: [
			{
				type: "value",
				minInterval: 1,
				axisLabel: base.text,
				splitLine: base.splitLine,
			},
			{
				type: "value",
				min: 0,
				max: (range: { max: number }) => Math.min(100, Math.max(10, Math.ceil(range.max / 10) * 10)),
				axisLabel: { ...base.text, formatter: "{value} %" },
				splitLine: { show: false },
			},
		],
		series: [
			stacked("Good", colors.good, "good"),
			stacked("Unclassified", colors.unclassified, "unclassified"),
			stacked("Poor", colors.poor, "poor"),
			{
				...base.line(colors.percentLine, bars.length),
				name: "Poor per cent",
				yAxisIndex: 1,
				data: bars.map((bar) => poorPercent(bar.streams)),
			},
		],
	};
}

function tooltip(bar: Bar | undefined): HTMLElement {
	if (bar === undefined) return tooltipBox("", []);
	return tooltipBox(bar.label, [
		["Calls", count(bar.calls)],
		["Streams", count(total(bar.streams))],
		["Good", count(bar.streams.good)],
		["Unclassified", count(bar.streams.unclassified)],
		["Poor", count(bar.streams.poor)],
		["Poor per cent", percent(poorPercent(bar.streams))],
	]);
}
