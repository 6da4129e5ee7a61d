import { useMemo } from "react";
import type { Counts, Verdict } from "../api/client";
import { poorPercent, total } from "../format/call";
import { count, percent, plural } from "../format/number";
import Chart from "../parts/chart";
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
	const text = { color: colors.text, fontFamily: colors.font, fontSize: 12 };
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
		animationDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 350,
		grid: { left: 4, right: 4, top: 8, bottom: 4, containLabel: true },
		tooltip: {
			trigger: "axis",
			axisPointer: { type: "shadow" },
			backgroundColor: "var(--colorNeutralBackground1)",
			borderColor: colors.line,
			textStyle: { color: "var(--colorNeutralForeground1)", fontFamily: colors.font },
			formatter: (items: { dataIndex: number }[]) => tooltip(bars[items[0]?.dataIndex ?? 0]),
		},
		xAxis: {
			type: "category",
			data: bars.map((bar) => bar.label),
			axisLine: { lineStyle: { color: colors.line } },
			axisTick: { show: false },
			axisLabel: { ...text, hideOverlap: true },
		},
		yAxis: [
			{
				type: "value",
				minInterval: 1,
				axisLabel: text,
				splitLine: { lineStyle: { color: colors.line } },
			},
			{
				type: "value",
				min: 0,
				max: (range: { max: number }) => Math.min(100, Math.max(10, Math.ceil(range.max / 10) * 10)),
				axisLabel: { ...text, formatter: "{value} %" },
				splitLine: { show: false },
			},
		],
		series: [
			stacked("Good", colors.good, "good"),
			stacked("Unclassified", colors.unclassified, "unclassified"),
			stacked("Poor", colors.poor, "poor"),
			{
				name: "Poor per cent",
				type: "line",
				yAxisIndex: 1,
				data: bars.map((bar) => poorPercent(bar.streams)),
				connectNulls: false,
				showSymbol: bars.length <= 31,
				symbol: "circle",
				symbolSize: 5,
				lineStyle: { color: colors.percentLine, width: 2 },
				itemStyle: { color: colors.percentLine },
			},
		],
	};
}

/** tooltip is made of elements: text that is parsed as HTML would need styles that the page's policy forbids. */
function tooltip(bar: Bar | undefined): HTMLElement {
	const box = document.createElement("div");
	box.className = css.tooltip ?? "";
	if (bar === undefined) return box;
	const title = document.createElement("strong");
	title.textContent = bar.label;
	box.append(title);
	const rows: [string, string][] = [
		["Calls", count(bar.calls)],
		["Streams", count(total(bar.streams))],
		["Good", count(bar.streams.good)],
		["Unclassified", count(bar.streams.unclassified)],
		["Poor", count(bar.streams.poor)],
		["Poor per cent", percent(poorPercent(bar.streams))],
	];
	for (const [name, value] of rows) {
		const row = document.createElement("div");
		const [key, number] = [document.createElement("span"), document.createElement("span")];
		key.textContent = name;
		number.textContent = value;
		row.append(key, number);
		box.append(row);
	}
	return box;
}
