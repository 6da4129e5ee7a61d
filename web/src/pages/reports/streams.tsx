import { TableSearchRegular } from "@fluentui/react-icons";
import { useMemo } from "react";
import { type Cell, type Column, useAnswer, useReport } from "../../api/reports";
import { measure, none, plural } from "../../format/number";
import { Card } from "../../parts/card";
import { Page } from "../../parts/page";
import { Scroll } from "../../parts/scroll";
import { Empty, Failure, Loading } from "../../parts/state";
import table from "../../parts/table.module.css";
import { callHref, type ReportPlace, reportHref } from "../../route";
import { cellText, streamsOf } from "./ask";
import css from "./reports.module.css";

/** StreamsView lists the single rows behind a report, each leading to its call. */
export function StreamsView({ place }: { place: ReportPlace }) {
	const details = useReport(place.id);
	const query = useMemo(
		() => (details.data?.query ? streamsOf(details.data.query, place) : undefined),
		[details.data?.query, place],
	);
	const answer = useAnswer(query, "drill");
	if (details.isPending) return <Loading label="Reading the report" />;
	if (details.isError) return <Failure error={details.error} onRetry={() => void details.refetch()} />;
	const back = reportHref({ ...place, view: "" });
	return (
		<Page
			title={`${details.data.report.title}: streams`}
			note={
				<nav className={css.crumbs} aria-label="Path">
					<a href={back}>Back to the report</a>
					{(place.where ?? []).map((w) => (
						<span className={css.chip} key={`${w[0]}=${w[1]}`}>
							{w[0]} = {cellText(w[1])}
						</span>
					))}
				</nav>
			}
		>
			<Card title={answer.data ? plural(answer.data.rows.length, "row") : "Rows"} note="Newest first, 500 at the most" flush>
				{answer.isPending ? (
					<Loading label="Asking the archive" />
				) : answer.isError ? (
					<Failure error={answer.error} onRetry={() => void answer.refetch()} />
				) : answer.data.rows.length === 0 ? (
					<Empty icon={<TableSearchRegular />} title="No rows">
						Nothing matches in this time. Go back and pick a longer one.
					</Empty>
				) : (
					<Rows columns={answer.data.columns} rows={answer.data.rows as Cell[][]} />
				)}
			</Card>
		</Page>
	);
}

function Rows({ columns, rows }: { columns: Column[]; rows: Cell[][] }) {
	const call = columns.findIndex((c) => c.name === "call");
	const shown = columns.flatMap((c, i) => (c.name === "key" || i === call ? [] : [i]));
	return (
		<Scroll label="Streams">
			<table className={table.table}>
				<thead>
					<tr>
						{shown.map((i) => (
							<th scope="col" key={i}>
								{columns[i]?.title}
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{rows.map((row) => (
						<tr key={String(row[0])}>
							{shown.map((i, n) => {
								const value = row[i] ?? null;
								const unit = columns[i]?.unit;
								const text = value === null ? none : typeof value === "number" ? measure(value, unit ?? "") : moment(columns[i], value);
								return (
									<td key={i} className={columns[i]?.name === "poor_reason" ? "" : (table.whole ?? "")}>
										{n === 0 && call >= 0 && row[call] ? <a href={callHref(String(row[call]))}>{text}</a> : text}
									</td>
								);
							})}
						</tr>
					))}
				</tbody>
			</table>
		</Scroll>
	);
}

function moment(column: Column | undefined, value: Cell): string {
	if (column?.type === "time" && typeof value === "string") {
		const at = new Date(value);
		if (!Number.isNaN(at.getTime())) return at.toLocaleString("en-GB");
	}
	return cellText(value);
}
