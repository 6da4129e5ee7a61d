import { ArrowSortDownRegular, ArrowSortUpRegular } from "@fluentui/react-icons";
import { useMemo, useState } from "react";
import type { Cell, Column, Report } from "../../api/reports";
import { measure, none } from "../../format/number";
import { Scroll } from "../../parts/scroll";
import table from "../../parts/table.module.css";
import { cellText, isTime, measuresOf, type Shown } from "./ask";
import css from "./reports.module.css";

type View = NonNullable<Report["view"]>;

/** pageRows bounds what is drawn at once; the rest comes at the reader's wish. */
const pageRows = 200;

/** ResultTable shows an answer as it is, or with the last dimension of time as a small line in each row. */
export function ResultTable(props: {
	shown: Shown;
	view: View;
	title: string;
	totals?: Cell[];
	onPick: (index: number) => void;
}) {
	const time = props.shown.columns.findIndex(isTime);
	const dims = props.shown.columns.filter((c) => c.dimension).length;
	if (props.view.sparkline && time >= 0 && dims > 1) return <Pivot {...props} time={time} />;
	return <Plain {...props} />;
}

function text(column: Column, value: Cell): string {
	if (column.measure) return typeof value === "number" ? measure(value, column.unit ?? "") : none;
	return cellText(value);
}

function compare(a: Cell, b: Cell): number {
	if (a === b) return 0;
	if (a === null) return 1;
	if (b === null) return -1;
	return typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
}

function heading(c: Column): string {
	const title = c.classifier && c.measure ? `${c.title} (${c.classifier})` : c.title;
	return c.of ? `${title}, ${c.of}` : title;
}

function Plain({ shown, view, title, totals, onPick }: Parameters<typeof ResultTable>[0]) {
	const [sort, setSort] = useState<[number, boolean] | undefined>(() => {
		const at = shown.columns.findIndex((c) => c.name === view.sort);
		return at < 0 ? undefined : [at, view.desc === true];
	});
	const [filters, setFilters] = useState<Record<number, string>>({});
	const [limit, setLimit] = useState(pageRows);
	const rows = useMemo(() => {
		let all = shown.rows.map((row, index) => ({ row, index }));
		for (const [at, wanted] of Object.entries(filters)) {
			const needle = wanted.trim().toLowerCase();
			if (needle) {
				all = all.filter(({ row }) =>
					text(shown.columns[Number(at)] as Column, row[Number(at)] ?? null).toLowerCase().includes(needle),
				);
			}
		}
		if (sort) {
			const [at, desc] = sort;
			all.sort((a, b) => compare(a.row[at] ?? null, b.row[at] ?? null) * (desc ? -1 : 1));
		}
		return all;
	}, [shown, filters, sort]);
	return (
		<>
			<Scroll label={title}>
				<table className={table.table}>
					<thead>
						<tr>
							{shown.columns.map((c, at) => (
								<th
									key={c.name}
									scope="col"
									className={c.measure ? (table.number ?? "") : ""}
									aria-sort={sort?.[0] === at ? (sort[1] ? "descending" : "ascending") : "none"}
								>
									<button
										type="button"
										className={css.sort}
										onClick={() => setSort([at, sort?.[0] === at ? !sort[1] : c.measure !== undefined])}
									>
										{heading(c)}
										{sort?.[0] === at && (sort[1] ? <ArrowSortDownRegular /> : <ArrowSortUpRegular />)}
									</button>
								</th>
							))}
						</tr>
						{view.filters && shown.rows.length > 10 && (
							<tr className={css.filters}>
								{shown.columns.map((c, at) => (
									<td key={c.name}>
										{c.dimension && (
											<input
												aria-label={`Rows whose ${c.title} contains`}
												placeholder="Contains…"
												value={filters[at] ?? ""}
												onChange={(event) => setFilters({ ...filters, [at]: event.target.value })}
											/>
										)}
									</td>
								))}
							</tr>
						)}
					</thead>
					<tbody>
						{rows.slice(0, limit).map(({ row, index }) => (
							<tr key={index}>
								{shown.columns.map((c, at) => {
									const shownText = text(c, row[at] ?? null);
									return (
										<td key={c.name} className={c.measure ? (table.number ?? "") : ""}>
											{at === 0 ? (
												<button type="button" className={css.pick} onClick={() => onPick(index)}>
													{shownText}
												</button>
											) : (
												shownText
											)}
										</td>
									);
								})}
							</tr>
						))}
					</tbody>
					{totals && (
						<tfoot>
							<tr>
								{shown.columns.map((c, at) => (
									<th scope={at === 0 ? "row" : undefined} key={c.name} className={c.measure ? (table.number ?? "") : ""}>
										{c.measure ? text(c, totals[at] ?? null) : at === 0 ? "All" : ""}
									</th>
								))}
							</tr>
						</tfoot>
					)}
				</table>
			</Scroll>
			{rows.length > limit && (
				<button type="button" className={css.more} onClick={() => setLimit(limit * 4)}>
					Show more of {rows.length} rows
				</button>
			)}
		</>
	);
}

