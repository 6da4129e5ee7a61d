import { BarChart, LineChart } from "echarts/charts";
import { GridComponent, TooltipComponent } from "echarts/components";
import { type EChartsCoreOption, init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";
import { useEffect, useRef } from "react";

use([BarChart, LineChart, GridComponent, TooltipComponent, SVGRenderer]);

/** Chart draws with ECharts. It is loaded when a page first shows one. Its label tells a screen reader what it shows. */
export default function Chart({ option, label, height }: { option: EChartsCoreOption; label: string; height: number }) {
	const box = useRef<HTMLDivElement>(null);
	const chart = useRef<ReturnType<typeof init>>(null);
	useEffect(() => {
		if (box.current === null) return;
		const made = init(box.current, null, { renderer: "svg" });
		chart.current = made;
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
