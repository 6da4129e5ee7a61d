import { useMemo } from "react";
import type { Column, Report } from "../../api/reports";
import { measure } from "../../format/number";
import Chart from "../../parts/chart";
import { look, tooltipBox } from "../../parts/chart-look";
import chart from "../../parts/chart-look.module.css";
import { type Colors, useColors } from "../../parts/colors";
import { label, measuresOf, type Shown } from "./ask";
import css from "./reports.module.css";

type View = NonNullable<Report["view"]>;

/** mostBars is how many categories a chart can show before nobody can read it; the table shows all. */
const mostBars = 400;

/** Colours of series that are not a verdict, readable in light and dark. */
const palette = ["#2f8fd0", "#8a63d2", "#1d9a8a", "#d07a2f", "#7a8794", "#b5486d", "#5b8c2a", "#3f6ad8"];

export default function ResultChart(props: { shown: Shown; view: View; title: string; onPick: (index: number) => void }) {
	const colors = useColors();
	const option = useMemo(() => optionOf(props.shown, props.view, colors), [props.shown, props.view, colors]);
	return (
		<>
			<ul className={chart.legend}>
				{option.series.map((s) => (
					<li key={s.name}>
						<svg width="12" height="12" aria-hidden="true">
							{s.type === "line" ? (
								<path d="M0 6H12" stroke={s.itemStyle.color} strokeWidth="3" />
							) : (
								<rect width="12" height="12" rx="3" fill={s.itemStyle.color} />
							)}
						</svg>
						{s.name}
					</li>
				))}
			</ul>
			<Chart option={option} label={props.title} height={props.view.height || 340} onPick={props.onPick} />
			{props.shown.rows.length > mostBars && (
				<p className={css.cut}>
					The first {mostBars} of {props.shown.rows.length} rows are drawn. The table shows all.
				</p>
			)}
		</>
	);
}

function colorOf(column: Column, at: number, colors: Colors): string {
	const name = column.measure ?? "";
	if (/(^|\.)good$/.test(name)) return colors.good;
	if (/(^|\.)poor$/.test(name)) return colors.poor;
	if (/(^|\.)unclassified$/.test(name)) return colors.unclassified;
	if (/_pct$/.test(name)) return colors.percentLine;
	return palette[at % palette.length] ?? colors.good;
}

/** optionOf draws counts as bars on the left and shares as lines on the right, unless the view says otherwise. */
export function optionOf(shown: Shown, view: View, colors: Colors) {
	const rows = shown.rows.slice(0, mostBars);
	const measures = measuresOf(shown.columns);
	const style = new Map((view.series ?? []).map((s) => [s.measure, s]));
	const drawn = measures.map((at, n) => {
		const column = shown.columns[at] as Column;
		const own = style.get(column.name) ?? style.get(column.measure ?? "");
		const share = column.unit === "%" || column.unit === "ratio";
		return {
			column,
			at,
			title: own?.title || column.title,
			kind: own?.kind || (share && measures.length > 1 ? "line" : "bar"),
			right: own?.axis ? own.axis === "right" : share && measures.length > 1,
			stack: own?.stack === true,
			color: own?.color || colorOf(column, n, colors),
		};
	});
	const base = look(colors);
	const axis = (side: "left" | "right") => {
		const here = drawn.filter((d) => d.right === (side === "right"));
		const unit = here.length > 0 && here.every((d) => d.column.unit === here[0]?.column.unit) ? here[0]?.column.unit : "";
		return {
			type: "value",
			show: here.length > 0,
			axisLabel: { ...base.text, formatter: (v: number) => (unit ? measure(v, unit) : v.toLocaleString("en")) },
			splitLine: { ...base.splitLine, show: side === "left" },
		};
	};
	return {
		animationDuration: base.animationDuration,
		grid: { left: 4, right: 4, top: 12, bottom: 4, containLabel: true },
		tooltip: base.tooltip((at) =>
			tooltipBox(
				label(shown.columns, rows[at] ?? []),
				drawn.map(({ title, column, at: cell }) => {
					const value = rows[at]?.[cell];
					return [title, measure(typeof value === "number" ? value : null, column.unit ?? "")];
				}),
			),
		),
		xAxis: {
			...base.category,
			data: rows.map((row) => label(shown.columns, row)),
			axisLabel: { ...base.category.axisLabel, overflow: "truncate", width: 140 },
		},
		yAxis: [axis("left"), axis("right")],
		series: drawn.map((d) => ({
			...(d.kind === "line"
				? base.line(d.color, rows.length)
				: { type: "bar", barMaxWidth: 40, cursor: "pointer", itemStyle: { color: d.color } }),
			emphasis: { itemStyle: { color: d.color } },
			name: d.title,
			yAxisIndex: d.right ? 1 : 0,
			...(d.stack ? { stack: "all" } : {}),
			data: rows.map((row) => row[d.at] ?? null),
		})),
	};
}