/** Pivot has a row for each combination of the other dimensions, its newest values and how they came there. */
function Pivot({ shown, title, time, onPick }: Parameters<typeof ResultTable>[0] & { time: number }) {
	const { columns, rows } = shown;
	const dims = columns.flatMap((c, i) => (c.dimension && i !== time ? [i] : []));
	const measures = measuresOf(columns);
	const groups = useMemo(() => {
		const map = new Map<string, { first: number; rows: Cell[][] }>();
		rows.forEach((row, index) => {
			const key = JSON.stringify(dims.map((d) => row[d]));
			const group = map.get(key);
			if (group) group.rows.push(row);
			else map.set(key, { first: index, rows: [row] });
		});
		for (const g of map.values()) g.rows.sort((a, b) => compare(a[time] ?? null, b[time] ?? null));
		return [...map.values()];
	}, [rows, dims, time]);
	return (
		<Scroll label={title}>
			<table className={table.table}>
				<thead>
					<tr>
						{dims.map((d) => (
							<th scope="col" key={d}>
								{columns[d]?.title}
							</th>
						))}
						{measures.map((m) => (
							<th scope="col" className={table.number} key={m}>
								{heading(columns[m] as Column)}
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{groups.slice(0, pageRows).map((g) => {
						const last = g.rows[g.rows.length - 1] ?? [];
						return (
							<tr key={g.first}>
								{dims.map((d, n) => (
									<td key={d}>
										{n === 0 ? (
											<button type="button" className={css.pick} onClick={() => onPick(g.first)}>
												{cellText(last[d] ?? null)}
											</button>
										) : (
											cellText(last[d] ?? null)
										)}
									</td>
								))}
								{measures.map((m) => (
									<td key={m} className={table.number}>
										<span className={css.spark}>
											<Spark values={g.rows.map((r) => (typeof r[m] === "number" ? (r[m] as number) : null))} />
											{text(columns[m] as Column, last[m] ?? null)}
										</span>
									</td>
								))}
							</tr>
						);
					})}
				</tbody>
			</table>
		</Scroll>
	);
}

/** Spark is a line of the values, each in its place; gaps stay gaps. */
export function Spark({ values }: { values: (number | null)[] }) {
	const known = values.filter((v) => v !== null);
	if (known.length < 2) return null;
	const [low, high] = [Math.min(...known), Math.max(...known)];
	const [width, height] = [64, 18];
	const x = (i: number) => (i / (values.length - 1)) * (width - 2) + 1;
	const y = (v: number) => (high === low ? height / 2 : height - 2 - ((v - low) / (high - low)) * (height - 4));
	const path = values
		.map((v, i) => (v === null ? "" : `${i === 0 || values[i - 1] === null ? "M" : "L"}${x(i).toFixed(1)} ${y(v).toFixed(1)}`))
		.join("");
	return (
		<svg width={width} height={height} aria-hidden="true" className={css.line}>
			<path d={path} fill="none" stroke="currentColor" strokeWidth="1.5" />
		</svg>
	);
}
