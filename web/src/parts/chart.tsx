import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";

use([BarChart, LineChart, GridComponent, TooltipComponent, SVGRenderer]);

/**
 * Chart draws with ECharts. It is loaded when a page first shows one. Its label tells a screen reader what it shows.
 * onPick is told the place of a bar or point that was clicked; what it leads to must be reachable without the chart too.
 */
export default function Chart(props: {
	option: EChartsCoreOption;
	label: string;
	height: number;
	onPick?: (index: number) => void;
}) {
	const { option, label, height } = props;
	const box = useRef<HTMLDivElement>(null);
	const chart = useRef<ReturnType<typeof init>>(null);
	const pick = useRef(props.onPick);
	pick.current = props.onPick;
	useEffect(() => {
		if (box.current === null) return;
		const made = init(box.current, null, { renderer: "svg" });
		chart.current = made;
		made.on("click", (event) => pick.current?.(event.dataIndex));
		const observer = new ResizeObserver(() => made.resize());
		observer.observe(box.current);
		return () => {
			observer.disconnect();
			made.dispose();
		};
	}, []);
	useEffect(() => chart.current?.setOption(option, { notMerge: true }), [option]);
	return <div ref={box} role="img" aria-label={label} style={{ height }} />;
}
