import {
	createColumnHelper,
	createSortedRowModel,
	rowSortingFeature,
	sortFns,
	tableFeatures,
	useTable,
} from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef, useSyncExternalStore } from "react";
import type { Call, Party } from "../api/client";
import { nameOf, outcome, sourceLabel } from "../format/call";
import { clientOf } from "../format/client";
import { none } from "../format/number";
import { duration, full, moment } from "../format/time";
import { PersonLine } from "../parts/party";
import { DialectBadge, Mos, VerdictPill } from "../parts/verdict";
import { callHref } from "../route";
import css from "./calls.module.css";

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel(), sortFns });
const column = createColumnHelper<typeof features, Call>();

const columns = column.columns([
	column.accessor((call) => nameOf(call.caller), {
		id: "caller",
		header: "Caller",
		cell: ({ row }) => (
			<a className={css.link} href={callHref(row.original.id)}>
				<PartyCell party={row.original.caller} />
			</a>
		),
	}),
	column.accessor((call) => nameOf(call.callee), {
		id: "callee",
		header: "Callee",
		cell: ({ row }) => <PartyCell party={row.original.callee} />,
	}),
	column.accessor("verdict", { header: "Verdict", cell: ({ row }) => <VerdictPill verdict={row.original.verdict} /> }),
	column.accessor((call) => call.worstMos ?? Number.POSITIVE_INFINITY, {
		id: "mos",
		header: "Worst MOS",
		sortDescFirst: false, // the worst first
		cell: ({ row }) => <Mos value={row.original.worstMos} />,
	}),
	column.accessor("started", {
		header: "Began",
		cell: ({ row }) => (
			<time dateTime={row.original.started} title={full(row.original.started)}>
				{moment(row.original.started)}
			</time>
		),
	}),
	column.accessor("seconds", {
		header: "Length",
		cell: ({ row }) => (row.original.seconds > 0 ? duration(row.original.seconds) : none),
	}),
	column.accessor("outcome", {
		header: "Outcome",
		cell: ({ row }) => (
			<span
				title={
					row.original.reportedBy.length > 0 ? `Measured by ${row.original.reportedBy.map(sourceLabel).join(", ")}` : ""
				}
			>
				{outcome(row.original)}
			</span>
		),
	}),
]);

/** Heights of a row in pixels, as the style sheet has them: one line, or two on a narrow screen. */
const rowHeight = { wide: 60, narrow: 108 };

const narrowScreen = matchMedia("(max-width: 800px)");

function onScreenChange(tell: () => void): () => void {
	narrowScreen.addEventListener("change", tell);
	return () => narrowScreen.removeEventListener("change", tell);
}

/** CallGrid shows any number of calls: only the rows in sight exist in the page. */
export function CallGrid({ calls, more, onMore }: { calls: Call[]; more: boolean; onMore: () => void }) {
	const viewport = useRef<HTMLDivElement>(null);
	const table = useTable({ features, columns, data: calls, getRowId: (call) => call.id });
	const rows = table.getRowModel().rows;
	const narrow = useSyncExternalStore(onScreenChange, () => narrowScreen.matches);
	const virtual = useVirtualizer({
		count: rows.length,
		getScrollElement: () => viewport.current,
		estimateSize: () => (narrow ? rowHeight.narrow : rowHeight.wide),
		overscan: 8,
		initialRect: { width: 1000, height: 600 },
	});
	useEffect(() => virtual.measure(), [narrow, virtual]);
	const items = virtual.getVirtualItems();
	const last = items.at(-1)?.index ?? -1;
	useEffect(() => {
		if (more && last >= rows.length - 10) onMore();
	}, [more, last, rows.length, onMore]);
	return (
		<div className={css.viewport} ref={viewport} tabIndex={0} role="region" aria-label="Calls">
			<div className={css.grid} role="table" aria-label="Calls" aria-rowcount={rows.length + 1}>
				{table.getHeaderGroups().map((group) => (
					<div className={`${css.row} ${css.head}`} role="row" aria-rowindex={1} key={group.id}>
						{group.headers.map((header) => {
							const sorted = header.column.getIsSorted();
							return (
								<div
									className={css.cell}
									role="columnheader"
									key={header.id}
									aria-sort={sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : "none"}
								>
									<button type="button" className={css.sort} onClick={header.column.getToggleSortingHandler()}>
										<table.FlexRender header={header} />
										<span aria-hidden>{sorted === "asc" ? " ↑" : sorted === "desc" ? " ↓" : ""}</span>
									</button>
								</div>
							);
						})}
					</div>
				))}
				<div className={css.body} role="rowgroup" style={{ height: virtual.getTotalSize() }}>
					{items.map((item) => {
						const row = rows[item.index];
						if (row === undefined) return null;
						return (
							<div
								className={css.row}
								role="row"
								aria-rowindex={item.index + 2}
								key={row.id}
								style={{ transform: `translateY(${item.start}px)` }}
								onClick={() => {
									if (getSelection()?.isCollapsed !== false) location.hash = callHref(row.original.id);
								}}
							>
								{row.getAllCells().map((cell) => (
									<div className={css.cell} role="cell" data-column={cell.column.id} key={cell.id}>
										<table.FlexRender cell={cell} />
									</div>
								))}
							</div>
						);
					})}
				</div>
			</div>
		</div>
	);
}

function PartyCell({ party }: { party: Party }) {
	const client = clientOf(party.userAgent);
	return (
		<PersonLine
			name={nameOf(party)}
			more={
				<span className={css.client} title={party.userAgent}>
					<DialectBadge dialect={party.dialect} />
					{party.userAgent === "" ? party.address : client.name}
				</span>
			}
		/>
	);
}
