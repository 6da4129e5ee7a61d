import { Button, Menu, MenuItem, MenuItemLink, MenuList, MenuPopover, MenuTrigger, Select } from "@fluentui/react-components";
import {
	ArrowDownloadRegular,
	CopyRegular,
	DataTrending24Regular,
	DeleteRegular,
	DismissRegular,
	DocumentArrowDownRegular,
	EditRegular,
	HistoryRegular,
	MoreHorizontalRegular,
	TableSearchRegular,
} from "@fluentui/react-icons";
import { lazy, Suspense, useMemo, useState } from "react";
import { change, download, type Query, type ReportDetails, useAnswer, useCatalogue, useChange, useReport } from "../../api/reports";
import { count, plural } from "../../format/number";
import { Card } from "../../parts/card";
import { Page } from "../../parts/page";
import { Segmented } from "../../parts/segmented";
import { Empty, Failure, Loading } from "../../parts/state";
import { type ReportPlace, reportHref } from "../../route";
import { asked, cellText, drawsChart, ownZone, rowWhere, shownOf, spans } from "./ask";
import css from "./reports.module.css";
import { ResultTable } from "./result-table";

const ResultChart = lazy(() => import("./result-chart"));

export function ReportView({ place, author }: { place: ReportPlace; author: boolean }) {
	const details = useReport(place.id);
	if (details.isPending) return <Loading label="Reading the report" />;
	if (details.isError) return <Failure error={details.error} onRetry={() => void details.refetch()} />;
	return <Opened place={place} author={author} details={details.data} />;
}

function Opened({ place, author, details }: { place: ReportPlace; author: boolean; details: ReportDetails }) {
	const { report } = details;
	const runs = details.query !== undefined && (details.query.measures ?? []).length > 0;
	const query = useMemo(
		() => (details.query && runs ? asked(details.query, place) : undefined),
		[details.query, runs, place],
	);
	const answer = useAnswer(query);
	const [as, setAs] = useState<"chart" | "table">();
	const shown = useMemo(() => (answer.data ? shownOf(answer.data) : undefined), [answer.data]);
	const chart = shown !== undefined && (as ? as === "chart" : drawsChart(report, shown));
	const [picked, setPicked] = useState<number>();
	return (
		<Page
			title={report.title}
			note={
				<>
					<Crumbs details={details} place={place} />
					{report.description && <p className={css.description}>{report.description}</p>}
				</>
			}
			controls={<Actions details={details} author={author} place={place} query={query} />}
		>
			{report.lacks && report.lacks.length > 0 && (
				<div className={css.lacks} role="note">
					<strong>This report was imported and lacks a part:</strong>
					<ul>
						{report.lacks.map((l) => (
							<li key={l.name}>
								<b>{l.name}</b>: {l.why}
							</li>
						))}
					</ul>
				</div>
			)}
			{runs && <Pickers place={place} />}
			{query === undefined ? (
				details.children.length === 0 && (
					<Empty icon={<DataTrending24Regular />} title="Nothing to measure yet">
						This set has no reports below it and no measure of its own. Edit it, or move reports here.
					</Empty>
				)
			) : (
				<Card
					title={answer.data ? plural(shown?.rows.length ?? 0, "row") : "Result"}
					note={answer.data?.meta ? told(answer.data.meta) : ""}
					flush={!chart}
					actions={
						<div className={css.actions}>
							{answer.isFetching && <span className={css.busy}>Asking…</span>}
							<Segmented
								label="Show as"
								value={chart ? "chart" : "table"}
								options={[
									{ value: "chart", label: "Chart" },
									{ value: "table", label: "Table" },
								]}
								onChange={setAs}
							/>
						</div>
					}
				>
					{answer.isPending ? (
						<Loading label="Asking the archive" />
					) : answer.isError ? (
						<Failure error={answer.error} onRetry={() => void answer.refetch()} />
					) : shown === undefined || shown.rows.length === 0 ? (
						<Empty icon={<DataTrending24Regular />} title="No streams in this time">
							Pick a longer time, or take a condition away. Calls appear here within seconds of their end.
						</Empty>
					) : chart ? (
						<Suspense fallback={<Loading label="Drawing" />}>
							<ResultChart shown={shown} view={report.view ?? {}} title={report.title} onPick={setPicked} />
						</Suspense>
					) : (
						<ResultTable
							shown={shown}
							view={report.view ?? {}}
							title={report.title}
							totals={answer.data?.totals as never}
							onPick={setPicked}
						/>
					)}
				</Card>
			)}
			{shown && picked !== undefined && shown.rows[picked] && (
				<DrillCard details={details} place={place} shown={shown} row={picked} onClose={() => setPicked(undefined)} />
			)}
			{details.children.length > 0 && (
				<Card title="Look closer" flush>
					<ul className={css.children}>
						{details.children.map((child) => (
							<li key={child.id}>
								<a href={reportHref({ ...place, id: child.id })}>{child.title}</a>
								<span>{child.description}</span>
							</li>
						))}
					</ul>
				</Card>
			)}
		</Page>
	);
}

function told(meta: { ms: number; source: string; classifier: string[]; timezone: string }): string {
	const time = meta.ms < 1 ? "under 1 ms" : `${count(meta.ms)} ms`;
	return `${time} from the ${meta.source} · ${meta.classifier.join(", ")} · ${meta.timezone}`;
}

