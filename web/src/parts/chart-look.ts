import css from "./chart-look.module.css";
import type { Colors } from "./colors";

/** look is what all charts have in common: text, lines, movement and the frame of a tooltip, in the page's colours. */
export function look(colors: Colors) {
	const text = { color: colors.text, fontFamily: colors.font, fontSize: 12 };
	return {
		text,
		animationDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 350,
		splitLine: { lineStyle: { color: colors.line } },
		category: {
			type: "category",
			axisLine: { lineStyle: { color: colors.line } },
			axisTick: { show: false },
			axisLabel: { ...text, hideOverlap: true },
		},
		/** tooltip shows what box gives for the place of a bar or point. */
		tooltip: (box: (index: number) => HTMLElement) => ({
			trigger: "axis",
			axisPointer: { type: "shadow" },
			backgroundColor: "var(--colorNeutralBackground1)",
			borderColor: colors.line,
			textStyle: { color: "var(--colorNeutralForeground1)", fontFamily: colors.font },
			formatter: (items: { dataIndex: number }[]) => box(items[0]?.dataIndex ?? 0),
		}),
		line: (color: string, points: number) => ({
			type: "line",
			connectNulls: false,
			showSymbol: points <= 31,
			symbol: "circle",
			symbolSize: 5,
			lineStyle: { color, width: 2 },
			itemStyle: { color },
		}),
	};
}

/** tooltipBox is made of elements: text that is parsed as HTML would need styles that the page's policy forbids. */
export function tooltipBox(title: string, rows: [name: string, value: string][]): HTMLElement {
	const box = document.createElement("div");
	box.className = css.tooltip ?? "";
	const head = document.createElement("strong");
	head.textContent = title;
	box.append(head);
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