function Crumbs({ details, place }: { details: ReportDetails; place: ReportPlace }) {
	return (
		<nav aria-label="Path" className={css.crumbs}>
			{details.path.map((p, n) => (
				<span key={p.id}>
					{n > 0 && <span aria-hidden>/ </span>}
					<a href={reportHref({ ...place, id: p.id })}>{p.title}</a>
				</span>
			))}
			{(place.where ?? []).map((w, n) => (
				<span className={css.chip} key={`${w[0]}=${w[1]}`}>
					{w[0]} = {cellText(w[1])}
					<a
						href={reportHref({ ...place, where: (place.where ?? []).filter((_, i) => i !== n) })}
						aria-label={`Take away the condition on ${w[0]}`}
					>
						<DismissRegular />
					</a>
				</span>
			))}
		</nav>
	);
}

/** Pickers are the choices that hold for the whole page and live in its address. */
function Pickers({ place }: { place: ReportPlace }) {
	const catalogue = useCatalogue();
	const go = (part: Partial<ReportPlace>) => {
		location.hash = reportHref({ ...place, ...part });
	};
	const zones = [...new Set([ownZone, "UTC", place.zone || ownZone])];
	return (
		<div className={css.pickers}>
			<label>
				Time
				<Select aria-label="Time" value={place.last ?? ""} onChange={(_, d) => go({ last: d.value })}>
					{spans.map((s) => (
						<option key={s.value} value={s.value}>
							{s.label}
						</option>
					))}
				</Select>
			</label>
			<label>
				Classifier
				<Select aria-label="Classifier" value={place.classifier ?? ""} onChange={(_, d) => go({ classifier: d.value })}>
					<option value="">As in the report</option>
					{catalogue.data?.classifiers.map((c) => (
						<option key={c.name} value={c.name}>
							{c.text}
						</option>
					))}
				</Select>
			</label>
			<label>
				Time zone
				<Select aria-label="Time zone" value={place.zone || ownZone} onChange={(_, d) => go({ zone: d.value === ownZone ? "" : d.value })}>
					{zones.map((z) => (
						<option key={z}>{z}</option>
					))}
				</Select>
			</label>
		</div>
	);
}

function Actions(props: { details: ReportDetails; author: boolean; place: ReportPlace; query: Query | undefined }) {
	const { report } = props.details;
	const id = report.id ?? "";
	const clone = useChange(change.clone);
	const remove = useChange(change.remove);
	const [failed, setFailed] = useState("");
	const fail = (error: Error) => setFailed(error.message);
	return (
		<>
			{failed && (
				<span className={css.failed} role="alert">
					{failed}
				</span>
			)}
			{props.query && (
				<Button
					as="a"
					href={reportHref({ ...props.place, view: "streams" })}
					icon={<TableSearchRegular />}
				>
					Streams
				</Button>
			)}
			{report.mayChange && (
				<Button as="a" href={reportHref({ id, view: "edit" })} icon={<EditRegular />}>
					Edit
				</Button>
			)}
			<Menu positioning="below-end">
				<MenuTrigger disableButtonEnhancement>
					<Button appearance="subtle" icon={<MoreHorizontalRegular />} aria-label="More about this report" />
				</MenuTrigger>
				<MenuPopover>
					<MenuList>
						{props.query && (
							<MenuItem
								icon={<ArrowDownloadRegular />}
								onClick={() => void download(props.query ?? {}, `${report.title}.csv`).catch(fail)}
							>
								Download as CSV
							</MenuItem>
						)}
						<MenuItemLink
							icon={<DocumentArrowDownRegular />}
							href={`/api/v1/quality/reports/${encodeURIComponent(id)}/export`}
							download={`${report.title}.json`}
						>
							Export the report tree
						</MenuItemLink>
						{props.author && (
							<MenuItem
								icon={<CopyRegular />}
								onClick={() =>
									clone.mutate(id, {
										onError: fail,
										onSuccess: (made) => {
											location.hash = reportHref({ id: made.id ?? "" });
										},
									})
								}
							>
								Make a copy of mine
							</MenuItem>
						)}
						<MenuItem
							icon={<HistoryRegular />}
							onClick={() => {
								location.hash = reportHref({ id, view: "versions" });
							}}
						>
							Versions
						</MenuItem>
						{report.mayChange && (!report.builtIn || report.edited) && (
							<MenuItem
								icon={<DeleteRegular />}
								onClick={() => {
									const all = report.builtIn ? "its shipped form back" : "deleted with all below it";
									if (confirm(`${report.title} will be ${report.builtIn ? "given " : ""}${all}.`)) {
										remove.mutate(id, {
											onError: fail,
											onSuccess: () => {
												location.hash = report.builtIn ? reportHref({ id }) : "#/Reports";
											},
										});
									}
								}}
							>
								{report.builtIn ? "Restore" : "Delete"}
							</MenuItem>
						)}
					</MenuList>
				</MenuPopover>
			</Menu>
		</>
	);
}

/** DrillCard leads from a row of the result to what it is made of. */
function DrillCard(props: {
	details: ReportDetails;
	place: ReportPlace;
	shown: ReturnType<typeof shownOf>;
	row: number;
	onClose: () => void;
}) {
	const { columns, rows } = props.shown;
	const row = rows[props.row] ?? [];
	const added = rowWhere(columns, row);
	const where = [...(props.place.where ?? []).filter((w) => !added.some((a) => a[0] === w[0])), ...added];
	const to = { ...props.place, where };
	return (
		<Card
			title={added.map((w) => cellText(w[1])).join(" · ") || "All rows"}
			note="Keep to these rows"
			actions={<Button appearance="subtle" icon={<DismissRegular />} aria-label="Close" onClick={props.onClose} />}
		>
			<div className={css.drill}>
				<a href={reportHref({ ...to, view: "streams" })}>The streams themselves</a>
				<a href={reportHref(to)}>This report for these rows</a>
				{props.details.children.map((c) => (
					<a key={c.id} href={reportHref({ ...to, id: c.id })}>
						{c.title}
					</a>
				))}
			</div>
		</Card>
	);
}
